"""However much one request asks wrongly, refusing it costs little, and the answer stays short."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.dataset.version import data_version
from kb.models import Cancer, Event
from kb.search.slug_lookup import MAX_REPORTED_VALUES
from symptoms.models import DistinguishingFeature
from treatments.models import Treatment

VALUE_COUNT = 150
LONG_TEXT = "x" * 60_000
LIMITED_PARAMETERS = [
    ("coverage/", "row", "drug"),
    ("coverage/", "kind", "side-effect"),
    ("disagreements/", "about", "drug"),
    ("changes/", "slug", "drug"),
    ("management-options/", "treatment", "drug"),
    ("management-options/", "cause_cancer", "growth"),
    ("side-effects/", "slug", "loner-bone"),
    ("side-effects/", "source", "page"),
    ("treatments/", "causes", "bone-ache"),
    ("treatments/", "within", "class"),
    ("guidance/", "topic", "drug"),
]


@pytest.fixture
def count_queries(extended_universe, api):
    """How many queries an answer takes, once what is known about all of the data is known."""
    data_version()

    def count_queries(path, status=400, **params):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/api/v1/{path}", params).status_code == status
        return len(queries)

    return count_queries


def make_values(word, count=VALUE_COUNT):
    return [f"{word}{number}" for number in range(count)]


@pytest.mark.parametrize(("path", "parameter", "word"), LIMITED_PARAMETERS)
def test_many_wrong_values_take_no_more_queries_than_one(count_queries, path, parameter, word):
    count_queries(path, **{parameter: f"{word}x"})
    assert count_queries(path, **{parameter: make_values(word)}) <= count_queries(path, **{parameter: f"{word}x"}) <= 12


@pytest.mark.parametrize(("path", "parameter", "word"), LIMITED_PARAMETERS)
def test_the_first_wrong_values_are_told_with_their_nearest_and_the_others_counted(
    extended_universe, get_json, path, parameter, word
):
    problem = get_json(path, status=400, **{parameter: make_values(word)})
    *told, last = problem["errors"]
    assert len(told) == MAX_REPORTED_VALUES
    for number, error in enumerate(told):
        assert error["parameter"] == parameter
        assert f"“{word}{number}”" in error["detail"]
    assert last == {
        "parameter": parameter,
        "detail": f"{parameter}: … and {VALUE_COUNT - MAX_REPORTED_VALUES} more.",
        "nearest": None,
    }
    if path != "changes/":  # Nothing has happened in the universe.
        assert {error["nearest"] for error in told} == {"side-effects" if parameter == "kind" else word}


def test_ten_wrong_values_are_all_that_is_told(extended_universe, get_json):
    assert (
        len(get_json("side-effects/", status=400, treatment=make_values("drug", MAX_REPORTED_VALUES))["errors"])
        == MAX_REPORTED_VALUES
    )


def test_what_was_never_public_is_told_the_nearest_that_was(extended_universe, get_json):
    Event.objects.create(at="2026-01-01T00:00Z", event="published", kind="treatments", slug="drug", name="Drug")
    errors = get_json("changes/", status=400, slug=make_values("drug"))["errors"]
    assert [error["nearest"] for error in errors] == ["drug"] * MAX_REPORTED_VALUES + [None]


def test_in_one_refusal_the_retired_tell_their_heirs_and_names_their_slugs(extended_universe, get_json, count_queries):
    for number in range(3):
        extended_universe.make(
            Treatment, f"old-{number}", status="retired", replaced_by=Treatment.objects.get(slug="drug")
        )
    wrong = {"treatment": ["old-0", "old-1", "Brandol", "lonerr", "old-2"]}
    errors = get_json("side-effects/", status=400, **wrong)["errors"]
    assert [error["nearest"] for error in errors] == ["drug", "drug", "drug", "loner", "drug"]
    assert ["retired" in error["detail"] for error in errors] == [True, True, False, False, True]
    assert count_queries("side-effects/", **wrong) == count_queries("side-effects/", treatment=["old-0", "lonerr"])


def test_a_problem_says_little_and_its_errors_tell_the_rest(extended_universe, get_json):
    one = get_json("side-effects/", status=400, treatment="drugs")
    assert one["detail"] == one["errors"][0]["detail"]
    problem = get_json("side-effects/", status=400, treatment=make_values("drug"), symptom=make_values("pain"))
    said = " ".join(error["detail"] for error in problem["errors"][:3])
    assert problem["detail"] == f"{said} “errors” tells the rest."


def test_as_many_values_as_a_page_holds_are_taken_and_one_more_is_told_how_many_may_be(
    count_queries, extended_universe, get_json
):
    slugs = [extended_universe.make(Cancer, f"growth-{number:03}").slug for number in range(200)]
    data_version()
    found = get_json("cancers/", slug=slugs, page_size=200)
    assert [cancer["slug"] for cancer in found["results"]] == slugs
    assert count_queries("cancers/", status=200, slug=slugs, page_size=200) == count_queries(
        "cancers/", status=200, slug=slugs[:2]
    )
    (error,) = get_json("cancers/", status=400, slug=[*slugs, "growth"])["errors"]
    assert error["detail"] == "slug: 201 values are too many: give 200 at most."


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("side-effects/", {"slug": LONG_TEXT}),
        ("side-effects/", {"effect": LONG_TEXT}),
        ("treatments/", {"name": ["drug", LONG_TEXT]}),
        ("treatments/", {"code": f"atc:{LONG_TEXT}"}),
        ("management-options/", {"taking": LONG_TEXT}),
        ("paths/", {"from": "drug", "to": LONG_TEXT}),
        ("coverage/", {"kind": LONG_TEXT}),
        ("changes/", {"slug": LONG_TEXT}),
        ("search/", {"q": LONG_TEXT}),
    ],
    ids=lambda given: given if isinstance(given, str) else " ".join(given),
)
def test_a_value_longer_than_any_name_is_refused_by_its_length(extended_universe, get_json, path, params):
    problem = get_json(path, status=400, **params)
    assert "characters: give 200 at most" in problem["detail"]
    assert len(problem["detail"]) < 100


def test_the_name_of_an_address_may_be_of_any_length(extended_universe, get_json):
    assert "no treatment" in get_json(f"treatments/{LONG_TEXT}/", status=404)["detail"]


@pytest.mark.parametrize("value", ["2" * 60_000, "maybe" * 10_000])
def test_a_long_value_is_not_said_back_whole(extended_universe, get_json, value):
    problem = get_json("side-effects/", status=400, updated_since=value, exact=value)
    assert [error["parameter"] for error in problem["errors"]] == ["exact", "updated_since"]
    assert len(problem["detail"]) < 400


@pytest.mark.parametrize("parameter", ["fields", "omit"])
def test_of_many_fields_that_are_not_there_ten_are_told_and_those_there_are_listed_once(
    extended_universe, get_json, parameter
):
    problem = get_json("side-effects/", status=400, **{parameter: ",".join(make_values("treatmen", 4500))})
    first, *others, last = problem["errors"]
    assert (first["nearest"], first["parameter"]) == ("treatment", parameter)
    assert "“treatmen0” here; there are: " in first["detail"]
    assert [error["detail"] for error in others if "there are" in error["detail"]] == []
    assert (len(others), last["detail"]) == (MAX_REPORTED_VALUES - 1, f"{parameter}: … and 4490 more.")


def test_a_field_asked_for_a_thousand_times_is_shown_once(extended_universe, get_json):
    once = get_json("side-effects/", fields="slug,text")["results"]
    assert get_json("side-effects/", fields="slug," * 1000 + "text", omit="effect,effect")["results"] == once


def test_an_ordering_said_a_thousand_times_orders_once(extended_universe, get_json):
    once = get_json("side-effects/", ordering="-slug")["results"]
    assert get_json("side-effects/", ordering=",".join(["-slug"] * 1000))["results"] == once


@pytest.mark.parametrize("path", ["side-effects/", "side-effects/loner-bone/", "explain/", "changes/", "treatments/"])
def test_of_many_parameters_that_do_not_exist_ten_are_told(extended_universe, get_json, path):
    problem = get_json(path, status=400, **dict.fromkeys(make_values("field"), "x"))
    *told, last = problem["errors"]
    assert [error["parameter"] for error in told] == make_values("field", MAX_REPORTED_VALUES)
    assert last == {
        "detail": f"… and {VALUE_COUNT - MAX_REPORTED_VALUES} more parameters that do not exist.",
        "nearest": None,
    }


def test_many_features_of_another_question_are_refused_briefly(extended_universe, get_json):
    slugs = []
    for number in range(40):
        words = {"question": "bone-or-joint", "aspect": "timing", "feature": f"x{number}", "points_to": "bone"}
        slugs.append(extended_universe.make_statement(DistinguishingFeature, f"other-{number}", **words).slug)
    problem = get_json("differential/", status=400, question="treatment-or-metastasis", feature=slugs)
    assert {error["parameter"] for error in problem["errors"]} == {"feature"}
    assert "“errors” tells the rest" in problem["detail"]


def test_a_page_for_people_is_as_short_about_what_was_wrong(extended_universe, client):
    page = client.get("/explore/side-effects/", {"treatment": make_values("drug")})
    assert page.status_code == 400
    assert f"… and {VALUE_COUNT - MAX_REPORTED_VALUES} more." in page.content.decode()


@pytest.mark.parametrize(
    "asked_for", ["treatments/?format=", "treatments/?cursor=", "treatments/?", "treatments/", "releases/"]
)
def test_what_is_long_and_wrong_is_said_back_once_as_the_address_alone(extended_universe, api, asked_for):
    long = "a" * 20_000
    answer = api.get(f"/api/v1/{asked_for}{long}{'=x' if asked_for.endswith('/?') else ''}", follow=True)
    assert answer.status_code in (400, 404)
    assert len(answer.content) < len(long) + 2000
