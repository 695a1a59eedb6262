"""Property test: the predicted impact of a change equals the difference of the API's answers before and after it."""

from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.choices import Scope
from kb.editorial.content_rules import apply_content
from kb.editorial.impact import compute_impact, partial_index
from kb.editorial.snapshot import serialize_record
from kb.editorial.versioning import versioned_transaction
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.impact import get_side_effect, get_symptom, get_treatment, summarize_answers
from treatments.models import Caution, Treatment

pytestmark = [pytest.mark.django_db, pytest.mark.hypothesis]


@st.composite
def universes_with_change(draw):
    """Draw hierarchies of five treatments and four symptoms, statements about them, and one change."""
    treatments, symptoms = (
        [set()] + [draw(st.sets(st.integers(0, n - 1), max_size=2)) for n in range(1, size)] for size in (5, 4)
    )
    treatment_index, symptom_index = st.integers(0, 4), st.integers(0, 3)
    effects = st.sampled_from(["causes", "protects"])
    side_effect = st.tuples(treatment_index, symptom_index, st.sampled_from(Scope.values), effects)
    change = st.one_of(
        st.tuples(st.just("treatment"), treatment_index, st.sets(treatment_index, max_size=2)),
        st.tuples(st.just("symptom"), symptom_index, st.sets(symptom_index, max_size=2)),
        st.tuples(st.just("retire"), st.just(0), st.none()),
        st.tuples(st.just("retire treatment"), treatment_index, st.none()),
        st.tuples(st.just("say"), side_effect, st.none()),
        st.tuples(st.just("flag"), symptom_index, st.none()),
    )
    return (
        treatments,
        symptoms,
        draw(st.lists(side_effect, min_size=1, max_size=5, unique=True)),
        draw(symptom_index),
        draw(change),
    )


def build_universe(treatments, symptoms, statements, red_flag_sign):
    """Create these hierarchies and statements, a caution between two of the treatments, and a red flag."""
    u, entries_by_model = Universe(), []
    for model, letter, parents in [(Treatment, "t", treatments), (Symptom, "s", symptoms)]:
        entries = []
        for number, above in enumerate(parents):
            entries.append(u.make(model, f"{letter}{number}", parents=[entries[parent] for parent in above]))
        entries_by_model.append(entries)
    for number, (treatment_index, symptom_index, scope, effect) in enumerate(statements):
        fields = {
            "treatment": entries_by_model[0][treatment_index],
            "symptom": entries_by_model[1][symptom_index],
            "scope": scope,
            "effect": effect,
        }
        u.make_statement(SideEffect, f"said{number}", **fields)
    u.make_statement(
        Caution, "care", treatment=entries_by_model[0][1], with_treatment=entries_by_model[0][2], effect="x"
    )
    u.make_statement(RedFlag, "flag", action="act").signs.add(entries_by_model[1][red_flag_sign])


def resolve_change(kind, target, parents):
    """Return the record of a change, and its new content."""
    if kind == "say":
        treatment_index, symptom_index, scope, effect = target
        content = {
            "slug": "said-now",
            "status": "published",
            "text": "Said now.",
            "treatment": f"t{treatment_index}",
            "symptom": f"s{symptom_index}",
        }
        return SideEffect(), content | {"scope": scope, "effect": effect, "citations": [["page", 1, 2]]}
    record, values = {
        "treatment": lambda: (get_treatment(f"t{target}"), {"parents": sorted(f"t{parent}" for parent in parents)}),
        "symptom": lambda: (get_symptom(f"s{target}"), {"parents": sorted(f"s{parent}" for parent in parents)}),
        "retire": lambda: (get_side_effect(f"said{target}"), {"status": "retired"}),
        "retire treatment": lambda: (get_treatment(f"t{target}"), {"status": "retired"}),
        "flag": lambda: (RedFlag.objects.get(), {"signs": [f"s{target}"]}),
    }[kind]()
    return record, serialize_record(record) | values


def get_all_answers(get_json):
    """Return all answers of the API: (entry, statement) to its basis, via and contested_by."""
    answers = {}
    for path in ("treatments", "symptoms"):
        for slug in [entry["slug"] for entry in get_json(f"{path}/")["results"]]:
            entry = get_json(f"{path}/{slug}/")
            answers[slug, None] = ()
            answers |= {(slug, flag["slug"]): "warns" for flag in entry["red_flags"]}
            answers |= {
                (slug, statement["slug"]): (
                    statement["basis"],
                    statement["via"],
                    sorted(other["slug"] for other in statement["contested_by"] or []),
                )
                for part in entry["statements"].values()
                for statement in part["results"]
            }
    return answers


def list_changed_pairs(impact):
    """Return the entry and the statement of each answer that appears, disappears or changes."""
    return {(e, s) for e, s, *_ in summarize_answers([*impact.added, *impact.removed, *impact.changed])}


def test_the_impact_equals_the_difference_of_the_answers(get_json):
    @given(example=universes_with_change())
    def check_example(example):
        *hierarchies, change = example
        with transaction.atomic():
            try:
                build_universe(*hierarchies)
                record, content = resolve_change(*change)
                try:
                    impact = compute_impact(record, content)
                except ValidationError:
                    with pytest.raises(ValidationError), versioned_transaction():
                        apply_content(record, content)
                    assume(False)
                with patch.object(partial_index, "MAX_COMPARED_STATEMENTS", 0):
                    partial = compute_impact(record, content)
                before = get_all_answers(get_json)
                with versioned_transaction():
                    apply_content(record, content)
                after = get_all_answers(get_json)
            finally:
                transaction.set_rollback(True)
        assert (impact.is_partial, partial.is_partial) == (False, True)
        assert list_changed_pairs(partial) <= list_changed_pairs(impact)
        only_signs_changed = {
            (a.entry.slug, a.statement and a.statement.slug)
            for a in impact.changed
            if {d.name for d in a.differences} <= {"signs"}
        }
        assert {(e, s) for e, s, *_ in summarize_answers(impact.added)} == after.keys() - before.keys()
        assert {(e, s) for e, s, *_ in summarize_answers(impact.removed)} == before.keys() - after.keys()
        assert {(e, s) for e, s, *_ in summarize_answers(impact.changed)} - only_signs_changed == {
            key for key in before.keys() & after.keys() if before[key] != after[key]
        }
        assert only_signs_changed <= before.keys() & after.keys()
        for a in [*impact.added, *impact.changed]:
            if a.statement and not a.after.as_red_flag:
                api_answer = after[a.entry.slug, a.statement.slug]
                via = list(a.after.via) or None
                assert api_answer == (a.after.basis, via, list(a.after.contested_by))

    check_example()
