"""Names of entries in the query endpoints: what is not known, names with a dosage, lists with commas."""

import pytest


def test_what_is_not_known_does_not_cost_the_rest_of_an_answer_and_stands_first(extended_universe, get_json):
    taking = ["Brandol", "Herceptin", "lonerr"]
    for path, symptom in [("explain/", "bone-ache"), ("management-options/", "joint-ache")]:
        payload = get_json(path, symptom=symptom, taking=taking)
        assert next(iter(payload)) == "unknown"
        assert [
            (u["parameter"], u["value"], [entry["slug"] for entry in u["nearest"]]) for u in payload["unknown"]
        ] == [("taking", "Herceptin", []), ("taking", "lonerr", ["loner"])]
        assert payload["unknown"][0]["says"] == "There is no treatment with the slug or name “Herceptin”."
        known = get_json(path, symptom=symptom, taking="drug")
        name = "taking" if path == "explain/" else "results"
        assert payload[name] == known[name]
        assert payload["red_flags"] == known["red_flags"]


@pytest.mark.parametrize(("path", "symptom"), [("explain/", "bone-ache"), ("management-options/", "joint-ache")])
def test_where_nothing_of_a_person_is_known_the_symptom_is_answered(extended_universe, get_json, path, symptom):
    answer = get_json(path, symptom=symptom, taking=["Herceptin", "lonerr"], having="gout")
    assert [(u["parameter"], u["value"], [entry["slug"] for entry in u["nearest"]]) for u in answer["unknown"]] == [
        ("taking", "Herceptin", []),
        ("taking", "lonerr", ["loner"]),
        ("having", "gout", []),
    ]
    listed = get_json("management-options/", symptom=symptom)["red_flags"]
    assert [flag["slug"] for flag in answer["red_flags"]] == [flag["slug"] for flag in listed]
    assert answer.get("taking", []) == []


def test_a_filter_of_a_list_does_not_do_without_an_unknown_value(extended_universe, get_json):
    for path, parameter in [("side-effects/", "treatment"), ("management-options/", "treatment"), ("paths/", "from")]:
        problem = get_json(
            path, status=400, **{parameter: ["Brandol", "lonerr"]}, **({} if path != "paths/" else {"to": "pain"})
        )
        assert {error["parameter"] for error in problem["errors"]} == {parameter}


def test_a_name_with_a_dosage_is_taken_as_the_name_and_the_answer_says_so(extended_universe, get_json):
    for path, symptom in [("explain/", "bone-ache"), ("management-options/", "joint-ache")]:
        (interpreted,) = get_json(path, symptom=symptom, taking=["Brandol 5 mg tablets", "loner"])["interpreted"]
        assert (interpreted["parameter"], interpreted["value"]) == ("taking", "Brandol 5 mg tablets")
        assert (interpreted["entry"]["slug"], interpreted["dosage"]) == ("drug", "5 mg tablets")
        assert interpreted["says"] == (
            "“Brandol 5 mg tablets” is taken as Drug; “5 mg tablets” is left aside: no statement is told apart by it."
        )
    assert get_json("explain/", symptom="Bone-ache", taking="drug")["interpreted"] == []


def test_a_list_with_commas_is_told_how_to_write_it(extended_universe, get_json):
    (unknown,) = get_json("explain/", symptom="pain", taking="Brandol, loner")["unknown"]
    assert "taking=Brandol&taking=loner" in unknown["says"]
    assert [entry["slug"] for entry in unknown["nearest"]] == ["drug", "loner"]
    problem = get_json("side-effects/", status=400, treatment="Brandol, loner")
    assert "treatment=Brandol&treatment=loner" in problem["errors"][0]["detail"]
    problem = get_json("paths/", status=400, to="pain", **{"from": "Brandol, loner"})
    assert "from=Brandol&from=loner" in problem["errors"][0]["detail"]


def test_names_are_read_alike_in_every_question(extended_universe, get_json):
    for path, params in [
        ("paths/", {"from": "BRANDOL®", "to": "bone-ache"}),
        ("coverage/", {"row": "atc:L02BG04"}),
        ("disagreements/", {"about": "Brandol 5 mg"}),
    ]:
        assert [i["entry"]["slug"] for i in get_json(path, **params)["interpreted"]] == ["drug"]
    assert get_json("differential/", question="treatment-or-metastasis", feature="Worse at\u200b night")


def test_the_page_of_a_question_says_first_what_is_not_known(extended_universe, get_page):
    for page in (
        get_page("?symptom=bone-ache&taking=Brandol+5+mg&taking=lonerr&taking=Herceptin"),
        get_page("explain/?symptom=bone-ache&taking=Brandol+5+mg&taking=lonerr&taking=Herceptin"),
        get_page("management-options/?symptom=joint-ache&taking=Brandol+5+mg&taking=lonerr&taking=Herceptin"),
    ):
        first = page.index("There is no treatment with the slug or name “lonerr”.")
        assert first < page.index("<h1>")
        assert "There is no treatment with the slug or name “Herceptin”." in page
        assert "is taken as Drug" in page
        assert "Was it" in page
