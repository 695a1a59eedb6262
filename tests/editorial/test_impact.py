"""What a change does to the answers that readers get is told before it is made."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.dataset.version import data_version
from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.impact import compute_impact
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Source, Version
from symptoms.models import ManagementOption, RedFlag, SideEffect
from tests.helpers.impact import (
    NEW_SIDE_EFFECT,
    get_side_effect,
    get_symptom,
    get_treatment,
    predict_impact,
    summarize_answers,
)
from treatments.models import Treatment

pytestmark = pytest.mark.django_db


def test_a_drug_that_moves_loses_what_its_class_says(universe):
    found = predict_impact(get_treatment("drug"), parent="loner")
    assert summarize_answers(found.removed) == {("drug", "class-bone", "inherited", None)}
    assert summarize_answers(found.added) == {
        ("drug", "loner-bone", None, "inherited"),
        ("drug", "loner-helps", None, "inherited"),
    }
    assert summarize_answers(found.changed) == {("drug", "medicine-joint", "possible", "possible")}
    assert [str(d) for d in found.changed[0].differences] == ["via: class › medicine → loner › medicine"]


def test_a_statement_of_a_class_that_is_retired_is_lost_to_each_member(universe):
    found = predict_impact(get_side_effect("class-bone"), status="retired")
    assert summarize_answers(found.removed) == {
        ("class", "class-bone", "direct", None),
        ("drug", "class-bone", "inherited", None),
        ("other", "class-bone", "inherited", None),
        ("bone-ache", "class-bone", "", None),
        ("pain", "class-bone", "", None),
    }
    assert found.summary() == "5 answers disappear"


def test_a_new_statement_of_a_class_answers_for_its_members_and_is_contested_by_one_of_them(universe):
    found = compute_impact(SideEffect(), NEW_SIDE_EFFECT)
    assert summarize_answers(found.added) >= {("class", "new", None, "direct"), ("other", "new", None, "inherited")}
    contested = next(a for a in found.added if a.entry.slug == "drug")
    assert (contested.after.basis, contested.after.contested_by) == ("inherited", ("drug-joint",))


def test_a_statement_with_the_opposite_effect_on_a_member_contests_the_inherited_one(universe):
    found = compute_impact(
        SideEffect(), NEW_SIDE_EFFECT | {"treatment": "other", "symptom": "bone-ache", "effect": "protects"}
    )
    assert summarize_answers(found.changed) == {("other", "class-bone", "inherited", "inherited")}
    assert found.summary() == "3 answers appear, 1 changes (contested by)"


def test_what_is_said_of_some_from_now_on_is_only_possible_for_members(universe):
    found = predict_impact(get_side_effect("class-bone"), scope="some")
    assert summarize_answers(found.changed) >= {
        ("drug", "class-bone", "inherited", "possible"),
        ("class", "class-bone", "direct", "direct"),
    }
    assert "inherited → possible" in found.summary()
    assert found.added == found.removed == []


def test_what_a_statement_says_otherwise_changes_every_answer_that_it_is(universe):
    found = predict_impact(get_side_effect("class-bone"), frequency="rare", population="women")
    assert {a.entry.slug for a in found.changed} == {"class", "drug", "other", "bone-ache", "pain"}
    assert {str(d) for a in found.changed for d in a.differences} == {
        "frequency: Not stated → Rare",
        "population: Not stated → Women",
    }


def test_a_statement_that_speaks_of_another_class_leaves_the_members_of_the_first(universe):
    found = predict_impact(get_side_effect("class-bone"), treatment="loner", frequency="common")
    assert summarize_answers(found.removed) == {
        ("class", "class-bone", "direct", None),
        ("drug", "class-bone", "inherited", None),
        ("other", "class-bone", "inherited", None),
    }
    assert summarize_answers(found.added) == {("loner", "class-bone", None, "direct")}


def test_an_entry_that_is_retired_is_no_longer_answered_about(universe):
    found = predict_impact(get_treatment("other"), status="retired")
    assert summarize_answers(found.removed) == {
        ("other", None, "", None),
        ("other", "class-bone", "inherited", None),
        ("other", "medicine-joint", "possible", None),
    }


def test_a_draft_is_taken_as_published(universe, users):
    draft = create_draft(
        Treatment, {"slug": "fresh", "name": "Fresh", "parent": "class"}, EditRequest(users["editor"], "New.")
    )
    assert summarize_answers(predict_impact(draft).added) == {
        ("fresh", None, None, ""),
        ("fresh", "class-bone", None, "inherited"),
        ("fresh", "medicine-joint", None, "possible"),
    }


def test_another_name_changes_the_name_and_no_answer(universe):
    found = predict_impact(get_treatment("class"), name="Group")
    assert (summarize_answers(found.changed), found.summary()) == ({("class", None, "", "")}, "1 answer changes (name)")


def test_what_is_not_an_answer_has_no_impact(universe):
    found = predict_impact(get_treatment("class"), summary="Some drugs.")
    assert not found
    assert str(found) == "No answer to anybody changes."
    assert not predict_impact(Source.objects.get(), title="Sheet")


def test_a_symptom_that_moves_changes_the_lists_of_the_broader_and_takes_its_red_flags_along(extended_universe):
    found = predict_impact(get_symptom("bone-ache"), parent=None)
    assert summarize_answers(found.removed) >= {("pain", "class-bone", "", None), ("pain", "flag", "", None)}
    assert {entry for entry, *_ in summarize_answers(found.removed)} == {"pain"}


def test_a_red_flag_comes_with_every_answer_that_names_its_sign(extended_universe):
    found = predict_impact(RedFlag.objects.get(), status="retired")
    assert summarize_answers(found.removed) >= {
        ("bone-ache", "flag", "", None),
        ("drug", "flag", "warns", None),
        ("loner", "flag", "warns", None),
    }
    assert "joint-ache" not in {entry for entry, *_ in summarize_answers(found.removed)}


def test_what_may_not_be_is_refused_as_when_it_is_saved(universe):
    for record, values, words in [
        (get_treatment("class"), {"parent": "drug"}, "circle"),
        (get_side_effect("class-bone"), {"citations": []}, "No citation"),
        (get_treatment("drug"), {"parent": "clas"}, "Did you mean “class”"),
        (get_symptom("bone-ache"), {"status": "retired"}, "rest on it"),
    ]:
        with pytest.raises(ValidationError, match=words):
            predict_impact(record, **values)


def test_nothing_of_it_stays_behind(universe, users):
    def everything():
        kept = [serialize_record(record) for model in (Treatment, SideEffect) for record in model.objects.all()]
        rows = [*SideEffect.objects.values(), *Treatment.objects.values()]
        return kept, rows, Version.objects.count(), Change.objects.count(), data_version()

    record, before = get_treatment("drug"), everything()
    mine = dict(vars(record))
    predict_impact(record, parent="loner", name="Quite Another", synonyms=["xyz"])
    compute_impact(blank := SideEffect(), NEW_SIDE_EFFECT)
    with pytest.raises(ValidationError):
        predict_impact(get_side_effect("class-bone"), citations=[])
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
            predict_impact(get_treatment("drug"), parent="loner")
        return len(counted)

    queries()
    few = queries()
    for number in range(12):
        for model, slug in [(SideEffect, "e"), (ManagementOption, "m")]:
            fields = {"effect": "causes"} if model is SideEffect else {}
            place = {"treatment": get_treatment("class"), "symptom": get_symptom("bone-ache")}
            kept = {"mechanism": f"{slug}{number}"}
            universe.make_statement(model, f"{slug}{number}", **place, **fields, **kept)
    assert queries() <= few + 2
    assert few < 120
