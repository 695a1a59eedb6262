"""What browsers are tricked into: scripts in texts, policies that are missing, fixed sessions, foreign redirects."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import path as url_path

from kb.urls import handler400, handler404, handler500, urlpatterns  # noqa: F401 - this module is a URL configuration
from symptoms.models import SideEffect
from tests.helpers.accounts import LOGIN_URL, PASSWORD, make_account, sign_in
from tests.helpers.suggestions import issue_token

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def fail(request):
    raise RuntimeError("a fault")


urlpatterns = [
    *urlpatterns,
    url_path("fault/", fail),
    url_path("api/v1/fault/", fail),
    url_path("explore/fault/", fail),
]


def send_error_requests(client, settings):
    """Yield the status and the response of every kind of error that a request can cause."""
    yield 400, client.get("/api/v1/side-effects/?nonsense=1")
    yield 400, client.get("/", headers={"host": "evil.example"})
    yield 400, client.get("/api/v1/", headers={"host": "127.0.0.1:99999"})
    yield 400, client.get("/explore/side-effects/?nonsense=1")
    yield 403, client.post(LOGIN_URL, {})
    for address in (
        "/nonsense/",
        "/api/v1/nonsense/",
        "/explore/nonsense/",
        "/admin/nonsense/",
        "/static/nonsense.css",
    ):
        yield 302 if address.startswith("/admin") else 404, client.get(address)
    yield 405, client.post("/explore/side-effects/")
    yield 406, client.get("/api/v1/side-effects/", headers={"accept": "image/png"})
    headers = {"authorization": f"Bearer {issue_token(make_account(username='sender'))}"}
    big = {"data": "x" * 200_000, "content_type": "application/json"}
    yield 413, client.post("/api/v1/suggestions/", headers=headers, **big)
    for address in ("/fault/", "/api/v1/fault/", "/explore/fault/"):
        yield 500, client.get(address)
    settings.READS_PER_MINUTE = 1
    for path in ("/api/v1/side-effects/", "/explore/side-effects/"):
        client.get(path)
        yield 429, client.get(path)
    settings.AXES_FAILURE_LIMIT = 1
    client.handler.enforce_csrf_checks = False
    yield 429, sign_in(client, "nobody", "wrong")


@pytest.mark.urls(__name__)
def test_every_error_has_the_content_security_policy(universe, settings):
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    client, seen = Client(enforce_csrf_checks=True, raise_request_exception=False), set()
    for expected, response in send_error_requests(client, settings):
        what = (expected, response.request["PATH_INFO"], response.status_code)
        seen.add(response.status_code)
        assert response.status_code == expected, what
        policy = response["Content-Security-Policy"]
        assert "default-src 'self'" in policy, what
        assert "unsafe" not in policy, what
        assert response["X-Content-Type-Options"] == "nosniff", what
    assert {400, 403, 404, 405, 406, 413, 429, 500} <= seen


@pytest.mark.parametrize("probe", ["/health/", "/health/live/", "/health/ready/", "/metrics/"])
def test_probes_have_it_too(db, client, probe):
    assert "default-src 'self'" in client.get(probe)["Content-Security-Policy"]


@pytest.mark.parametrize("port", ["0", "65536", "99999", "123456789012345678901234567890"])
def test_a_port_that_there_is_not_is_refused(universe, client, port):
    response = client.get("/api/v1/", headers={"host": f"testserver:{port}"})
    assert response.status_code == 400
    assert port not in response.content.decode().replace("400", "") or port == "0"
    assert client.get("/api/v1/", headers={"host": "testserver:8443"}).status_code == 200


@pytest.mark.parametrize("parameter", ["ordering", "fields", "omit"])
@pytest.mark.parametrize("value", [",", "slug,", ",slug", "slug,,text"])
def test_an_empty_value_between_commas_is_refused(universe, api, parameter, value):
    response = api.get("/api/v1/side-effects/", {parameter: value})
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize(
    "path", ["/explore/side-effects/", "/explore/side-effects/class-bone/", "/explore/search/?q=bone"]
)
def test_markup_in_a_text_is_shown_and_not_run(universe, client, path):
    SideEffect.objects.filter(slug="class-bone").update(text=f"Bones ache {SCRIPT}")
    page = client.get(path, headers={"accept": "text/html"}).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("path", ["/admin/", "/admin/symptoms/sideeffect/", "/admin/kb/change/"])
def test_markup_is_not_run_in_the_admin_either(statement, login_as, submitted_change, path):
    SideEffect.objects.filter(pk=statement.pk).update(text=f"Bones ache {SCRIPT}")
    type(submitted_change).objects.update(why=f"Because {SCRIPT}")
    client = login_as("reviewer")
    pages = [client.get(path), client.get(f"/admin/symptoms/sideeffect/{statement.pk}/change/")]
    pages += [client.get(f"/admin/kb/change/{submitted_change.pk}/change/")]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
        assert "<img src=x" not in page.content.decode()


def test_markup_in_a_question_is_not_run(universe, client):
    for path in ("/explore/search/", "/explore/side-effects/", f"/explore/{SCRIPT}/"):
        page = client.get(path, {"q": SCRIPT, "search": SCRIPT}, headers={"accept": "text/html"})
        assert "<script>alert" not in page.content.decode()


def test_a_session_gets_another_key_at_the_sign_in(client, db):
    make_account("editor")
    client.get(LOGIN_URL)
    session = client.session
    session["mark"] = "of an attacker"
    session.save()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = fixed = session.session_key
    assert sign_in(client, "editor").status_code == 302
    assert client.cookies[django_settings.SESSION_COOKIE_NAME].value != fixed
    assert not type(session)().exists(fixed)


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_sign_in_leads_to_no_other_site(client, db, address):
    make_account("editor")
    response = client.post(f"{LOGIN_URL}?next={address}", {"username": "editor", "password": PASSWORD, "next": address})
    assert response["Location"] == "/admin/"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(client, db):
    make_account("editor")
    pages = [sign_in(client, name, "a wrong long password").content.decode() for name in ("editor", "edtior")]
    token = 'name="csrfmiddlewaretoken" value="'
    texts = {page.split(token)[0] + page.split(token)[1][64:].replace("edtior", "editor") for page in pages}
    assert len(texts) == 1
