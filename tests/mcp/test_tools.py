"""The tools of the Model Context Protocol: cited answers, words where there is none, and bounds on both."""

import json

import pytest
import schemathesis

from kb.mcp.tools import MAX_ANSWER_BYTES, MAX_VALUES, TOOLS, call_tool, describe_tool
from kb.models import Statement, concrete_models, resource_name
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.helpers.brief import iter_sentences
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
MAX_CATALOGUE_BYTES = 22_000


def find_uncited(answer):
    return [sentence for sentence in iter_sentences(answer) if not {"source", "lines", "url"} <= sentence.keys()]


def test_the_catalogue_is_small_and_says_that_nothing_is_written():
    tools = [describe_tool(tool) for tool in TOOLS.values()]
    assert len(tools) <= 6
    assert len(json.dumps(tools)) < MAX_CATALOGUE_BYTES
    assert {tool["annotations"]["readOnlyHint"] for tool in tools} == {True}
    assert {tool["inputSchema"]["additionalProperties"] for tool in tools} == {False}


def test_could_it_come_from_answers_with_cited_sentences(universe, call):
    answer = call("could_it_come_from", symptom="pain", taking=["Brandol"])
    assert answer["answered"] is True
    assert [*iter_sentences(answer)]
    assert find_uncited(answer) == []
    assert answer["interpreted"][0]["entry"]["slug"] == "drug"


def test_an_unknown_medicine_costs_nothing_else_and_is_no_answer(universe, call):
    known = call("could_it_come_from", symptom="pain", taking=["drug", "nosuchthing"])
    assert known["answered"] is True
    assert [each["value"] for each in known["unknown"]] == ["nosuchthing"]
    unknown = call("could_it_come_from", symptom="pain", taking=["nosuchthing"])
    assert unknown["answered"] is False
    assert "no proof" in unknown["absence"]["says"]
    assert unknown["red_flags"] == call("could_it_come_from", symptom="pain", taking=["drug"])["red_flags"]


def test_an_unknown_symptom_is_told_with_the_nearest(universe, call):
    answer = call("what_helps", symptom="paim")
    assert answer["answered"] is False
    assert answer["nearest"] == ["pain"]


def test_red_flags_are_those_of_the_page_of_the_entry(universe, call, get_json):
    for symptom in Symptom.objects.public():
        page = get_json(f"symptoms/{symptom.slug}/")
        answer = call("red_flags", about=symptom.name)
        assert [flag["slug"] for flag in answer["red_flags"]] == [flag["slug"] for flag in page["red_flags"]]
        assert answer["answered"] is bool(page["red_flags"])
    assert call("red_flags")["answered"] is RedFlag.objects.public().exists()
    assert call("red_flags", about="nosuchthing")["answered"] is False


def test_every_statement_can_be_shown(universe, call):
    for model in concrete_models(Statement):
        for statement in model.objects.public():
            answer = call("statement", kind=resource_name(model), slug=statement.slug)
            assert statement.slug in [sentence["slug"] for sentence in iter_sentences(answer)]
            assert find_uncited(answer) == []
    assert call("statement", kind="side-effects", slug="../../health")["answered"] is False
    assert call("statement", kind="side-effect", slug="x")["nearest"] == ["side-effects"]


def test_words_that_are_not_found_are_no_answer(universe, call):
    assert call("find", q="drug")["answered"] is True
    answer = call("find", q="zebra")
    assert answer["answered"] is False
    assert answer["missing_words"] == ["zebra"]
    assert answer["absence"]["says"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "“symptom” is missing"),
        ({"symptm": "pain"}, "Did you mean “symptom”?"),
        ({"symptom": 7}, "must be a string"),
        ({"symptom": None}, "must be a string"),
        ({"symptom": " "}, "between 1 and"),
        ({"symptom": "a" * 201}, "between 1 and"),
        ({"symptom": "pain", "taking": "drug"}, "a list of strings"),
        ({"symptom": "pain", "taking": [{}]}, "a list of strings"),
        ({"symptom": "pain", "taking": ["drug"] * (MAX_VALUES + 1)}, "values are the most"),
    ],
)
def test_wrong_arguments_are_told_to_the_model(universe, call, arguments, told):
    assert told in call("could_it_come_from", **arguments)


def test_the_document_of_the_tools_is_valid_and_each_operation_is_one_of_the_api(api, universe):
    document = api.get("/openapi-tools.json").json()
    schemathesis.openapi.from_dict(document).validate()
    assert {operation["get"]["operationId"] for operation in document["paths"].values()} == {*TOOLS}
    places = {"kind": "side-effects", "slug": SideEffect.objects.public()[0].slug}
    values = {"symptom": "pain", "q": "pain", "row": "drug", "col": "pain", "taking": "drug", "about": "pain"}
    for path, operation in document["paths"].items():
        asked = {p["name"]: values.get(p["name"], "") for p in operation["get"]["parameters"] if p["in"] == "query"}
        query = {name: value for name, value in asked.items() if value} | {"shape": "brief"}
        response = api.get(path.format(**places), query)
        assert response.status_code == 200, (path, response.content)
        assert "answered" in response.json()


def test_language_models_find_the_way_in(api, universe):
    response = api.get("/llms.txt")
    assert response["Content-Type"].startswith("text/markdown")
    text = response.content.decode()
    for address in ("http://testserver/mcp", "http://testserver/openapi-tools.json", "http://testserver/api/v1/"):
        assert address in text
    assert "not medical advice" in text


@pytest.mark.shipped
def test_every_answer_about_the_shipped_data_is_short_and_cited(shipped_data):
    treatments = [*Treatment.objects.public().values_list("slug", flat=True)]
    for index, symptom in enumerate(Symptom.objects.public().values_list("slug", flat=True)):
        taking = [treatments[(index * 7 + step) % len(treatments)] for step in range(1 + index % 12)]
        for name in ("could_it_come_from", "what_helps"):
            answer, is_error = call_tool(TOOLS[name], {"symptom": symptom, "taking": taking})
            assert not is_error
            assert len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()) <= MAX_ANSWER_BYTES
            assert find_uncited(answer) == []
            assert answer["answered"] or answer["absence"]["says"]
