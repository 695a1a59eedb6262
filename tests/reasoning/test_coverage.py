"""What is spoken of, and how well: the small universe of conftest."""

from symptoms.models import Symptom
from treatments.models import Treatment


def get_cells(answer):
    return {(row["row"]["slug"], cell["col"]): cell for row in answer["results"] for cell in row["cells"]}


def test_a_cell_of_the_coverage_counts_what_the_list_answers(universe, get_json):
    found = get_cells(get_json("coverage/", kind="side-effects"))
    for row in Treatment.objects.all():
        for col in Symptom.objects.all():
            listed = get_json("side-effects/", treatment=row.slug, symptom=col.slug)["count"]
            exact = get_json("side-effects/", treatment=row.slug, symptom=col.slug, exact="true")["count"]
            cell = found.get((row.slug, col.slug), {"statements": 0, "direct": 0})
            assert (cell["statements"], cell["direct"]) == (listed, exact), (row, col)


def test_a_cell_tells_single_sources_and_dates(universe, get_json):
    cell = get_cells(get_json("coverage/"))["loner", "bone-ache"]
    assert cell["kinds"] == {"side-effects": 1, "management-options": 1}
    assert (cell["single_source"], cell["undated"], cell["newest"]) == (True, True, None)
    universe.source.dated = "2025-07-03"
    universe.source.save()
    cell = get_cells(get_json("coverage/"))["loner", "bone-ache"]
    assert (cell["undated"], cell["newest"]) == (False, "2025-07-03")


def test_an_empty_cell_says_that_nothing_is_stated_never_that_nothing_happens(universe, get_json):
    answer = get_json("coverage/", row="drug", col=["pain", "bone-ache"])
    universe.make(Symptom, "itch")
    empty = get_cells(get_json("coverage/", row="drug", col="itch"))["drug", "itch"]
    assert (empty["statements"], empty["says"]) == (0, "no statement in these sources")
    assert answer["empty"] == "no statement in these sources"


def test_coverage_comes_in_pages_of_rows_and_costs_the_same_for_each(
    universe, get_json, api, django_assert_max_num_queries
):
    answer = get_json("coverage/", page_size=2, page=2)
    assert (answer["count"], len(answer["results"])) == (5, 2)
    assert answer["previous"]
    assert answer["next"]
    with django_assert_max_num_queries(20):
        api.get("/api/v1/coverage/")
