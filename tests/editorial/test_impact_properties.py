"""Making a change proves its impact right, whatever the trees, the statements and the change."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.choices import Scope
from kb.editorial.content_rules import apply_content
from kb.editorial.impact import compute_impact
from kb.editorial.snapshot import serialize_record
from kb.editorial.versioning import versioned_transaction
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.impact import get_side_effect, get_symptom, get_treatment, summarize_answers
from treatments.models import Caution, Treatment

pytestmark = [pytest.mark.django_db, pytest.mark.hypothesis]


@st.composite
def universes_with_change(draw):
    """Trees of five treatments and four symptoms, what is said of them, and one change of something."""
    treatments, symptoms = (
        [None] + [draw(st.one_of(st.none(), st.integers(0, n - 1))) for n in range(1, size)] for size in (5, 4)
    )
    place, pain = st.integers(0, 4), st.integers(0, 3)
    effects = st.sampled_from(["causes", "protects"])
    said = st.tuples(place, pain, st.sampled_from(Scope.values), effects)
    change = st.one_of(
        st.tuples(st.just("treatment"), place, st.one_of(st.none(), place)),
        st.tuples(st.just("symptom"), pain, st.one_of(st.none(), pain)),
        st.tuples(st.just("retire"), st.just(0), st.none()),
        st.tuples(st.just("retire treatment"), place, st.none()),
        st.tuples(st.just("say"), said, st.none()),
        st.tuples(st.just("flag"), pain, st.none()),
    )
    return treatments, symptoms, draw(st.lists(said, min_size=1, max_size=5, unique=True)), draw(pain), draw(change)


def build_universe(treatments, symptoms, said, sign):
    """These trees and statements, a caution between two of the treatments, and a red flag."""
    u, made = Universe(), []
    for model, letter, parents in [(Treatment, "t", treatments), (Symptom, "s", symptoms)]:
        entries = []
        for number, parent in enumerate(parents):
            above = None if parent is None else entries[parent]
            entries.append(u.make(model, f"{letter}{number}", parent=above))
        made.append(entries)
    for number, (place, pain, scope, effect) in enumerate(said):
        fields = {"treatment": made[0][place], "symptom": made[1][pain], "scope": scope, "effect": effect}
        u.make_statement(SideEffect, f"said{number}", **fields)
    u.make_statement(Caution, "care", treatment=made[0][1], with_treatment=made[0][2], effect="x")
    u.make_statement(RedFlag, "flag", action="act").signs.add(made[1][sign])


def resolve_change(kind, what, parent):
    """The record that a change is of, and what it is to be."""
    if kind == "say":
        place, pain, scope, effect = what
        says = {
            "slug": "said-now",
            "status": "published",
            "text": "Said now.",
            "treatment": f"t{place}",
            "symptom": f"s{pain}",
        }
        return SideEffect(), says | {"scope": scope, "effect": effect, "citations": [["page", 1, 2]]}
    record, values = {
        "treatment": lambda: (get_treatment(f"t{what}"), {"parent": None if parent is None else f"t{parent}"}),
        "symptom": lambda: (get_symptom(f"s{what}"), {"parent": None if parent is None else f"s{parent}"}),
        "retire": lambda: (get_side_effect(f"said{what}"), {"status": "retired"}),
        "retire treatment": lambda: (get_treatment(f"t{what}"), {"status": "retired"}),
        "flag": lambda: (RedFlag.objects.get(), {"signs": [f"s{what}"]}),
    }[kind]()
    return record, serialize_record(record) | values


def get_all_answers(get_json):
    """Everything that the API answers about each entry: on what basis, by what path, contested by what."""
    found = {}
    for path in ("treatments", "symptoms"):
        for slug in [entry["slug"] for entry in get_json(f"{path}/")["results"]]:
            entry = get_json(f"{path}/{slug}/")
            found[slug, None] = ()
            found |= {(slug, flag["slug"]): "warns" for flag in entry["red_flags"]}
            found |= {
                (slug, said["slug"]): (said["basis"], said["via"], sorted(said["contested_by"] or []))
                for statements in entry["statements"].values()
                for said in statements
            }
    return found


def test_the_impact_is_the_difference_of_what_the_api_answers_before_and_after(get_json):
    @given(drawn=universes_with_change())
    def holds(drawn):
        *world, change = drawn
        with transaction.atomic():
            try:
                build_universe(*world)
                record, content = resolve_change(*change)
                try:
                    found = compute_impact(record, content)
                except ValidationError:
                    with pytest.raises(ValidationError), versioned_transaction():
                        apply_content(record, content)
                    assume(False)
                before = get_all_answers(get_json)
                with versioned_transaction():
                    apply_content(record, content)
                after = get_all_answers(get_json)
            finally:
                transaction.set_rollback(True)
        own = {
            (a.entry.slug, a.statement and a.statement.slug)
            for a in found.changed
            if {d.name for d in a.differences} <= {"signs"}
        }
        assert {(e, s) for e, s, *_ in summarize_answers(found.added)} == after.keys() - before.keys()
        assert {(e, s) for e, s, *_ in summarize_answers(found.removed)} == before.keys() - after.keys()
        assert {(e, s) for e, s, *_ in summarize_answers(found.changed)} - own == {
            key for key in before.keys() & after.keys() if before[key] != after[key]
        }
        assert own <= before.keys() & after.keys()
        for a in [*found.added, *found.changed]:
            if a.statement and not a.after.as_red_flag:
                told_by_api = after[a.entry.slug, a.statement.slug]
                via = list(a.after.via) or None
                assert told_by_api == (a.after.basis, via, list(a.after.contested_by))

    holds()
