"""Filters of lists: names, codes, search, choices, slugs with suggestions, paging, and what is refused."""

import pytest

from kb.filters.backend import OTHER_NAMES
from symptoms.models import RedFlag, Symptom
from treatments.models import Caution, Treatment

pytestmark = pytest.mark.usefixtures("universe")


def get_slugs(get_json, path, **params):
    return [r["slug"] for r in get_json(path, **params)["results"]]


@pytest.mark.parametrize("name", ["Drug", "BRANDOL", "drug-e", "DRÜG E", " brandol "])
def test_an_entry_is_found_by_any_name_in_any_spelling(get_json, name):
    assert get_slugs(get_json, "treatments/", name=name) == ["drug"]


def test_part_of_a_name_is_not_a_name(get_json):
    assert get_slugs(get_json, "treatments/", name="brand") == []


@pytest.mark.parametrize(
    ("code", "expected_slugs"), [("atc:L02BG04", ["drug"]), ("atc:l02bg04", ["drug"]), ("atc:L02BG", [])]
)
def test_an_entry_is_found_by_its_whole_code(get_json, code, expected_slugs):
    assert get_slugs(get_json, "treatments/", code=code) == expected_slugs


def test_a_match_of_all_words_in_a_name_ranks_before_scattered_matches(get_json, universe):
    universe.make(Symptom, "ageing", summary="Bone and joint ache with age.")
    assert get_slugs(get_json, "symptoms/", search="ache bone") == ["bone-ache", "ageing"]


def test_the_best_match_of_a_search_comes_first(get_json):
    assert get_slugs(get_json, "symptoms/", search="ache") == ["bone-ache", "joint-ache"]
    assert get_slugs(get_json, "treatments/", search="drug")[0] == "drug"


def test_a_statement_is_found_by_any_name_of_its_entries(get_json):
    assert get_slugs(get_json, "side-effects/", search="brandol") == ["drug-joint"]


def test_all_words_of_a_search_must_be_found(get_json):
    assert get_slugs(get_json, "side-effects/", search="brandol bone") == []


def test_choices_and_lists_of_choices_filter(get_json):
    assert get_slugs(get_json, "side-effects/", frequency="rare") == ["loner-bone"]
    assert get_slugs(get_json, "side-effects/", frequency=["rare", "unstated"], effect="protects") == ["drug-joint"]
    assert get_slugs(get_json, "management-options/", severity="mild") == ["loner-helps"]
    assert get_slugs(get_json, "management-options/", severity="moderate") == []


@pytest.mark.parametrize(
    "name", ["Brandol", "BRANDOL®", "drüg-e", "atc:L02BG04", "ATC:l02bg04", "Brandol 5 mg tablets"]
)
def test_a_filter_takes_any_name_and_code_of_an_entry(get_json, name):
    for path, parameter in [
        ("side-effects/", "treatment"),
        ("side-effects/", "treatment_class"),
        ("treatments/", "within"),
        ("treatments/", "slug"),
        ("guidance/", "topic"),
    ]:
        by_slug, by_name = (get_json(path, **{parameter: value}) for value in ("drug", name))
        assert by_slug["results"] == by_name["results"]
        assert by_slug["interpreted"] == []
        (interpreted,) = by_name["interpreted"]
        assert (interpreted["parameter"], interpreted["value"]) == (parameter, name)
        assert interpreted["entry"]["slug"] == "drug"


def test_a_misspelt_slug_is_refused_and_the_nearest_is_named(get_json):
    assert get_json("side-effects/", status=400, symptom="bone-ach")["errors"][0]["nearest"] == "bone-ache"


def test_a_misspelt_choice_is_refused_and_the_nearest_is_named(get_json):
    error = get_json("side-effects/", status=400, frequency="rarely")["errors"][0]
    assert error["nearest"] == "rare"
    assert "very-common" in error["detail"]


def test_all_wrong_parameters_are_reported_at_once(get_json):
    problem = get_json("side-effects/", status=400, treatment="x", frequency="y")
    assert {e["parameter"] for e in problem["errors"]} == {"treatment", "frequency"}


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "201", "²"])
def test_a_page_size_is_a_whole_number_up_to_200(get_json, value):
    assert get_json("side-effects/", status=400, page_size=value)["errors"][0]["parameter"] == "page_size"


def test_a_page_beyond_the_last_is_not_found(get_json):
    assert get_json("side-effects/", status=404, page=99)["status"] == 404


