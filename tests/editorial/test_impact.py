"""What a change does to the answers that readers get is told before it is made."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.dataset.version import data_version
from kb.editorial.editing import Wish, begin
from kb.editorial.impact import impact
from kb.editorial.snapshot import content_of
from kb.models import Change, Source, Version
from symptoms.models import ManagementOption, RedFlag, SideEffect
from tests.helpers.impact import NEW, foresee, side_effect, symptom, told, treatment
from treatments.models import Treatment

pytestmark = pytest.mark.django_db


def test_a_drug_that_moves_loses_what_its_class_says(universe):
    found = foresee(treatment("drug"), parent="loner")
    assert told(found.disappear) == {("drug", "class-bone", "inherited", None)}
    assert told(found.appear) == {
        ("drug", "loner-bone", None, "inherited"),
        ("drug", "loner-helps", None, "inherited"),
    }
    assert told(found.change) == {("drug", "medicine-joint", "possible", "possible")}
    assert [str(d) for d in found.change[0].differs] == ["via: class › medicine → loner › medicine"]


def test_a_statement_of_a_class_that_is_retired_is_lost_to_each_member(universe):
    found = foresee(side_effect("class-bone"), status="retired")
    assert told(found.disappear) == {
        ("class", "class-bone", "direct", None),
        ("drug", "class-bone", "inherited", None),
        ("other", "class-bone", "inherited", None),
        ("bone-ache", "class-bone", "", None),
        ("pain", "class-bone", "", None),
    }
    assert found.summary() == "5 answers disappear"


def test_a_new_statement_of_a_class_answers_for_its_members_and_is_contested_by_one_of_them(universe):
    found = impact(SideEffect(), NEW)
    assert told(found.appear) >= {("class", "new", None, "direct"), ("other", "new", None, "inherited")}
    contested = next(a for a in found.appear if a.entry.slug == "drug")
    assert (contested.after.basis, contested.after.contested_by) == ("inherited", ("drug-joint",))


def test_a_statement_with_the_opposite_effect_on_a_member_contests_the_inherited_one(universe):
    found = impact(SideEffect(), NEW | {"treatment": "other", "symptom": "bone-ache", "effect": "protects"})
    assert told(found.change) == {("other", "class-bone", "inherited", "inherited")}
    assert found.summary() == "3 answers appear, 1 changes (contested by)"


def test_what_is_said_of_some_from_now_on_is_only_possible_for_members(universe):
    found = foresee(side_effect("class-bone"), scope="some")
    assert told(found.change) >= {
        ("drug", "class-bone", "inherited", "possible"),
        ("class", "class-bone", "direct", "direct"),
    }
    assert "inherited → possible" in found.summary()
    assert found.appear == found.disappear == []


def test_what_a_statement_says_otherwise_changes_every_answer_that_it_is(universe):
    found = foresee(side_effect("class-bone"), frequency="rare", population="women")
    assert {a.entry.slug for a in found.change} == {"class", "drug", "other", "bone-ache", "pain"}
    assert {str(d) for a in found.change for d in a.differs} == {
        "frequency: Not stated → Rare",
        "population: Not stated → Women",
    }


def test_a_statement_that_speaks_of_another_class_leaves_the_members_of_the_first(universe):
    found = foresee(side_effect("class-bone"), treatment="loner", frequency="common")
    assert told(found.disappear) == {
        ("class", "class-bone", "direct", None),
        ("drug", "class-bone", "inherited", None),
        ("other", "class-bone", "inherited", None),
    }
    assert told(found.appear) == {("loner", "class-bone", None, "direct")}


def test_an_entry_that_is_retired_is_no_longer_answered_about(universe):
    found = foresee(treatment("other"), status="retired")
    assert told(found.disappear) == {
        ("other", None, "", None),
        ("other", "class-bone", "inherited", None),
        ("other", "medicine-joint", "possible", None),
    }


def test_a_draft_is_taken_as_published(universe, people):
    draft = begin(Treatment, {"slug": "fresh", "name": "Fresh", "parent": "class"}, Wish(people["editor"], "New."))
    assert told(foresee(draft).appear) == {
        ("fresh", None, None, ""),
        ("fresh", "class-bone", None, "inherited"),
        ("fresh", "medicine-joint", None, "possible"),
    }


def test_another_name_changes_the_name_and_no_answer(universe):
    found = foresee(treatment("class"), name="Group")
    assert (told(found.change), found.summary()) == ({("class", None, "", "")}, "1 answer changes (name)")


def test_what_is_not_an_answer_has_no_impact(universe):
    found = foresee(treatment("class"), summary="Some drugs.")
    assert not found
    assert str(found) == "No answer to anybody changes."
    assert not foresee(Source.objects.get(), title="Sheet")


def test_a_symptom_that_moves_changes_the_lists_of_the_broader_and_takes_its_red_flags_along(asked):
    found = foresee(symptom("bone-ache"), parent=None)
    assert told(found.disappear) >= {("pain", "class-bone", "", None), ("pain", "flag", "", None)}
    assert {entry for entry, *_ in told(found.disappear)} == {"pain"}


def test_a_red_flag_comes_with_every_answer_that_names_its_sign(asked):
    found = foresee(RedFlag.objects.get(), status="retired")
    assert told(found.disappear) >= {
        ("bone-ache", "flag", "", None),
        ("drug", "flag", "warns", None),
        ("loner", "flag", "warns", None),
    }
    assert "joint-ache" not in {entry for entry, *_ in told(found.disappear)}


def test_what_may_not_be_is_refused_as_when_it_is_saved(universe):
    for record, values, words in [
        (treatment("class"), {"parent": "drug"}, "circle"),
        (side_effect("class-bone"), {"citations": []}, "No citation"),
        (treatment("drug"), {"parent": "clas"}, "Did you mean “class”"),
        (symptom("bone-ache"), {"status": "retired"}, "rest on it"),
    ]:
        with pytest.raises(ValidationError, match=words):
            foresee(record, **values)


def test_nothing_of_it_stays_behind(universe, people):
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


def test_the_number_of_queries_does_not_grow_with_the_statements(universe):
    ContentType.objects.clear_cache()

    def queries():
        with CaptureQueriesContext(connection) as counted:
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
