"""Making a change proves its impact right, whatever the trees, the statements and the change."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kb.choices import Scope
from kb.editorial.editing import write
from kb.editorial.impact import impact
from kb.editorial.snapshot import content_of
from kb.editorial.versioning import by_hand
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.impact import side_effect, symptom, told, treatment
from treatments.models import Caution, Treatment

pytestmark = pytest.mark.django_db


@st.composite
def changes(draw):
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


def build(treatments, symptoms, said, sign):
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
        u.say(SideEffect, f"said{number}", **fields)
    u.say(Caution, "care", treatment=made[0][1], with_treatment=made[0][2], effect="x")
    u.say(RedFlag, "flag", action="act").signs.add(made[1][sign])


def change_of(kind, what, parent):
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
        "treatment": lambda: (treatment(f"t{what}"), {"parent": None if parent is None else f"t{parent}"}),
        "symptom": lambda: (symptom(f"s{what}"), {"parent": None if parent is None else f"s{parent}"}),
        "retire": lambda: (side_effect(f"said{what}"), {"status": "retired"}),
        "retire treatment": lambda: (treatment(f"t{what}"), {"status": "retired"}),
        "flag": lambda: (RedFlag.objects.get(), {"signs": [f"s{what}"]}),
    }[kind]()
    return record, content_of(record) | values


def all_answers(ask):
    """Everything that the API answers about each entry: on what basis, by what path, contested by what."""
    found = {}
    for path in ("treatments", "symptoms"):
        for slug in [entry["slug"] for entry in ask(f"{path}/")["results"]]:
            entry = ask(f"{path}/{slug}/")
            found[slug, None] = ()
            found |= {(slug, flag["slug"]): "warns" for flag in entry["red_flags"]}
            found |= {
                (slug, said["slug"]): (said["basis"], said["via"], sorted(said["contested_by"] or []))
                for statements in entry["statements"].values()
                for said in statements
            }
    return found


def test_the_impact_is_the_difference_of_what_the_api_answers_before_and_after(ask):
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(drawn=changes())
    def holds(drawn):
        *world, change = drawn
        with transaction.atomic():
            try:
                build(*world)
                record, content = change_of(*change)
                try:
                    found = impact(record, content)
                except ValidationError:
                    with pytest.raises(ValidationError), by_hand():
                        write(record, content)
                    assume(False)
                before = all_answers(ask)
                with by_hand():
                    write(record, content)
                after = all_answers(ask)
            finally:
                transaction.set_rollback(True)
        own = {
            (a.entry.slug, a.statement and a.statement.slug)
            for a in found.change
            if {d.name for d in a.differs} <= {"signs"}
        }
        assert {(e, s) for e, s, *_ in told(found.appear)} == after.keys() - before.keys()
        assert {(e, s) for e, s, *_ in told(found.disappear)} == before.keys() - after.keys()
        assert {(e, s) for e, s, *_ in told(found.change)} - own == {
            key for key in before.keys() & after.keys() if before[key] != after[key]
        }
        assert own <= before.keys() & after.keys()
        for a in [*found.appear, *found.change]:
            if a.statement and not a.after.warns:
                told_by_api = after[a.entry.slug, a.statement.slug]
                via = list(a.after.via) or None
                assert told_by_api == (a.after.basis, via, list(a.after.contested_by))

    holds()
