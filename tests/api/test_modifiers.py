"""What parameters may say besides values: `name!` turns a filter round, `*` is any value; ranges of times and dates."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.models import Passage, Source
from symptoms.models import ManagementOption, SideEffect, Symptom
from tests.helpers.lists import get_csv_rows
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("universe")
SIDE_EFFECTS = {"class-bone", "drug-joint", "loner-bone", "medicine-joint"}


@pytest.fixture
def get_slugs(get_json):
    """The slugs of the records of a list."""
    return lambda path, **params: {record["slug"] for record in get_json(path, **params)["results"]}


@pytest.fixture
def dated_statements(universe):
    """Statements of a source of 2024 and one of 2026 together, of each of them alone; the others have no date."""
    passages = {}
    for year in (2024, 2026):
        source = universe.make(
            Source, f"of-{year}", title=f"{year}", sha256=str(year) * 16, lines=9, dated=f"{year}-06-01"
        )
        passages[year] = Passage.objects.create(source=source, first_line=1, last_line=1)
    SideEffect.objects.get(slug="class-bone").citations.set(passages.values())
    SideEffect.objects.get(slug="drug-joint").citations.set([passages[2024]])
    SideEffect.objects.get(slug="loner-bone").citations.set([passages[2026]])


@pytest.mark.parametrize(
    ("parameter", "value", "left_out"),
    [
        ("frequency", "rare", {"loner-bone"}),
        ("frequency", ["rare", "unstated"], SIDE_EFFECTS),
        ("treatment", "drug", {"class-bone", "drug-joint", "medicine-joint"}),
        ("treatment", "Brandol 5 mg", {"class-bone", "drug-joint", "medicine-joint"}),
        ("symptom", "pain", SIDE_EFFECTS),
        ("treatment_class", "class", {"class-bone", "drug-joint"}),
        ("search", "joint", {"drug-joint", "medicine-joint"}),
        ("source", "page", SIDE_EFFECTS),
        ("slug", "drug-joint", {"drug-joint"}),
        ("independent_sources", "1", SIDE_EFFECTS),
    ],
)
def test_an_exclamation_mark_leaves_out_what_the_filter_keeps(get_slugs, parameter, value, left_out):
    assert get_slugs("side-effects/", **{parameter: value}) == left_out
    assert get_slugs("side-effects/", **{f"{parameter}!": value}) == SIDE_EFFECTS - left_out


def test_both_ways_of_one_filter_narrow_together(get_slugs):
    both = {"treatment": "drug", "treatment!": "class"}
    assert get_slugs("side-effects/", **both) == {"drug-joint"}
    assert get_slugs("side-effects/", **both, exact="true") == {"drug-joint"}
    assert get_slugs("side-effects/", **{"treatment!": "class"}, exact="true") == SIDE_EFFECTS - {"class-bone"}


def test_what_is_left_out_is_not_what_is_asked_about(get_json):
    answer = get_json("side-effects/", **{"treatment!": "Brandol"})
    assert [record["basis"] for record in answer["results"]] == [None]
    assert answer["interpreted"][0]["parameter"] == "treatment!"


def test_a_request_written_as_people_write_it_is_understood(api):
    response = api.get("/api/v1/side-effects/?frequency!=rare")
    assert response.json()["count"] == 3
    assert "frequency%21=rare" in api.get("/api/v1/side-effects/?frequency!=rare&page_size=1").json()["next"]


@pytest.mark.parametrize("name", ["exact!", "ordering!", "taking!", "fields!", "page!", "no-such-thing!", "!"])
def test_what_keeps_no_records_cannot_be_turned_round(get_json, name):
    assert get_json("management-options/", status=400, **{name: "drug"})["errors"][0]["parameter"] == name


def test_wrong_values_and_names_are_refused_as_without_the_mark(get_json):
    assert get_json("side-effects/", status=400, **{"frequency!": "rarely"})["errors"][0]["nearest"] == "rare"
    assert get_json("side-effects/", status=400, **{"frequncy!": "rare"})["errors"][0]["nearest"] == "frequency!"
    assert "only once" in get_json("side-effects/", status=400, **{"search!": ["a", "b"]})["detail"]


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("symptoms/", {"caused_by": "*"}, {"bone-ache", "joint-ache", "pain"}),
        ("symptoms/", {"caused_by": "*", "exact": "true"}, {"bone-ache", "joint-ache"}),
        ("symptoms/", {"caused_by": "drug"}, {"bone-ache", "pain"}),  # Not what is said of some medicines.
        ("symptoms/", {"caused_by": "drug", "exact": "true"}, set()),
        ("symptoms/", {"managed_by!": "*"}, {"joint-ache"}),
        ("symptoms/", {"managed_by!": "*", "exact": "true"}, {"joint-ache", "pain"}),
        ("symptoms/", {"caused_by": "*", "managed_by!": "*"}, {"joint-ache"}),
        ("treatments/", {"causes": "*"}, {"class", "drug", "other", "loner", "medicine"}),
        ("treatments/", {"causes": "*", "exact": "true"}, {"class", "loner", "medicine"}),
        ("treatments/", {"causes!": "bone-ache"}, {"medicine"}),
    ],
)
def test_a_star_stands_for_any_and_statements_count_through_classes_and_kinds(get_slugs, path, params, expected):
    assert get_slugs(path, **params) == expected


def test_a_star_tells_whether_a_field_is_set(get_slugs, universe):
    cause = Treatment.objects.get(slug="drug")
    relief = {"treatment": Treatment.objects.get(slug="other"), "symptom": Symptom.objects.get(slug="pain")}
    universe.make_statement(ManagementOption, "for-drug", cause_treatment=cause, **relief)
    assert get_slugs("management-options/", cause_treatment="*") == {"for-drug"}
    assert get_slugs("management-options/", **{"cause_treatment!": "*"}) == {"loner-helps"}
    assert get_slugs("management-options/", cause_treatment=["*", "loner"]) == {"for-drug"}
    assert get_slugs("side-effects/", source="*") == SIDE_EFFECTS


@pytest.mark.parametrize("parameter", ["slug", "id", "within", "frequency", "code"])
def test_a_star_is_no_value_where_all_have_one(get_json, parameter):
    path = "side-effects/" if parameter == "frequency" else "treatments/"
    assert get_json(path, status=400, **{parameter: "*"})["errors"][0]["parameter"] == parameter


def test_durations_have_both_bounds(get_slugs, get_json):
    for slug, days in [("class-bone", 3), ("drug-joint", 30), ("loner-bone", 300)]:
        SideEffect.objects.filter(slug=slug).update(duration_max=timedelta(days=days))
    assert get_slugs("side-effects/", duration_min="P3D") == {"class-bone", "drug-joint", "loner-bone"}
    assert get_slugs("side-effects/", duration_min="P4D", duration_max="P30D") == {"drug-joint"}
    assert get_slugs("side-effects/", **{"duration_min!": "P4D"}) == {"class-bone", "medicine-joint"}
    assert get_slugs("side-effects/", duration_min="unstated") == {"medicine-joint"}
    assert get_json("side-effects/", status=400, duration_min="long")["errors"][0]["parameter"] == "duration_min"


def test_dates_are_those_of_one_source_that_a_statement_cites(get_slugs, dated_statements):
    assert get_slugs("side-effects/", dated_after="2026-06-01") == {"class-bone", "loner-bone"}
    assert get_slugs("side-effects/", dated_before="2024-06-01") == {"class-bone", "drug-joint"}
    # The one source is of 2024, the other of 2026: neither is of the year between them.
    assert get_slugs("side-effects/", dated_after="2024-07-01", dated_before="2026-05-31") == set()
    assert get_slugs("side-effects/", dated_after="2026-06-02") == set()


def test_sources_are_found_by_date_publisher_and_reviewer(get_slugs, get_json, dated_statements):
    Source.objects.filter(slug="of-2024").update(publisher="Press of Words")
    assert get_slugs("sources/", dated_after="2025-01-01") == {"of-2026"}
    assert get_slugs("sources/", dated="2024-06-01") == {"of-2024"}
    assert get_slugs("sources/", dated=["2024-06-01", "unstated"]) == {"of-2024", "page"}
    assert get_slugs("sources/", publisher="press of words") == {"of-2024"}
    assert get_slugs("sources/", publisher="unstated") == {"of-2026", "page"}
    assert get_json("sources/", status=400, publisher="Pres of Words")["errors"][0]["nearest"] == "Press of Words"
    assert get_json("sources/", status=400, reviewer="Nobody")["errors"][0]["nearest"] is None


@pytest.mark.parametrize("value", ["2026", "2026-13-01", "yesterday", "unstated"])
def test_a_bound_is_a_day(get_json, value):
    assert get_json("side-effects/", status=400, dated_after=value)["errors"][0]["parameter"] == "dated_after"


def test_kinds_count_through_classes_unless_exact(get_slugs):
    Treatment.objects.filter(slug="drug").update(kind="drug")
    assert get_slugs("treatments/", member_kind="drug") == {"drug", "class", "medicine"}
    assert get_slugs("treatments/", member_kind="drug", exact="true") == {"drug"}
    assert get_slugs("side-effects/", **{"treatment_kind!": "drug"}) == {"loner-bone"}
    assert get_slugs("side-effects/", **{"treatment_kind!": "drug"}, exact="true") == SIDE_EFFECTS - {"drug-joint"}


def test_every_format_takes_them(api):
    params = {"frequency!": "rare", "symptom": "bone-ache"}
    assert [row["slug"] for row in get_csv_rows(api, "side-effects/", **params)] == ["class-bone"]


def test_what_is_not_asked_for_costs_no_query(api):
    api.get("/api/v1/side-effects/?page_size=1")
    with CaptureQueriesContext(connection) as plain:
        api.get("/api/v1/side-effects/?page_size=1")
    assert not [query for query in plain if "GROUP BY" in query["sql"] or "EXISTS" in query["sql"]]
    with CaptureQueriesContext(connection) as narrowed:
        api.get("/api/v1/side-effects/?page_size=1&frequency!=rare")
    assert len(narrowed) <= len(plain) + 1  # How many there are.


def test_an_empty_list_says_so_and_names_the_nearest_with_the_parameters_that_stay(get_json):
    absence = get_json("side-effects/", treatment="drug", **{"symptom!": "pain"})["absence"]
    nearest = {each["says"]: each for each in absence["nearest"]}
    assert nearest["Without symptom!: 3 side effects."]["count"] == 3
    assert nearest["Without symptom!: 3 side effects."]["url"].endswith("?treatment=drug")
