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

from kb.api.exceptions import problem
from kb.api.negotiation import no_such_format, preferred
from kb.import_export.fixtures import is_empty

HTML, JSON = "text/html", "application/json"
FORMATS = {"html": HTML, "json": JSON}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """One thing that must be so before anything can be answered, and how it stands."""

    name: str
    ok: bool
    says: str


def checks():
    """The database, its tables, the data: each needs the one before it. What is wrong goes to the log in full."""
    found = []
    for name, check in [("database", database), ("migrations", migrations), ("data", data)]:
        if found and not found[-1].ok:
            found.append(Check(name, False, f"Not looked at, since the {found[-1].name} must be in order first."))
            continue
        try:
            ok, says = check()
        except Error:
            logger.exception("The check of the %s failed.", name)
            ok, says = False, "The database does not answer."
        found.append(Check(name, ok, says))
    return found


def database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, "The database answers."


class Migrations:
    """Whether every table is as this version of the software needs it; once it is, a process need not look again."""

    in_order = False

    def __call__(self):
        if not self.in_order:
            executor = MigrationExecutor(connection)
            if waiting := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
                return False, f"Migrations that wait for “manage.py prepare”: {waiting}."
            self.in_order = True
        return True, "Every table is as this version needs it."


migrations = Migrations()


def data():
    if is_empty():
        return False, "There are no records: “manage.py prepare” loads them."
    return True, "There are records."


def told(found):
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
    answer, status = told(checks())
    return JsonResponse(answer, status=status)


@csrf_exempt
@never_cache
@require_safe
def health(request):
    """The same for people, and for programs that ask for JSON."""
    wanted = request.GET.get("format")
    if wanted is not None and wanted not in FORMATS:
        return problem(no_such_format(wanted, FORMATS), {"request": Request(request)})
    kind = FORMATS.get(wanted) or preferred(request, [JSON, HTML])[0]
    answer, status = told(checks())
    if kind == HTML:
        response = render(request, "kb/health.html", answer | {"now": timezone.now()}, status=status)
    else:
        response = JsonResponse(answer, status=status)
    patch_vary_headers(response, ["Accept"])
    return response


PROBES = {"/health/live": live, "/health/ready": ready}


def answer_probes(get_response):
    """Middleware: probes are answered whatever host name they use, and without HTTPS: they come from inside."""

    def middleware(request):
        view = PROBES.get(request.path_info.rstrip("/"))
        return view(request) if view else get_response(request)

    return middleware
