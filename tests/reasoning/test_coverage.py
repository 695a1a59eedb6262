"""The coverage matrix: how many statements each pair of entries has, and from which sources."""

from symptoms.models import Symptom
from treatments.models import Caution, Treatment


def get_cells(payload):
    return {(row["row"]["slug"], cell["col"]): cell for row in payload["results"] for cell in row["cells"]}


def test_a_cell_counts_the_statements_of_the_filtered_list(universe, get_json):
    cells = get_cells(get_json("coverage/", kind="side-effects"))
    for row in Treatment.objects.all():
        for column in Symptom.objects.all():
            count = get_json("side-effects/", treatment=row.slug, symptom=column.slug)["count"]
            direct_count = get_json("side-effects/", treatment=row.slug, symptom=column.slug, exact="true")["count"]
            cell = cells.get((row.slug, column.slug), {"statements": 0, "direct": 0})
            assert (cell["statements"], cell["direct"]) == (count, direct_count), (row, column)


def test_a_cell_reports_single_sources_and_dates(universe, get_json):
    cell = get_cells(get_json("coverage/"))["loner", "bone-ache"]
    assert cell["kinds"] == {"side-effects": 1, "management-options": 1}
    assert (cell["single_source"], cell["undated"], cell["newest"]) == (True, True, None)
    universe.source.dated = "2025-07-03"
    universe.source.save()
    cell = get_cells(get_json("coverage/"))["loner", "bone-ache"]
    assert (cell["undated"], cell["newest"]) == (False, "2025-07-03")


def test_a_narrowed_matrix_of_a_model_with_itself_has_the_cells_of_the_whole(universe, get_json):
    medicine, group, loner = (Treatment.objects.get(slug=slug) for slug in ("medicine", "class", "loner"))
    universe.make_statement(Caution, "class-with-loner", treatment=group, with_treatment=loner, effect="x")
    universe.make_statement(Caution, "medicine-with-class", treatment=medicine, with_treatment=group, effect="x")
    matrix = get_cells(get_json("coverage/", rows="treatments", cols="treatments"))
    assert ("drug", "other") in matrix  # Both are members of the class and of medicine.
    for slug in Treatment.objects.values_list("slug", flat=True):
        narrowed = get_cells(get_json("coverage/", rows="treatments", cols="treatments", row=slug))
        assert narrowed == {key: cell for key, cell in matrix.items() if key in narrowed or key[0] == slug}


def test_an_empty_cell_says_that_nothing_is_stated(universe, get_json):
    payload = get_json("coverage/", row="drug", col=["pain", "bone-ache"])
    universe.make(Symptom, "itch")
    empty_cell = get_cells(get_json("coverage/", row="drug", col="itch"))["drug", "itch"]
    assert (empty_cell["statements"], empty_cell["says"]) == (0, "no statement in these sources")
    assert payload["empty"] == "no statement in these sources"


def test_coverage_is_paged_by_rows_in_a_bounded_number_of_queries(
    universe, get_json, api, django_assert_max_num_queries
):
    payload = get_json("coverage/", page_size=2, page=2)
    assert (payload["count"], len(payload["results"])) == (5, 2)
    assert payload["previous"]
    assert payload["next"]
    with django_assert_max_num_queries(20):
        api.get("/api/v1/coverage/")
