"""Rate limits of the HTML pages, counted separately from the API."""

from kb.editorial.preview import render_preview
from kb.editorial.snapshot import serialize_record
from tests.helpers.rate_limits import TREATMENTS_URL, parse_rate_limit
from tests.helpers.rate_limits import low_rate_limits as low_rate_limits

EXPLAIN_URL = "/explore/?symptom=pain&taking=drug&taking=other"


def test_pages_count_separately_and_the_refusal_is_a_page(api, universe):
    assert [parse_rate_limit(api.get("/explore/treatments/")) for _ in range(3)] == [
        ("pages", 3, number) for number in (2, 1, 0)
    ]
    response = api.get("/explore/treatments/")
    assert (response.status_code, response["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert 0 < int(response["Retry-After"]) <= 60
    assert "One address may send 3 requests a minute for these pages." in response.content.decode()
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)


def test_a_refused_page_takes_no_database_query(api, universe, django_assert_num_queries):
    for _ in range(3):
        api.get("/explore/treatments/")
    with django_assert_num_queries(0):
        assert api.get("/explore/treatments/").status_code == 429


def test_a_page_of_two_api_responses_counts_once(api, universe):
    response = api.get(EXPLAIN_URL)
    assert response.status_code == 200
    assert parse_rate_limit(response) == ("pages", 3, 2)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)


def test_pages_ignore_credentials_meant_for_a_proxy(api, universe):
    assert api.get("/explore/treatments/", HTTP_AUTHORIZATION="Basic YTpi").status_code == 200
    assert api.get("/api/v1/docs/", HTTP_AUTHORIZATION="Basic YTpi").status_code == 200


def test_a_preview_does_not_count(statement, rf):
    for _ in range(4):
        assert render_preview(rf.get("/admin/"), statement, serialize_record(statement)).status_code == 200
