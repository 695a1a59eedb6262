"""Metrics: what is counted, the sum over processes, and who may read them."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

from kb import metrics
from kb.metrics import remove_files_of_ended_processes, render_metrics

URL, TOKEN = "/metrics", "a-token-of-the-monitoring"
LIST_URL = "/api/v1/side-effects/"
COUNT = """
import django
django.setup()
from kb import metrics
metrics.observe_request("list", "GET", 200, 0.03)
metrics.observe_request("list", "BREW", 404, 0.3)
metrics.count_cache_lookup("hit")
"""


@pytest.fixture
def observed(monkeypatch):
    """The requests that are measured, as (route, method, status)."""
    requests = []
    monkeypatch.setattr(metrics, "observe_request", lambda *args: requests.append(args[:3]))
    return requests


def read_samples(text):
    return dict(re.findall(r"^([a-z_]+(?:\{.*\})?) (\S+)$", text, re.M))


def test_the_counts_of_all_processes_are_added_up(tmp_path):
    environ = os.environ | {"METRICS_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "kb.settings"}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], cwd=django_settings.BASE_DIR, env=environ, check=True)  # noqa: S603
    samples = read_samples(render_metrics(tmp_path, []).decode())
    assert samples['kb_requests_total{method="GET",route="list",status="200"}'] == "2.0"
    assert samples['kb_requests_total{method="other",route="list",status="404"}'] == "2.0"
    assert samples['kb_request_seconds_bucket{le="0.05",method="GET",route="list"}'] == "2.0"
    assert samples['kb_request_seconds_bucket{le="0.025",method="GET",route="list"}'] == "0.0"
    assert samples['kb_response_cache_lookups_total{result="hit"}'] == "2.0"


def test_the_files_of_processes_that_have_ended_are_removed(tmp_path):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    old, own = tmp_path / f"counter_{int(ended.stdout)}.db", tmp_path / f"counter_{os.getpid()}.db"
    for file in (old, own):
        file.touch()
    remove_files_of_ended_processes(tmp_path)
    assert not old.exists()
    assert own.exists()


def test_requests_are_counted_by_route_not_by_address(api, universe, observed):
    etag = api.get(LIST_URL)["ETag"]
    api.get(f"{LIST_URL}?page_size=1")
    api.get(f"{LIST_URL}class-bone/")
    api.get(LIST_URL, headers={"if-none-match": etag})
    api.get("/api/v1/nothing-here/")
    api.get("/nothing-here/")
    api.get("/")
    route = "api/v1/side-effects/$"
    assert observed == [
        (route, "GET", 200),
        (route, "GET", 200),
        ("api/v1/side-effects/(?P<slug>[\\w .-]+)/$", "GET", 200),
        ("/api/*", "GET", 304),
        ("/api/*", "GET", 404),
        ("*", "GET", 404),
        ("/", "GET", 200),
    ]


def test_the_versions_and_the_last_change_are_told(api, universe):
    response = api.get(URL)
    samples = read_samples(response.content.decode())
    version = api.get(LIST_URL)["X-KB-Version"]
    assert response["Content-Type"].startswith("text/plain")
    assert f'kb_info{{data_version="{version}",version="{django_settings.VERSION}"}}' in samples
    assert samples["kb_database_up"] == "1.0"
    assert float(samples["kb_data_changed_timestamp_seconds"]) > 1_700_000_000


def test_a_database_that_does_not_answer_is_told_and_no_error(api, db, monkeypatch):
    from django.db import OperationalError

    from kb import health

    def fail():
        raise OperationalError

    monkeypatch.setattr(health, "dataset_state", fail)
    response = api.get(URL)
    assert (response.status_code, read_samples(response.content.decode())["kb_database_up"]) == (200, "0.0")


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "status"),
    [
        (0, "127.0.0.1", None, 200),
        (0, "10.1.2.3", None, 200),
        (0, "::1", None, 200),
        (0, "8.8.8.8", None, 403),
        (0, "", None, 403),
        (0, "10.1.2.3", "8.8.8.8", 403),  # A proxy that PROXIES does not know: anybody can stand behind it.
        (0, "10.1.2.3", "10.9.9.9", 403),
        (1, "10.1.2.3", "8.8.8.8", 403),
        (1, "10.1.2.3", "10.9.9.9", 200),
        (1, "10.1.2.3", "10.9.9.9, 8.8.8.8", 403),
    ],
)
def test_without_a_token_only_private_addresses_read_them(api, db, settings, proxies, peer, forwarded, status):
    settings.PROXIES = proxies
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert api.get(URL, headers=headers, REMOTE_ADDR=peer).status_code == status


@pytest.mark.parametrize(
    ("sent", "status"),
    [(f"Bearer {TOKEN}", 200), ("Bearer another-token", 401), ("", 401), (TOKEN, 401), ("Bearer ü", 401)],
)
def test_with_a_token_it_has_to_be_shown_from_everywhere(api, db, settings, sent, status):
    settings.METRICS_TOKEN = TOKEN
    response = api.get(URL, headers={"authorization": sent}, REMOTE_ADDR="127.0.0.1")
    assert response.status_code == status
    assert api.get(URL, headers={"authorization": f"Bearer {TOKEN}"}, REMOTE_ADDR="8.8.8.8").status_code == 200


def test_a_process_whose_files_go_while_they_are_read_stops_no_scrape(monkeypatch, tmp_path):
    tries = []

    def fail_once(registry):
        tries.append(registry)
        if len(tries) == 1:
            raise FileNotFoundError("histogram_1.db")
        return b"metrics"

    monkeypatch.setattr(metrics, "generate_latest", fail_once)
    assert render_metrics(tmp_path, []) == b"metrics"
    assert len(tries) == 2
