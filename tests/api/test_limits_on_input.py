"""Limits on the size of input: many or long wrong values cost few queries and get a short response."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.dataset.version import data_version
from kb.models import Cancer, Event
from kb.search.slug_lookup import MAX_REPORTED_VALUES
from symptoms.models import DistinguishingFeature
from treatments.models import Treatment

VALUE_COUNT = 150
LONG_TEXT = "x" * 20_000
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
    """Count the queries of a request, with the data version already computed and cached."""
    data_version()

    def count_queries(path, status=400, **params):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/api/v1/{path}", params).status_code == status
        return len(queries)

    return count_queries


def make_values(prefix, count=VALUE_COUNT):
    return [f"{prefix}{number}" for number in range(count)]


@pytest.mark.parametrize(("path", "parameter", "prefix"), LIMITED_PARAMETERS)
def test_many_wrong_values_take_no_more_queries_than_one(count_queries, path, parameter, prefix):
    count_queries(path, **{parameter: f"{prefix}x"})
    assert (
        count_queries(path, **{parameter: make_values(prefix)})
        <= count_queries(path, **{parameter: f"{prefix}x"})
        <= 12
    )


@pytest.mark.parametrize(("path", "parameter", "prefix"), LIMITED_PARAMETERS)
def test_the_first_wrong_values_are_reported_and_the_others_counted(
    extended_universe, get_json, path, parameter, prefix
):
    problem = get_json(path, status=400, **{parameter: make_values(prefix)})
    *reported, last = problem["errors"]
    assert len(reported) == MAX_REPORTED_VALUES
    for number, error in enumerate(reported):
        assert error["parameter"] == parameter
        assert f"“{prefix}{number}”" in error["detail"]
    assert last == {
        "parameter": parameter,
        "detail": f"{parameter}: … and {VALUE_COUNT - MAX_REPORTED_VALUES} more.",
        "nearest": None,
    }
    if path != "changes/":  # The universe has no events to suggest.
        assert {error["nearest"] for error in reported} == {"side-effects" if parameter == "kind" else prefix}


def test_ten_wrong_values_are_all_reported(extended_universe, get_json):
    assert (
        len(get_json("side-effects/", status=400, treatment=make_values("drug", MAX_REPORTED_VALUES))["errors"])
        == MAX_REPORTED_VALUES
    )


def test_the_nearest_public_slug_of_the_feed_is_named(extended_universe, get_json):
    Event.objects.create(at="2026-01-01T00:00Z", event="published", kind="treatments", slug="drug", name="Drug")
    errors = get_json("changes/", status=400, slug=make_values("drug"))["errors"]
    assert [error["nearest"] for error in errors] == ["drug"] * MAX_REPORTED_VALUES + [None]


def test_one_refusal_names_replacements_slugs_and_nearest_values(extended_universe, get_json, count_queries):
    for number in range(3):
        extended_universe.make(
            Treatment, f"old-{number}", status="retired", replaced_by=Treatment.objects.get(slug="drug")
        )
    params = {"treatment": ["old-0", "old-1", "Brandoll", "lonerr", "old-2"]}
    errors = get_json("side-effects/", status=400, **params)["errors"]
    assert [error["nearest"] for error in errors] == ["drug", "drug", "drug", "loner", "drug"]
    assert ["retired" in error["detail"] for error in errors] == [True, True, False, False, True]
    assert count_queries("side-effects/", **params) == count_queries("side-effects/", treatment=["old-0", "lonerr"])


def test_the_detail_of_a_problem_is_short_and_refers_to_its_errors(extended_universe, get_json):
    single_problem = get_json("side-effects/", status=400, treatment="drugs")
    assert single_problem["detail"] == single_problem["errors"][0]["detail"]
    problem = get_json("side-effects/", status=400, treatment=make_values("drug"), symptom=make_values("pain"))
    first_details = " ".join(error["detail"] for error in problem["errors"][:3])
    assert problem["detail"] == f"{first_details} “errors” tells the rest."


def test_as_many_values_as_a_page_holds_are_accepted_and_one_more_is_refused(
    count_queries, extended_universe, get_json
):
    slugs = [extended_universe.make(Cancer, f"growth-{number:03}").slug for number in range(200)]
    data_version()
    payload = get_json("cancers/", slug=slugs, page_size=200)
    assert [cancer["slug"] for cancer in payload["results"]] == slugs
    get_json("cancers/", slug=slugs[:2])  # Both are counted once after each change.
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
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_value_longer_than_any_name_is_refused_by_its_length(extended_universe, get_json, path, params):
    problem = get_json(path, status=400, **params)
    assert "characters: give 200 at most" in problem["detail"]
    assert len(problem["detail"]) < 100


def test_a_slug_in_the_url_may_be_of_any_length(extended_universe, get_json):
    assert "no treatment" in get_json(f"treatments/{LONG_TEXT}/", status=404)["detail"]


@pytest.mark.parametrize("value", ["2" * 20_000, "maybe" * 4_000])
def test_a_long_value_is_not_repeated_whole(extended_universe, get_json, value):
    problem = get_json("side-effects/", status=400, updated_since=value, exact=value)
    assert {error["parameter"] for error in problem["errors"]} == {"exact", "updated_since"}
    assert len(problem["detail"]) < 400


@pytest.mark.parametrize("parameter", ["fields", "omit"])
def test_of_many_unknown_fields_ten_are_reported_and_the_known_ones_listed_once(extended_universe, get_json, parameter):
    problem = get_json("side-effects/", status=400, **{parameter: ",".join(make_values("treatmen", 3000))})
    first, *other_errors, last = problem["errors"]
    assert (first["nearest"], first["parameter"]) == ("treatment", parameter)
    assert "“treatmen0” here; there are: " in first["detail"]
    assert [error["detail"] for error in other_errors if "there are" in error["detail"]] == []
    assert (len(other_errors), last["detail"]) == (MAX_REPORTED_VALUES - 1, f"{parameter}: … and 2990 more.")


def test_a_field_asked_for_a_thousand_times_is_shown_once(extended_universe, get_json):
    expected = get_json("side-effects/", fields="slug,text")["results"]
    assert get_json("side-effects/", fields="slug," * 1000 + "text", omit="effect,effect")["results"] == expected


def test_an_ordering_given_a_thousand_times_orders_once(extended_universe, get_json):
    expected = get_json("side-effects/", ordering="-slug")["results"]
    assert get_json("side-effects/", ordering=",".join(["-slug"] * 1000))["results"] == expected


@pytest.mark.parametrize("path", ["side-effects/", "side-effects/loner-bone/", "explain/", "changes/", "treatments/"])
def test_of_many_unknown_parameters_ten_are_reported(extended_universe, get_json, path):
    problem = get_json(path, status=400, **dict.fromkeys(make_values("field"), "x"))
    *reported, last = problem["errors"]
    assert [error["parameter"] for error in reported] == make_values("field", MAX_REPORTED_VALUES)
    assert last == {
        "detail": f"… and {VALUE_COUNT - MAX_REPORTED_VALUES} more parameters that do not exist.",
        "nearest": None,
    }


def test_many_features_of_another_question_are_refused_briefly(extended_universe, get_json):
    slugs = []
    for number in range(40):
        fields = {"question": "bone-or-joint", "aspect": "timing", "feature": f"x{number}", "points_to": "bone"}
        slugs.append(extended_universe.make_statement(DistinguishingFeature, f"other-{number}", **fields).slug)
    problem = get_json("differential/", status=400, question="treatment-or-metastasis", feature=slugs)
    assert {error["parameter"] for error in problem["errors"]} == {"feature"}
    assert "“errors” tells the rest" in problem["detail"]


def test_an_html_page_reports_many_errors_as_briefly(extended_universe, client):
    page = client.get("/explore/side-effects/", {"treatment": make_values("drug")})
    assert page.status_code == 400
    assert f"… and {VALUE_COUNT - MAX_REPORTED_VALUES} more." in page.content.decode()


@pytest.mark.parametrize(
    "path", ["treatments/?format=", "treatments/?cursor=", "treatments/?", "treatments/", "releases/"]
)
def test_a_long_wrong_url_is_repeated_only_once(extended_universe, api, path):
    long_value = "a" * 20_000
    response = api.get(f"/api/v1/{path}{long_value}{'=x' if path.endswith('/?') else ''}", follow=True)
    assert response.status_code in (400, 404)
    assert len(response.content) < len(long_value) + 2000
