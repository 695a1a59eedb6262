"""`shape=brief`: what it keeps, leaves out, counts and refuses; `fields` and `omit` of questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.serializers import MAX_BRIEF_BYTES, build_brief
from kb.serializers.brief import measure
from tests.helpers.brief import iter_sentences

URL = "https://kb.example.org/api/v1/x/"
texts = st.text(st.sampled_from("aé€𝕏 "), min_size=1, max_size=500)
lines = st.integers(1, 200)


def make_statement(number, text, line, **fields):
    source = {"slug": f"source-{number % 7}", "name": "A source", "url": f"{URL}s/"}
    citation = {"source": source, "section": "", "first_line": line, "last_line": line}
    slug = f"statement-{number}"
    return {"slug": slug, "url": f"{URL}{slug}/", "text": text, "citations": [citation], **fields}


@st.composite
def answers(draw):
    """An answer of any size: flags, unknown values, things that are taken, a list of options with their care."""
    numbers = iter(range(10_000))

    def draw_statements(most, **fields):
        drawn = draw(st.lists(st.tuples(texts, lines), max_size=most))
        return [make_statement(next(numbers), text, line, **fields) for text, line in drawn]

    names = draw(st.lists(texts.map(lambda text: text[:200]), max_size=40))
    return {
        "unknown": [{"parameter": "taking", "value": name, "says": f"No {name}", "nearest": []} for name in names],
        "red_flags": draw_statements(draw(st.sampled_from([3, 40])), urgency="emergency", limits=["Only for some."]),
        "serious_harms": draw_statements(10),
        "taking": [
            {"treatment": {"slug": "t", "name": name, "url": URL}, "link": "stated", "says": name, "causes": causes}
            for name in names[:20]
            for causes in [draw_statements(5)]
        ],
        "options": draw_statements(30, cautions=draw_statements(6), opposite_roles=draw_statements(3)),
        "shown_in": draw_statements(20),
        "note": "No diagnosis.",
    }


@given(answer=answers(), url_length=st.sampled_from([50, 900, 50_000]), many_flags=st.booleans())
def test_an_answer_in_brief_is_small_and_names_every_red_flag_whatever_it_is_made_of(answer, url_length, many_flags):
    if many_flags:
        answer["red_flags"] = [make_statement(20_000 + i, "y" * 500, 3, urgency="soon") for i in range(300)]
    brief = build_brief(answer, URL + "x" * url_length)
    assert measure(brief) <= MAX_BRIEF_BYTES
    slugs = [flag["slug"] for flag in answer["red_flags"]]
    shown = [flag["slug"] for flag in brief["red_flags"]]
    assert shown == slugs[: len(shown)]
    assert len(shown) + (brief["more_red_flags"] or {"count": 0})["count"] == len(slugs)
    if len(slugs) <= 30:
        assert shown == slugs
    assert all(sentence["source"] and sentence["lines"] and sentence["url"] for sentence in iter_sentences(brief))


@given(answer=answers(), size=st.sampled_from([9_000, 12_000, 40_000]))
def test_what_is_left_out_is_counted(answer, size):
    brief = build_brief(answer, URL, size)
    parts = [each for name in ("options", "shown_in") for each in answer[name]]
    parts += [cause for suspect in answer["taking"] for cause in suspect["causes"]]
    told = [s for part in brief["parts"] for s in part.get("sentences", [])]
    left = len(parts) - len(told) + len(answer["serious_harms"]) - len(brief["serious_harms"])
    silent = sum(not suspect["causes"] for suspect in answer["taking"])
    silent -= sum("sentences" not in part and "more" not in part for part in brief["parts"])
    assert (brief["more"] or {"count": 0})["count"] == left + silent


def make_large_answer():
    """Return an answer of which every part is too long."""
    numbers = iter(range(1_000))

    def make_statements(count):
        return [make_statement(next(numbers), "€" * 120, 3) for _ in range(count)]

    suspect = {"treatment": {"slug": "t", "name": "T", "url": URL}, "link": "stated", "says": "It could be."}
    return {
        "unknown": [],
        "red_flags": make_statements(4),
        "serious_harms": make_statements(10),
        "taking": [suspect | {"causes": make_statements(20)}],
        "options": make_statements(60),
        "shown_in": make_statements(30),
    }


def test_a_large_answer_fills_its_room_and_no_more_and_what_is_left_out_is_counted():
    answer = make_large_answer()
    brief = build_brief(answer, URL)
    assert MAX_BRIEF_BYTES - 1_000 < measure(brief) <= MAX_BRIEF_BYTES
    assert len(brief["red_flags"]) == 4
    assert 0 < len(brief["serious_harms"]) < 10
    assert brief["more"]["count"] == 10 + 20 + 60 + 30 - (sum(1 for _ in iter_sentences(brief)) - 4)
    assert {part["part"] for part in brief["parts"]} == {"taking", "options", "shown_in"}


def test_the_sentence_carries_what_must_not_be_read_without_it():
    caution = make_statement(1, "Care is needed.", 5)
    opposite = [make_statement(2, "It can also cause it.", 6), make_statement(3, "Often.", 7)]
    option = make_statement(4, "It helps.", 8, limits=["Only for women."], basis="possible", own_cautions=[caution])
    brief = build_brief(option | {"opposite_roles": opposite, "contested_by": [{"slug": "other"}]}, URL)
    ((sentence,),) = [part["sentences"] for part in brief["parts"]]
    assert sentence == {
        "slug": "statement-4",
        "text": "It helps.",
        "source": "source-4",
        "lines": "8",
        "url": f"{URL}statement-4/",
        "basis": "possible",
        "limits": ["Only for women."],
        "contested_by": ["other"],
        "care": [
            {"slug": "statement-1", "text": "Care is needed.", "source": "source-1", "lines": "5"}
            | {"url": f"{URL}statement-1/"}
        ],
        "opposite": [
            {"slug": "statement-2", "text": "It can also cause it.", "source": "source-2", "lines": "6"}
            | {"url": f"{URL}statement-2/"}
        ],
        "more_opposite": 1,
    }


def test_absence_is_told_in_words(universe, get_json):
    brief = get_json("side-effects/", treatment="loner", symptom="joint-ache", frequency="rare", shape="brief")
    assert brief["answered"] is False
    assert "no proof" in brief["absence"]["says"]
    assert brief["absence"]["sources_read"] > 0


@pytest.mark.parametrize(
    ("path", "params", "parameter"),
    [
        ("side-effects/", {"shape": "breif"}, "shape"),
        ("side-effects/", {"shape": ["brief", "full"]}, "shape"),
        ("side-effects/", {"shape": "brief", "fields": "slug"}, "fields"),
        ("side-effects/", {"shape": "brief", "format": "csv"}, "shape"),
        ("search/", {"q": "pain", "shape": "brief", "omit": "why"}, "omit"),
        ("changes/", {"shape": "brief"}, "shape"),
        ("search/", {"q": "pain", "fields": "slgu"}, "fields"),
        ("search/", {"q": "pain", "fields": "red_flag"}, "fields"),
    ],
)
def test_what_the_brief_form_and_the_selection_of_fields_do_not_take_is_refused(
    universe, get_json, path, params, parameter
):
    errors = get_json(path, status=400, **params)["errors"]
    assert [error["parameter"] for error in errors] == [parameter]


def test_full_is_the_shape_that_is_given_anyway(universe, get_json):
    assert get_json("side-effects/", shape="full")["results"] == get_json("side-effects/")["results"]


def test_questions_have_the_selected_parts_and_every_warning(shipped_data, get_json):
    params = {"symptom": "joint-pain", "taking": ["letrozole", "Herceptin"]}
    for path, always in {
        "explain/": ["unknown", "interpreted", "red_flags", "serious_harms"],
        "ask/": ["unknown", "interpreted", "red_flags", "serious_harms"],
    }.items():
        full = get_json(path, **params)
        part = get_json(path, **params, fields="taking")
        assert sorted(part) == sorted([*always, "taking"])
        assert part == {name: full[name] for name in part}
        omitted = get_json(path, **params, omit="shown_in,features,red_flags")
        assert full.keys() - omitted.keys() == {"shown_in", "features"}


@pytest.mark.parametrize(
    ("path", "params", "names"),
    [
        ("disagreements/", {"verdict": "open"}, ["point", "says"]),
        ("coverage/", {"row": "letrozole"}, ["row"]),
        ("search/", {"q": "joint pain"}, ["kind", "slug"]),
        ("changes/", {}, ["slug", "event"]),
    ],
)
def test_questions_that_come_in_pages_have_the_selected_fields_in_their_rows(
    shipped_data, get_json, path, params, names
):
    full, part = get_json(path, **params), get_json(path, **params, fields=",".join(names))
    assert full.keys() == part.keys()
    assert part["results"] == [{n: row[n] for n in row if n in names} for row in full["results"]]
    assert part.get("red_flags") == full.get("red_flags")
