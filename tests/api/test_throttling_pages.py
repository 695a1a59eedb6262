"""Pages count apart from the API, once each, and say in words that it was too much."""

from kb.editorial.preview import render_preview
from kb.editorial.snapshot import serialize_record
from tests.helpers.rate_limits import TREATMENTS_URL, parse_rate_limit
from tests.helpers.rate_limits import low_rate_limits as low_rate_limits

EXPLAIN_URL = "/explore/?symptom=pain&taking=drug&taking=other"


def test_pages_count_apart_and_say_in_words_that_it_was_too_much(api, universe):
    assert [parse_rate_limit(api.get("/explore/treatments/")) for _ in range(3)] == [
        ("pages", 3, number) for number in (2, 1, 0)
    ]
    answer = api.get("/explore/treatments/")
    assert (answer.status_code, answer["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "One address may send 3 requests a minute for these pages." in answer.content.decode()
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)


def test_a_page_that_was_too_much_asks_the_database_nothing(api, universe, django_assert_num_queries):
    for _ in range(3):
        api.get("/explore/treatments/")
    with django_assert_num_queries(0):
        assert api.get("/explore/treatments/").status_code == 429


def test_a_page_made_of_two_answers_counts_once(api, universe):
    answer = api.get(EXPLAIN_URL)
    assert answer.status_code == 200
    assert parse_rate_limit(answer) == ("pages", 3, 2)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)


def test_pages_take_no_notice_of_what_is_sent_to_a_proxy(api, universe):
    assert api.get("/explore/treatments/", HTTP_AUTHORIZATION="Basic YTpi").status_code == 200
    assert api.get("/api/v1/docs/", HTTP_AUTHORIZATION="Basic YTpi").status_code == 200


def test_a_preview_does_not_count(statement, rf):
    for _ in range(4):
        assert render_preview(rf.get("/admin/"), statement, serialize_record(statement)).status_code == 200