@pytest.mark.parametrize("value", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01"])
def test_an_invalid_datetime_is_refused(get_json, value):
    assert get_json("side-effects/", status=400, updated_since=value)["errors"][0]["parameter"] == "updated_since"


def test_exact_is_true_or_false(get_json):
    assert get_json("side-effects/", status=400, exact="maybe")["errors"][0]["parameter"] == "exact"


@pytest.mark.parametrize("name", ["search", "exact", "ordering", "page"])
def test_a_single_valued_parameter_is_accepted_only_once(get_json, name):
    assert "only once" in get_json("side-effects/", status=400, **{name: ["true", "false"]})["detail"]


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing/", "/api/v2/treatments/"])
def test_an_unknown_url_under_api_answers_with_a_problem(api, path):
    response = api.get(path)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["instance"] == path


def test_a_format_that_is_not_offered_answers_with_a_problem(api):
    response = api.get("/api/v1/treatments/", HTTP_ACCEPT="image/png")
    assert (response.status_code, response["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.parametrize("value", ["\x00", "'; drop table", "(((", "é" * 500, "%", "_", "😀"])
def test_strange_input_does_not_cause_a_server_error(api, value):
    for parameter in ("search", "treatment", "slug", "fields", "ordering", "updated_since"):
        assert api.get("/api/v1/side-effects/", {parameter: value}).status_code in (200, 400)
    assert api.get(f"/api/v1/side-effects/{value}/").status_code in (301, 404)


def test_a_code_of_no_known_system_is_refused(get_json):
    assert "code system" in get_json("treatments/", status=400, code="L02BG04")["detail"]
    assert "not known here" in get_json("treatments/", status=400, code="xyz:1")["detail"]


@pytest.mark.parametrize("params", [{"fields": ","}, {"fields": "slug", "omit": "slug"}])
def test_a_selection_without_any_field_is_refused(get_json, params):
    get_json("treatments/", status=400, **params)


def test_a_retired_slug_in_a_filter_is_refused_and_its_replacement_is_named(get_json):
    Treatment.objects.filter(slug="other").update(status="retired", replaced_by=Treatment.objects.get(slug="drug"))
    error = get_json("side-effects/", status=400, treatment="other")["errors"][0]
    assert (error["nearest"], "retired" in error["detail"]) == ("drug", True)


def test_a_name_in_the_url_is_not_found_and_the_slug_is_named(get_json):
    assert "“drug”" in get_json("treatments/Brandol/", status=404)["detail"]


def test_a_statement_about_two_treatments_is_found_by_either(get_json, universe):
    drug, loner = Treatment.objects.get(slug="drug"), Treatment.objects.get(slug="loner")
    universe.make_statement(Caution, "care", treatment=loner, with_treatment=drug, effect="x")
    for params in (
        {"treatment": "drug"},
        {"treatment": "loner"},
        {"treatment_class": "class"},
        {"with_treatment": "drug"},
    ):
        assert get_slugs(get_json, "cautions/", **params) == ["care"]
    assert get_slugs(get_json, "cautions/", with_treatment="loner") == []


def test_a_red_flag_is_found_by_its_sign_narrower_and_broader_signs_and_what_it_suspects(get_json, universe):
    sign, suspected = Symptom.objects.get(slug="bone-ache"), Symptom.objects.get(slug="joint-ache")
    flag = universe.make_statement(RedFlag, "flag", suspects=suspected, action="x")
    flag.signs.add(sign)
    narrower = universe.make(Symptom, "low-bone-ache", parents=[sign])
    for symptom in ("bone-ache", "pain", "low-bone-ache", "joint-ache"):
        assert get_slugs(get_json, "red-flags/", symptom=symptom) == ["flag"]
        assert get_json(f"symptoms/{symptom}/")["statements"]["red_flags"]["count"]
    assert get_slugs(get_json, "red-flags/", symptom=narrower.slug, exact="true") == []
    assert get_slugs(get_json, "red-flags/", search="bone-ache") == ["flag"]


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/api/v1/docs/"])
def test_a_method_that_is_not_allowed_answers_with_a_problem(api, path):
    response = api.post(path)
    assert (response.status_code, response["Content-Type"], response.json()["status"]) == (
        405,
        "application/problem+json",
        405,
    )
    assert "GET" in response["Allow"]


def test_guidance_is_found_by_the_entry_it_is_about(get_json):
    assert get_json("guidance/", topic="drug")["count"] == 0
    assert get_json("guidance/", status=400, topic="drugg")["errors"][0]["nearest"] == "drug"


@pytest.mark.parametrize(
    ("path", "parameter", "nearest"),
    [
        ("side-effects/", "limit", "page_size"),
        ("side-effects/", "per_page", "page_size"),
        ("side-effects/", "offset", "page"),
        ("side-effects/", "sort", "ordering"),
        ("side-effects/", "q", "search"),
        ("side-effects/", "drug", "treatment"),
        ("management-options/", "medication", "taking"),
        ("explain/", "drug", "taking"),
        ("search/", "query", "q"),
        ("treatments/", "Medicine", "name"),
        ("side-effects/", "duration_min", None),
        ("side-effects/", "count", None),
        ("side-effects/", "treatmnt", "treatment"),
        ("changes/", "updated_since", "since"),
    ],
)
def test_a_parameter_of_other_apis_is_told_what_it_is_called_here(get_json, path, parameter, nearest):
    error = next(e for e in get_json(path, status=400, **{parameter: "5"})["errors"] if e["parameter"] == parameter)
    assert error["nearest"] == nearest


def test_other_names_of_parameters_are_of_parameters_that_there_are(get_json):
    schema = get_json("schema/", format="json")
    own = [p for path in schema["paths"].values() for p in path.get("get", {}).get("parameters", []) if "name" in p]
    known = {parameter["name"] for parameter in [*own, *schema["components"]["parameters"].values()]}
    assert OTHER_NAMES.keys() <= known
