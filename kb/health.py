"""Health checks: /health/live and /health/ready for probes, and /health/ as a page or JSON."""

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
    """The result of one check. The fields are members of the JSON and variables of the page."""

    name: str
    ok: bool
    says: str


def run_checks():
    """Check the database, its tables and the data, each only if the one before is in order. Errors go to the log."""
    results = []
    for name, check in [("database", check_database), ("migrations", check_migrations), ("data", check_data)]:
        if results and not results[-1].ok:
            message = f"Not looked at, since the {results[-1].name} must be in order first."
            results.append(HealthCheck(name, False, message))
            continue
        try:
            ok, message = check()
        except Error:
            logger.exception("The check of the %s failed.", name)
            ok, message = False, "The database does not answer."
        results.append(HealthCheck(name, ok, message))
    return results


def check_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, "The database answers."


class MigrationCheck:
    """Checks that no migration is pending; once this is so, a process does not check it again."""

    is_up_to_date = False

    def __call__(self):
        if not self.is_up_to_date:
            executor = MigrationExecutor(connection)
            if pending := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
                return False, f"Migrations that wait for “manage.py prepare”: {pending}."
            self.is_up_to_date = True
        return True, "Every table is as this version needs it."


check_migrations = MigrationCheck()


def check_data():
    if has_no_records():
        return False, "There are no records: “manage.py prepare” loads them."
    return True, "There are records."


def build_report(checks):
    """Return the checks as the members of a JSON document, and the HTTP status that says whether all are in order."""
    ready = all(check.ok for check in checks)
    report = {"ready": ready, "version": settings.VERSION, "checks": [asdict(check) for check in checks]}
    return report, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE


@never_cache
@require_safe
def live(request):
    """Answer that the process runs; nothing else is checked."""
    return JsonResponse({"live": True, "version": settings.VERSION})


@never_cache
@require_safe
def ready(request):
    """Answer whether requests can be served: 200 or 503."""
    report, status = build_report(run_checks())
    return JsonResponse(report, status=status)


@csrf_exempt
@never_cache
@require_safe
def health(request):
    """Answer the same as a page for people, or as JSON."""
    requested = request.GET.get("format")
    if requested is not None and requested not in FORMATS:
        return problem_exception_handler(unknown_format_error(requested, FORMATS), {"request": Request(request)})
    media_type = FORMATS.get(requested) or select_media_type(request, [JSON, HTML])[0]
    report, status = build_report(run_checks())
    if media_type == HTML:
        response = render(request, "kb/health.html", report | {"now": timezone.now()}, status=status)
    else:
        response = JsonResponse(report, status=status)
    patch_vary_headers(response, ["Accept"])
    return response


PROBE_VIEWS = {"/health/live": live, "/health/ready": ready}


def probe_middleware(get_response):
    """Middleware: answer probes before the checks of host name and HTTPS, since they come from inside the network."""

    def middleware(request):
        view = PROBE_VIEWS.get(request.path_info.rstrip("/"))
        return view(request) if view else get_response(request)

    return middleware
