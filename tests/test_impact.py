"""What a change does to the answers that readers get is told before it is made, and making it proves it right."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kb.about import data_version
from kb.choices import Scope
from kb.content import content_of
from kb.editing import Wish, begin, write
from kb.history import by_hand
from kb.impact import concerns, impact
from kb.models import Change, Source, Version
from symptoms.models import ManagementOption, RedFlag, SideEffect, Symptom
from tests.conftest import Universe
from treatments.models import Caution, Treatment

pytestmark = pytest.mark.django_db


def foresee(record, **values):
    """The impact of other values of a record."""
    return impact(record, content_of(record) | values)


def told(answers):
    """Answers in short: which entry, which statement, on what basis before and after."""
    return {
        (
            a.entry.slug,
            a.statement and a.statement.slug,
            a.before and (a.before.basis or ("warns" if a.before.warns else "")),
            a.after and (a.after.basis or ("warns" if a.after.warns else "")),
        )
        for a in answers
    }


def treatment(slug):
    return Treatment.objects.get(slug=slug)


def symptom(slug):
    return Symptom.objects.get(slug=slug)


def side_effect(slug):
    return SideEffect.objects.get(slug=slug)


NEW = {
    "slug": "new",
    "text": "New.",
    "treatment": "class",
    "symptom": "joint-ache",
    "effect": "causes",
    "citations": [["page", 1, 2]],
}


class TestOnTheSmallUniverse:
    def test_a_drug_that_moves_loses_what_its_class_says(self, universe):
        found = foresee(treatment("drug"), parent="loner")
        assert told(found.disappear) == {("drug", "class-bone", "inherited", None)}
        assert told(found.appear) == {
            ("drug", "loner-bone", None, "inherited"),
            ("drug", "loner-helps", None, "inherited"),
        }
        assert told(found.change) == {("drug", "medicine-joint", "possible", "possible")}
        assert [str(d) for d in found.change[0].differs] == ["via: class › medicine → loner › medicine"]

    def test_a_statement_of_a_class_that_is_retired_is_lost_to_each_member(self, universe):
        found = foresee(side_effect("class-bone"), status="retired")
        assert told(found.disappear) == {
            ("class", "class-bone", "direct", None),
            ("drug", "class-bone", "inherited", None),
            ("other", "class-bone", "inherited", None),
            ("bone-ache", "class-bone", "", None),
            ("pain", "class-bone", "", None),
        }
        assert found.summary() == "5 answers disappear"

    def test_a_new_statement_of_a_class_answers_for_its_members_and_is_contested_by_one_of_them(self, universe):
        found = impact(SideEffect(), NEW)
        assert told(found.appear) >= {("class", "new", None, "direct"), ("other", "new", None, "inherited")}
        contested = next(a for a in found.appear if a.entry.slug == "drug")
        assert (contested.after.basis, contested.after.contested_by) == ("inherited", ("drug-joint",))

    def test_a_statement_with_the_opposite_effect_on_a_member_contests_the_inherited_one(self, universe):
        found = impact(SideEffect(), NEW | {"treatment": "other", "symptom": "bone-ache", "effect": "protects"})
        assert told(found.change) == {("other", "class-bone", "inherited", "inherited")}
        assert found.summary() == "3 answers appear, 1 changes (contested by)"

    def test_what_is_said_of_some_from_now_on_is_only_possible_for_members(self, universe):
        found = foresee(side_effect("class-bone"), scope="some")
        assert told(found.change) >= {
            ("drug", "class-bone", "inherited", "possible"),
            ("class", "class-bone", "direct", "direct"),
        }
        assert "inherited → possible" in found.summary()
        assert found.appear == found.disappear == []

    def test_what_a_statement_says_otherwise_changes_every_answer_that_it_is(self, universe):
        found = foresee(side_effect("class-bone"), frequency="rare", population="women")
        assert {a.entry.slug for a in found.change} == {"class", "drug", "other", "bone-ache", "pain"}
        assert {str(d) for a in found.change for d in a.differs} == {
            "frequency: Not stated → Rare",
            "population: Not stated → Women",
        }

    def test_a_statement_that_speaks_of_another_class_leaves_the_members_of_the_first(self, universe):
        found = foresee(side_effect("class-bone"), treatment="loner", frequency="common")
        assert told(found.disappear) == {
            ("class", "class-bone", "direct", None),
            ("drug", "class-bone", "inherited", None),
            ("other", "class-bone", "inherited", None),
        }
        assert told(found.appear) == {("loner", "class-bone", None, "direct")}

    def test_an_entry_that_is_retired_is_no_longer_answered_about(self, universe):
        found = foresee(treatment("other"), status="retired")
        assert told(found.disappear) == {
            ("other", None, "", None),
            ("other", "class-bone", "inherited", None),
            ("other", "medicine-joint", "possible", None),
        }

    def test_a_draft_is_taken_as_published(self, universe, people):
        draft = begin(Treatment, {"slug": "fresh", "name": "Fresh", "parent": "class"}, Wish(people["editor"], "New."))
        assert told(foresee(draft).appear) == {
            ("fresh", None, None, ""),
            ("fresh", "class-bone", None, "inherited"),
            ("fresh", "medicine-joint", None, "possible"),
        }

    def test_another_name_changes_the_name_and_no_answer(self, universe):
        found = foresee(treatment("class"), name="Group")
        assert (told(found.change), found.summary()) == ({("class", None, "", "")}, "1 answer changes (name)")

    def test_what_is_not_an_answer_has_no_impact(self, universe):
        found = foresee(treatment("class"), summary="Some drugs.")
        assert not found
        assert str(found) == "No answer to anybody changes."
        assert not foresee(Source.objects.get(), title="Sheet")

    def test_a_symptom_that_moves_changes_the_lists_of_the_broader_and_takes_its_red_flags_along(self, asked):
        found = foresee(symptom("bone-ache"), parent=None)
        assert told(found.disappear) >= {("pain", "class-bone", "", None), ("pain", "flag", "", None)}
        assert {entry for entry, *_ in told(found.disappear)} == {"pain"}

    def test_a_red_flag_comes_with_every_answer_that_names_its_sign(self, asked):
        found = foresee(RedFlag.objects.get(), status="retired")
        assert told(found.disappear) >= {
            ("bone-ache", "flag", "", None),
            ("drug", "flag", "warns", None),
            ("loner", "flag", "warns", None),
        }
        assert "joint-ache" not in {entry for entry, *_ in told(found.disappear)}

    def test_what_may_not_be_is_refused_as_when_it_is_saved(self, universe):
        for record, values, words in [
            (treatment("class"), {"parent": "drug"}, "circle"),
            (side_effect("class-bone"), {"citations": []}, "No citation"),
            (treatment("drug"), {"parent": "clas"}, "Did you mean 'class'"),
            (symptom("bone-ache"), {"status": "retired"}, "rest on it"),
        ]:
            with pytest.raises(ValidationError, match=words):
                foresee(record, **values)

    def test_nothing_of_it_stays_behind(self, universe, people):
        def everything():
            kept = [content_of(record) for model in (Treatment, SideEffect) for record in model.objects.all()]
            rows = [*SideEffect.objects.values(), *Treatment.objects.values()]
            return kept, rows, Version.objects.count(), Change.objects.count(), data_version()

        record, before = treatment("drug"), everything()
        mine = dict(vars(record))
        foresee(record, parent="loner", name="Quite Another", synonyms=["xyz"])
        impact(blank := SideEffect(), NEW)
        with pytest.raises(ValidationError):
            foresee(side_effect("class-bone"), citations=[])
        assert everything() == before
        assert {name: value for name, value in vars(record).items() if name != "_state"} == {
            name: value for name, value in mine.items() if name != "_state"
        }
        assert (blank.pk, blank.slug, record.parent.slug) == (None, "", "class")
        assert not Treatment.objects.filter(search_index__contains="xyz").exists()
        record.save()  # And the next who writes is kept as ever.
        assert Version.objects.count() == before[2]

    def test_a_form_shows_it_where_an_answer_may_come_or_go(self, universe, people):
        drug, said = treatment("drug"), side_effect("class-bone")
        draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "New."))
        for record, values, expected in [
            (drug, {"parent": "loner"}, True),
            (drug, {"summary": "x"}, False),
            (treatment("other"), {"status": "retired"}, True),
            (said, {"frequency": "rare"}, True),
            (said, {}, False),
            (side_effect("drug-joint"), {"frequency": "rare"}, False),
            (side_effect("drug-joint"), {"treatment": "class"}, True),
            (draft, {}, True),
            (Source.objects.get(), {"title": "x"}, False),
        ]:
            assert concerns(record, content_of(record) | values) == expected, (record, values)
        assert concerns(SideEffect(), NEW)

    def test_the_number_of_queries_does_not_grow_with_the_statements(self, universe):
        ContentType.objects.clear_cache()

        def queries():
            with CaptureQueriesContext(
                connection,
            ) as counted:
                foresee(treatment("drug"), parent="loner")
            return len(counted)

        queries()
        few = queries()
        for number in range(12):
            for model, slug in [(SideEffect, "e"), (ManagementOption, "m")]:
                fields = {"effect": "causes"} if model is SideEffect else {}
                place = {"treatment": treatment("class"), "symptom": symptom("bone-ache")}
                kept = {"mechanism": f"{slug}{number}"}
                universe.say(model, f"{slug}{number}", **place, **fields, **kept)
        assert queries() <= few + 2
        assert few < 120

    def test_it_reads_by_statement_with_the_entries_to_which_it_answers(self, universe):
        found = foresee(side_effect("class-bone"), status="retired")
        ((heading, count, (bundle,)),) = found.parts
        assert (heading, count) == ("Disappear", 5)
        assert [(how, [str(entry) for entry in entries]) for how, entries in bundle.ways] == [
            ("direct", ["Class"]),
            ("inherited", ["Drug", "Other"]),
            ("", ["Bone-ache", "Pain"]),
        ]
        page = render_to_string("admin/kb/impact.html", {"impact": found})
        assert "5 answers disappear" in page
        assert '<a href="/explore/treatments/drug/">Drug</a>' in page
        new = render_to_string("admin/kb/impact.html", {"impact": impact(SideEffect(), NEW)})
        assert "New." in new
        assert "/explore/side-effects/new/" not in new
        nothing = render_to_string("admin/kb/impact.html", {"impact": foresee(treatment("class"), summary="x")})
        assert "No answer to anybody changes." in nothing


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
