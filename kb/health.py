"""Whether the knowledge base can serve: what a probe asks, and a page of the same for people."""

import logging
from dataclasses import asdict, dataclass
from http import HTTPStatus

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from rest_framework.request import Request

from kb.api.exceptions import problem_exception_handler
from kb.api.negotiation import select_media_type, unknown_format_error
from kb.import_export.fixtures import has_no_records

HTML, JSON = "text/html", "application/json"
FORMATS = {"html": HTML, "json": JSON}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class HealthCheck:
    """One thing that must be so before anything can be answered, and how it stands."""

    name: str
    ok: bool
    says: str


def run_checks():
    """The database, its tables, the data: each needs the one before it. What is wrong goes to the log in full."""
    found = []
    for name, check in [("database", check_database), ("migrations", check_migrations), ("data", check_data)]:
        if found and not found[-1].ok:
            found.append(HealthCheck(name, False, f"Not looked at, since the {found[-1].name} must be in order first."))
            continue
        try:
            ok, says = check()
        except Error:
            logger.exception("The check of the %s failed.", name)
            ok, says = False, "The database does not answer."
        found.append(HealthCheck(name, ok, says))
    return found


def check_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, "The database answers."


class MigrationCheck:
    """Whether every table is as this version of the software needs it; once it is, a process need not look again."""

    is_up_to_date = False

    def __call__(self):
        if not self.is_up_to_date:
            executor = MigrationExecutor(connection)
            if waiting := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
                return False, f"Migrations that wait for “manage.py prepare”: {waiting}."
            self.is_up_to_date = True
        return True, "Every table is as this version needs it."


check_migrations = MigrationCheck()


def check_data():
    if has_no_records():
        return False, "There are no records: “manage.py prepare” loads them."
    return True, "There are records."


def build_report(found):
    """The checks as they are answered, with the status that a probe looks at."""
    ready = all(check.ok for check in found)
    answer = {"ready": ready, "version": settings.VERSION, "checks": [asdict(check) for check in found]}
    return answer, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE


@never_cache
@require_safe
def live(request):
    """The process answers; nothing else is looked at."""
    return JsonResponse({"live": True, "version": settings.VERSION})


@never_cache
@require_safe
def ready(request):
    """Whether requests can be answered."""
    answer, status = build_report(run_checks())
    return JsonResponse(answer, status=status)


@csrf_exempt
@never_cache
@require_safe
def health(request):
    """The same for people, and for programs that ask for JSON."""
    wanted = request.GET.get("format")
    if wanted is not None and wanted not in FORMATS:
        return problem_exception_handler(unknown_format_error(wanted, FORMATS), {"request": Request(request)})
    kind = FORMATS.get(wanted) or select_media_type(request, [JSON, HTML])[0]
    answer, status = build_report(run_checks())
    if kind == HTML:
        response = render(request, "kb/health.html", answer | {"now": timezone.now()}, status=status)
    else:
        response = JsonResponse(answer, status=status)
    patch_vary_headers(response, ["Accept"])
    return response


PROBE_VIEWS = {"/health/live": live, "/health/ready": ready}


def probe_middleware(get_response):
    """Middleware: probes are answered whatever host name they use, and without HTTPS: they come from inside."""

    def middleware(request):
        view = PROBE_VIEWS.get(request.path_info.rstrip("/"))
        return view(request) if view else get_response(request)

    return middleware
