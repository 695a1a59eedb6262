"""Health checks: /health/live and /health/ready for probes, /health/ as a page or JSON; /metrics for Prometheus."""

import logging
from dataclasses import asdict
from http import HTTPStatus
from ipaddress import ip_address

from django.conf import settings
from django.db import Error
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily
from rest_framework.request import Request

from kb.api.exceptions import problem_exception_handler
from kb.api.negotiation import select_media_type, unknown_format_error
from kb.dataset.version import dataset_state
from kb.health_checks import run_checks
from kb.metrics import render_metrics
from kb.models import Event
from kb.utils.client_ip import client_ip

HTML, JSON = "text/html", "application/json"
FORMATS = {"html": HTML, "json": JSON}
logger = logging.getLogger(__name__)


def build_report(checks):
    """Return the checks as the members of a JSON document, and the HTTP status that says whether all are in order."""
    ready = all(check.ok for check in checks if check.required)
    degraded = not all(check.ok for check in checks)
    report = {
        "ready": ready,
        "degraded": degraded,
        "version": settings.VERSION,
        "checks": [asdict(check) for check in checks],
    }
    return report, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE


@never_cache
@require_safe
def live(request):
    """Answer that the process runs; nothing else is checked. “manage.py serve” lets the server itself send the file."""
    return HttpResponse((settings.BASE_DIR / "kb/probes/live.json").read_bytes(), content_type=JSON)


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


@never_cache
@require_safe
def metrics(request):
    """Answer the metrics of this machine to who shows METRICS_TOKEN; if none is set, to private addresses only."""
    if settings.METRICS_TOKEN:
        if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
            headers = {"WWW-Authenticate": "Bearer"}
            return JsonResponse({"detail": "METRICS_TOKEN is needed."}, status=HTTPStatus.UNAUTHORIZED, headers=headers)
    elif not is_from_inside(request):
        detail = "Only private addresses are answered here, unless METRICS_TOKEN is set."
        return JsonResponse({"detail": detail}, status=HTTPStatus.FORBIDDEN)
    return HttpResponse(render_metrics(settings.METRICS_DIR, measure_data()), content_type=CONTENT_TYPE_LATEST)


def is_from_inside(request):
    """Return whether the client has a private address; nobody has, who came through a proxy that is not in PROXIES."""
    address = client_ip(request)
    is_hidden = not settings.PROXIES and "X-Forwarded-For" in request.headers
    return address is not None and ip_address(address).is_private and not is_hidden


def measure_data():
    """Return metrics of the program and the data: their versions, and when the public last saw a change."""
    version = InfoMetricFamily("kb", "The program and the data that are served.")
    is_up = GaugeMetricFamily("kb_database_up", "1 while the database answers.")
    changed = GaugeMetricFamily("kb_data_changed_timestamp_seconds", "When something public was last changed.")
    try:
        version.add_metric([], {"version": settings.VERSION, "data_version": dataset_state().version})
        if newest := Event.objects.values_list("at", flat=True).first():
            changed.add_metric([], newest.timestamp())
        is_up.add_metric([], 1)
    except Error:
        logger.exception("The data could not be measured.")
        is_up.add_metric([], 0)
    return [version, is_up, changed]


PROBE_VIEWS = {"/health/live": live, "/health/ready": ready, "/metrics": metrics}


def probe_middleware(get_response):
    """Middleware: answer probes before the checks of host name and HTTPS, since they come from inside the network."""

    def middleware(request):
        view = PROBE_VIEWS.get(request.path_info.rstrip("/"))
        return view(request) if view else get_response(request)

    return middleware
