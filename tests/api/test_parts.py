"""Parts of answers that may be long: few rows are read and shown, and an address tells where the rest is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.reasoning.hierarchies import HIERARCHIES_CACHE
from kb.reasoning.record_cache import RecordCache
from kb.serializers.parts import PART_SIZE
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.lists import get_part
from treatments.models import Treatment


@pytest.fixture
def add_effects(extended_universe):
    """Add side effects of the class of the drug, each of a symptom of its own, the last with a red flag."""
    universe, group = Universe(is_created=True), Treatment.objects.get(slug="class")

    def add_effects(first, last):
        for number in range(first, last):
            symptom = universe.make(Symptom, f"trouble-{number:03}")
            universe.make_statement(SideEffect, f"zz-{number:03}", treatment=group, symptom=symptom)
        universe.make_statement(RedFlag, f"flag-{last:03}", action=f"act {last}").signs.add(symptom)

    return add_effects


def count_queries(api, path):
    """Return how many queries a request takes whose records are read anew, and how many statements it reads."""
    HIERARCHIES_CACHE.clear()
    with CaptureQueriesContext(connection) as queries:
        assert api.get(f"/api/v1/{path}").status_code == 200
    kept = HIERARCHIES_CACHE.get().derive(RecordCache)
    return len(queries), sum(model is SideEffect for model, _ in kept)


@pytest.mark.parametrize("path", ["treatments/drug/", "sources/page/", "coverage/"])
def test_neither_queries_nor_rows_read_grow_with_the_statements(add_effects, api, path):
    add_effects(0, 60)
    count_queries(api, path)  # What is read once for a state of the data.
    before = count_queries(api, path)
    add_effects(60, 120)
    count_queries(api, path)
    queries, statements = count_queries(api, path)
    assert queries == before[0]
    assert max(statements, before[1]) <= 50  # No more than a page of a part.


def test_a_part_has_its_first_rows_and_the_address_of_the_rest(add_effects, api, get_json):
    add_effects(0, 43)
    part = get_json("treatments/drug/")["statements"]["side_effects"]
    assert (part["count"], len(part["results"])) == (46, PART_SIZE)
    assert part["next"] == "http://testserver/api/v1/side-effects/?about=treatments%2Fdrug&page=2&page_size=10"
    rows = get_part(api, part)
    assert [row["slug"] for row in rows] == [row["slug"] for row in sorted(rows, key=lambda row: row["slug"])]
    assert {row["basis"] for row in rows if row["slug"].startswith("zz")} == {"inherited"}
    whole = get_json("treatments/drug/")["statements"]["indications"]
    assert whole == {"count": 0, "next": None, "results": []}


def test_a_red_flag_of_a_statement_that_is_not_shown_stays(add_effects, get_json):
    add_effects(0, 43)
    detail = get_json("treatments/drug/")
    assert "trouble-042" not in {row["symptom"]["slug"] for row in detail["statements"]["side_effects"]["results"]}
    for path in ("treatments/drug/", "sources/page/?cited_by_page_size=1"):
        assert "flag-043" in {flag["slug"] for flag in get_json(path)["red_flags"]}


def test_the_page_of_an_entry_leads_to_all_of_what_it_cuts(add_effects, get_page):
    add_effects(0, 43)
    html = get_page("treatments/drug/")
    assert '<a href="/explore/side-effects/?about=treatments%2Fdrug">All 46 side effects</a>' in html
    assert "Side effects (46)" in html
    assert "46 side effects" in get_page("side-effects/?about=treatments%2Fdrug")
    source = get_page("sources/page/?cited_by_page_size=10&from_line=1")
    assert "this page shows 10" in source
    assert "Next page" in source


def test_about_reads_an_entry_of_any_kind_and_tells_kinds_with_one_slug_apart(extended_universe, get_json):
    Universe(is_created=True).make(Symptom, "drug", name="Drug reaction")
    problem = get_json("side-effects/", 400, about="drug")
    assert "belongs to" in problem["detail"]
    assert "treatments/drug" in problem["detail"]
    by_name = get_json("side-effects/", about="Brandol")
    by_kind = get_json("side-effects/", about="treatments/drug")
    assert by_kind["results"] == by_name["results"]
    assert (by_kind["interpreted"], len(by_name["interpreted"])) == ([], 1)
    assert {row["basis"] for row in by_kind["results"]} == {"direct", "inherited", "possible"}
    exact = get_json("side-effects/", about="treatments/drug", exact="true")["results"]
    assert [(row["slug"], row["basis"]) for row in exact] == [("drug-joint", "direct")]
    assert get_json("side-effects/", about="symptoms/drug")["count"] == 0
    assert get_json("side-effects/", 400, about="symptoms/class")["errors"][0]["parameter"] == "about"


def test_about_finds_what_names_the_entry_in_any_field(extended_universe, get_json):
    slugs = {row["slug"] for row in get_json("management-options/", about="class")["results"]}
    assert slugs == {"needle-helps"}  # For a symptom that the class brings on.
    assert {row["slug"] for row in get_json("cautions/", about="drug")["results"]} == {"balm-with-drug"}
    flags = get_json("red-flags/", about="pain")["results"]  # Red flags ring for broader symptoms, too.
    assert [flag["slug"] for flag in flags] == ["flag"]


def test_an_empty_list_about_a_symptom_names_the_broader_one_of_which_something_is_stated(universe, get_json):
    pain = Symptom.objects.get(slug="pain")
    universe.make_statement(SideEffect, "loner-pain", treatment=Treatment.objects.get(slug="loner"), symptom=pain)
    universe.make(Symptom, "back-ache", parents=[pain])
    absence = get_json("side-effects/", about="back-ache")["absence"]
    assert [(answer["count"], answer["entry"]["slug"]) for answer in absence["nearest"]] == [(1, "pain")]


def test_the_columns_of_a_coverage_come_in_pages(extended_universe, api, get_json):
    whole = get_json("coverage/")
    cells = {(row["row"]["slug"], cell["col"]): cell for row in whole["results"] for cell in row["cells"]}
    found, cols, url = {}, [], "/api/v1/coverage/?col_page_size=2"
    while url:
        page = api.get(url).json()
        assert len(page["cols"]["results"]) <= 2
        assert page["cols"]["count"] == whole["cols"]["count"]
        assert (page["count"], page["next"]) == (whole["count"], None)
        cols += page["cols"]["results"]
        found |= {(row["row"]["slug"], cell["col"]): cell for row in page["results"] for cell in row["cells"]}
        url = page["cols"]["next"]
    assert cols == whole["cols"]["results"]
    assert found == cells
    assert get_json("coverage/", 400, col_page=0)["errors"][0]["parameter"] == "col_page"
    get_json("coverage/", 404, col_page=9)


def test_the_page_of_a_coverage_leads_to_its_other_columns(extended_universe, get_page):
    html = get_page("coverage/?col_page_size=2")
    assert "Next columns" in html
    assert "this page is made of 2" in html
    assert "Columns before" in get_page("coverage/?col_page_size=2&col_page=2")
