"""What lines may say: the entries that they name, the kinds that fit, the words of certainty, frequency and time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.line_assignment import assign_entries
from kb.editorial.line_proposals import propose
from kb.editorial.names_in_lines import EntryNameIndex, Likeness, find_unknown_words
from kb.editorial.wording import find_certainty_words, find_durations, find_longest
from kb.fields import parse_written_duration
from kb.models import Statement, concrete_models
from kb.utils.fuzzy import OPPOSITE_PREFIXES, are_opposites, closest_word
from symptoms.models import Comparison, Guidance, Manifestation, RedFlag, SideEffect, Symptom
from treatments.models import Treatment

HIGH, LOW = Symptom(name="Hypercalcaemia", synonyms=["high calcium"]), Symptom(name="Low mood")
BONE, JOINT = Symptom(name="Bone pain", synonyms=["sore bones"]), Symptom(name="Joint pain")
PAIN, DRUG = Symptom(name="Pain"), Treatment(name="Letrozole", brand_names=["Femara"], synonyms=["AI-1"])
ENTRIES = [HIGH, LOW, BONE, JOINT, PAIN, DRUG]
for key, entry in enumerate(ENTRIES, 1):
    entry.pk = key


def find(*texts, known=()):
    return [(match.entry, match.likeness) for match in EntryNameIndex(ENTRIES).find(texts, known)]


def test_what_is_too_long_for_a_word_is_not_corrected():
    assert closest_word("bone" * 20, {"bone" * 20: 1}) is None  # Of a text in one line, that would take hours.


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("Femara may help.", [DRUG]),
        ("ai‑1 and LETROZOLE", [DRUG]),
        ("Bone and joint pain", [BONE, JOINT, PAIN]),
        ("Pains in the bones, in short: sore bones", [PAIN, BONE]),
        ("Bone. Pain", [PAIN]),
        ("Nothing of it", []),
    ],
)
def test_entries_are_found_by_any_of_their_names_in_the_order_of_the_text(text, entries):
    assert [entry for entry, likeness in find(text) if likeness is Likeness.NAME] == entries


def test_the_words_of_a_name_may_stand_apart_and_then_it_is_told():
    assert (JOINT, Likeness.WORDS_APART) in find("Some pain in every larger joint.")


@pytest.mark.parametrize(("text", "entry"), [("Letrazole", DRUG), ("hypercalcemia", HIGH), ("hypercalceamia", HIGH)])
def test_a_typing_error_leads_to_the_nearest_name_and_is_told(text, entry):
    assert {found for found, _ in find(text)} == {entry}
    assert entry is HIGH or find(text) == [(entry, Likeness.TYPING_ERROR)]


@pytest.mark.parametrize("text", ["hypocalcaemia", "Hypocalcemia", "hypokalcaemia"])
def test_an_opposite_is_never_proposed(text):
    assert find(text) == []


def test_a_known_word_is_no_typing_error():
    assert find("letrazole", known={"letrazol"}) == []


@given(
    st.sampled_from([sorted(prefixes) for prefixes in OPPOSITE_PREFIXES]),
    st.text(st.sampled_from("bcdfgklmprst"), min_size=4, max_size=12),
)
def test_no_word_is_the_nearest_of_its_opposite(prefixes, rest):
    left, right = (f"{prefix}{rest}" for prefix in prefixes)
    assert are_opposites(left, right)
    assert are_opposites(right, left)
    assert closest_word(left, {right: 1}) is None


@given(st.lists(st.sampled_from([name for entry in ENTRIES for name in entry.names()]), max_size=4), st.data())
def test_every_name_in_a_text_is_found(names, data):
    joints = data.draw(st.lists(st.sampled_from([". ", ", ", " \n", "; "]), min_size=len(names), max_size=len(names)))
    text = "".join(f"{name}{joint}" for name, joint in zip(names, joints, strict=True))
    assert {entry for entry, _ in find(*text.splitlines())} >= {e for e in ENTRIES if {*e.names()} & {*names}}


def test_unknown_words_are_runs_that_no_other_word_breaks():
    assert find_unknown_words(["The wobbly tooth of a pain is wobbly-toothed."], {"pain"}) == [
        "wobbly tooth",
        "wobbly-toothed",
    ]


@pytest.mark.parametrize(
    ("text", "certainties"),
    [
        ("It can ache.", ["possible"]),
        ("It could, might or may.", ["possible"]),
        ("It cannot ache.", []),
        ("It aims to ease aches, and usually does.", ["aim", "likely"]),
        ("It aches.", []),
    ],
)
def test_words_of_certainty(text, certainties):
    assert [*find_certainty_words(text)] == certainties


@pytest.mark.parametrize(
    ("text", "durations", "longest"),
    [
        ("For 4 weeks.", ["4 weeks"], "4 weeks"),
        ("It takes 2‒3 weeks to work.", ["2‒3 weeks"], "3 weeks"),
        ("A few days; then 12 to 24 hours.", ["A few days", "12 to 24 hours"], ""),
        ("In 6 months", ["6 months"], ""),
        ("On 4 May", [], None),
    ],
)
def test_lengths_of_time_and_their_bounds(text, durations, longest):
    assert find_durations(text) == durations
    assert not durations or find_longest(durations[0]) == longest


@given(st.integers(1, 99), st.sampled_from(["hour", "day", "week"]))
def test_a_bound_is_written_as_the_form_reads_it(number, unit):
    words = f"{number} {unit}s"
    assert parse_written_duration(find_longest(words)) == parse_written_duration(words)


@pytest.mark.parametrize(
    ("model", "chosen", "values", "further"),
    [
        (SideEffect, [DRUG, BONE], {"treatment": DRUG, "symptom": BONE}, []),
        (SideEffect, [BONE, JOINT, DRUG], {"treatment": DRUG, "symptom": BONE}, [("symptom", JOINT)]),
        (Manifestation, [HIGH, PAIN], {"condition": HIGH, "symptom": PAIN}, []),
        (Comparison, [DRUG, PAIN], {"treatment": DRUG, "symptom": PAIN}, []),
        (Guidance, [PAIN, DRUG], {"symptom": PAIN}, []),
        (RedFlag, [PAIN, BONE], {"signs": (PAIN, BONE)}, []),
    ],
)
def test_chosen_entries_fill_the_fields_of_a_kind(model, chosen, values, further):
    assignment = assign_entries(model, chosen)
    assert assignment.values == {k: list(v) if isinstance(v, tuple) else [v] for k, v in values.items()}
    assert assignment.further == further


@given(st.sampled_from(concrete_models(Statement)), st.lists(st.sampled_from(ENTRIES), unique=True))
def test_no_chosen_entry_is_lost_or_used_twice_and_no_two_exclude_each_other(model, chosen):
    assignment = assign_entries(model, chosen)
    used = [entry for entries in assignment.values.values() for entry in entries]
    used += [entry for _, entry in assignment.further] + assignment.left_out
    assert sorted(used, key=ENTRIES.index) == sorted(chosen, key=ENTRIES.index)
    filled = [model._meta.get_field(name) for name in assignment.values]
    assert not any(model.are_alternatives(a, b) for a in filled for b in filled if a is not b)
    assert all(isinstance(e, model.entry_model_of(name)) for name, es in assignment.values.items() for e in es)


def test_the_kinds_that_fit_come_first_with_the_words_for_them(universe):
    proposals = propose(["Drug can cause bone-ache."])
    first = proposals.kinds[0]
    assert (first.model, first.words, first.value, first.value_label) == (SideEffect, "cause", "causes", "Causes it")
    assert [value.words for value in proposals.certainties] == ["can"]
    assert all(kind.is_complete for kind in proposals.kinds[:1])
    assert not [kind for kind in propose(["It can cause much."]).kinds if kind.is_complete]


def test_what_only_the_heading_names_comes_last(universe):
    names = [str(match.entry) for match in propose(["It can cause bone-ache."], "Drug").entries]
    assert names == ["Bone-ache", "Drug"]


def test_every_signal_names_a_value_of_a_field_of_its_model():
    for model in concrete_models(Statement):
        for signal in model.signals:
            if signal.field:
                assert signal.value in dict(model._meta.get_field(signal.field).flatchoices), (model, signal)
