"""What stands in quotation marks: word for word, in any case, in the record's own texts, in lists and in search."""

import pytest

from symptoms.models import SideEffect, Symptom

pytestmark = pytest.mark.usefixtures("universe")
TEXTS = {
    "ache": "Aching joints are met in a trial.",
    "joint": "Joints that were aching in industrial trials.",
    "accent": "Ménière and aching (at night) of the joint.",
    "list": "Nothing else.",
}


@pytest.fixture
def texts(universe):
    """Symptoms with these summaries, one of them with a synonym that has an accent."""
    for slug, summary in TEXTS.items():
        universe.make(Symptom, slug, name=f"{slug}-name", summary=summary, synonyms=["Façade pain"] * (slug == "list"))


@pytest.fixture
def find(get_json):
    """The slugs of the symptoms that a search finds."""
    return lambda text, path="symptoms/", **params: {
        record["slug"] for record in get_json(path, search=text, **params)["results"]
    }


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("aching joints", {"ache", "joint", "accent", "joint-ache"}),
        ('"aching joints"', {"ache"}),
        ("“AChing   joints”", {"ache"}),
        ('"joints"', {"ache", "joint"}),
        ('"trial"', {"ache"}),  # Neither trials nor industrial.
        ('"trials" aching', {"joint"}),
        ('"aching" "trial"', {"ache"}),
        ('"in a"', {"ache"}),  # Words that search ignores elsewhere.
        ('"ménière"', {"accent"}),
        ('"(at night)"', {"accent"}),
        ('"façade pain"', {"list"}),
        ('"joints trial"', set()),
        ('"50%"', set()),
        ('".*"x', None),
    ],
)
def test_a_phrase_in_quotation_marks_is_found_as_it_is_written(texts, find, get_json, search, expected):
    if expected is None:
        assert get_json("symptoms/", status=400, search=search)["errors"][0]["parameter"] == "search"
    else:
        assert find(search) == expected


def test_only_the_own_words_of_a_statement_count(universe, find):
    universe.make_statement(
        SideEffect, "said", text="Brandol is in the words.", treatment_id=1, symptom_id=1, onset="x"
    )
    assert find('"brandol"', "side-effects/") == {"said"}
    assert find("brandol", "side-effects/") > {"said"}
    assert "said" not in find("brandol", "side-effects/", **{"search!": '"brandol"'})


@pytest.mark.parametrize("text", ['"aching', 'aching" joints', "“aching", '""', '" "', '"…"', '"aching" "'])
@pytest.mark.parametrize(("path", "parameter"), [("symptoms/", "search"), ("search/", "q")])
def test_marks_that_stand_alone_or_hold_no_word_are_refused(get_json, path, parameter, text):
    problem = get_json(path, status=400, **{parameter: text})
    assert problem["errors"][0]["parameter"] == parameter


def test_search_over_all_kinds_takes_phrases_and_kinds(texts, get_json):
    def search(**params):
        return {record["slug"] for record in get_json("search/", **params)["results"]}

    assert {"ache", "joint"} <= search(q="aching joints")
    assert search(q='"aching joints"') == {"ache"}
    assert search(q='"aching joints"', kind="treatments") == set()
    assert search(q="drug", kind="treatments") == {"drug", "medicine"}
    assert search(q="drug", kind=["side-effects", "treatments"]) > {"drug", "drug-joint"}
    assert search(q="drug", kind="side-effects").isdisjoint({"drug", "medicine"})
    assert get_json("search/", status=400, q="drug", kind="treatment")["errors"][0]["nearest"] == "treatments"


def test_a_word_in_quotation_marks_is_no_typing_error(texts, get_json):
    assert get_json("search/", q="bone-ahce")["corrections"] == {"ahce": "ache"}
    answer = get_json("search/", q='"ahce"')
    assert (answer["corrections"], answer["results"], answer["all_words_found"]) == ({}, [], False)
