"""A page of another origin reads the API in a real browser, with the headers that tell it how to; it writes nothing."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches

from kb.models import ApiToken, Suggestion
from tests.factories import Universe
from treatments.models import Treatment

pytestmark = pytest.mark.django_db(transaction=True)
FETCH_SCRIPT = """
async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return {status: answer.status, body: await answer.text(), headers: Object.fromEntries(answer.headers)};
  } catch (error) {
    return {refused: String(error)};
  }
}
"""


class OtherOriginHandler(BaseHTTPRequestHandler):
    """An empty page of somebody else."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

    def log_message(self, *args):
        """Nothing is said of it."""


@pytest.fixture
def fetch_cross_origin(browser, live_server, settings):
    """Fetch something from the knowledge base on a page of another origin; what the browser lets it see."""
    settings.READS_PER_MINUTE, settings.TOKEN_READS_PER_MINUTE = 600, 6000
    caches["counts"].clear()
    u = Universe()
    u.make(Treatment, "drug")
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherOriginHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    yield lambda path, **options: page.evaluate(FETCH_SCRIPT, [f"{live_server.url}{path}", options])
    page.close()
    server.shutdown()
    server.server_close()


def test_another_origin_reads_answers_and_the_headers_that_come_with_them(fetch_cross_origin):
    found = fetch_cross_origin("/api/v1/treatments/drug/")
    assert found["status"] == 200
    assert '"slug":"drug"' in found["body"]
    assert found["headers"]["ratelimit"].startswith('"anonymous";r=')
    assert found["headers"]["ratelimit-policy"] == '"anonymous";q=600;w=60'


def test_another_origin_reads_what_was_wrong_and_when_to_return(fetch_cross_origin, settings):
    settings.READS_PER_MINUTE = 1
    assert fetch_cross_origin("/api/v1/treatments/?nme=x")["status"] == 400
    refused = fetch_cross_origin("/api/v1/treatments/")
    assert refused["status"] == 429
    assert "One address may send 1 requests a minute" in refused["body"]
    assert int(refused["headers"]["retry-after"]) > 0


def test_another_origin_may_send_a_token_and_what_it_knows_already(fetch_cross_origin):
    user = User.objects.create_user("anna")
    secret = ApiToken(user=user, name="app", scopes=["read"]).issue()
    sent = {"Authorization": f"Bearer {secret}", "If-None-Match": '"x"', "Accept": "application/json"}
    found = fetch_cross_origin("/api/v1/treatments/", headers=sent)
    assert found["status"] == 200
    assert found["headers"]["ratelimit"].startswith('"token";r=')
    refused = fetch_cross_origin("/api/v1/treatments/", headers={"Authorization": "Bearer kb_wrong"})
    assert (refused["status"], refused["headers"]["www-authenticate"]) == (401, "Bearer")


def test_another_origin_sends_no_suggestion_and_gets_no_cookie_along(fetch_cross_origin):
    secret = ApiToken(user=User.objects.create_user("anna"), name="app", scopes=["suggest"]).issue()
    sent = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    body = '{"kind": "treatments", "slug": "drug", "field": "", "text": "It is wrong."}'
    assert "refused" in fetch_cross_origin("/api/v1/suggestions/", method="POST", headers=sent, body=body)
    assert not Suggestion.objects.exists()
    assert "refused" in fetch_cross_origin("/api/v1/treatments/", credentials="include")


@pytest.mark.parametrize("path", ["/", "/explore/treatments/", "/admin/login/", "/health/", "/health/ready/"])
def test_nothing_but_the_api_is_open_to_another_origin(fetch_cross_origin, path):
    assert "refused" in fetch_cross_origin(path)


def test_a_preflight_allows_reading_and_nothing_else(client):
    asked = {"HTTP_ORIGIN": "https://elsewhere.example", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    answer = client.options("/api/v1/suggestions/", **asked)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert answer["Access-Control-Allow-Headers"] == "accept, authorization, if-none-match"
    assert "Access-Control-Allow-Credentials" not in answer


def test_what_tells_a_reader_how_to_behave_may_be_read(client, db):
    exposed = client.get("/api/v1/", HTTP_ORIGIN="https://elsewhere.example")["Access-Control-Expose-Headers"]
    assert {name.strip() for name in exposed.split(",")} >= {
        "ETag",
        "X-KB-Version",
        "Link",
        "Content-Disposition",
        "Retry-After",
        "RateLimit",
        "RateLimit-Policy",
        "Deprecation",
        "Sunset",
    }
