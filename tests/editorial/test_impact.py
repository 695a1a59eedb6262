"""The impact of a change: which of the API's answers appear, disappear or change, computed before it is made."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.dataset.version import data_version, dataset_state
from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.impact import compute_impact
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Source, Version
from kb.reasoning.hierarchies import HIERARCHIES_CACHE
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


def test_a_drug_that_moves_loses_the_statements_of_its_class(universe):
    impact = predict_impact(get_treatment("drug"), parents=["loner"])
    assert summarize_answers(impact.removed) == {("drug", "class-bone", "inherited", None)}
    assert summarize_answers(impact.added) == {
        ("drug", "loner-bone", None, "inherited"),
        ("drug", "loner-helps", None, "inherited"),
    }
    assert summarize_answers(impact.changed) == {("drug", "medicine-joint", "possible", "possible")}
    assert [str(d) for d in impact.changed[0].differences] == ["through: Class › Medicine → Loner › Medicine"]


def test_a_retired_statement_of_a_class_is_lost_to_each_member(universe):
    impact = predict_impact(get_side_effect("class-bone"), status="retired")
    assert summarize_answers(impact.removed) == {
        ("class", "class-bone", "direct", None),
        ("drug", "class-bone", "inherited", None),
        ("other", "class-bone", "inherited", None),
        ("bone-ache", "class-bone", "", None),
        ("pain", "class-bone", "", None),
    }
    assert impact.summary() == "5 answers disappear"


def test_a_new_statement_of_a_class_applies_to_its_members_and_is_contested_by_one(universe):
    impact = compute_impact(SideEffect(), NEW_SIDE_EFFECT)
    assert summarize_answers(impact.added) >= {("class", "new", None, "direct"), ("other", "new", None, "inherited")}
    contested = next(a for a in impact.added if a.entry.slug == "drug")
    assert (contested.after.basis, contested.after.contested_by) == ("inherited", ("drug-joint",))


def test_an_opposite_statement_of_a_member_contests_the_inherited_one(universe):
    impact = compute_impact(
        SideEffect(), NEW_SIDE_EFFECT | {"treatment": "other", "symptom": "bone-ache", "effect": "protects"}
    )
    assert summarize_answers(impact.changed) == {("other", "class-bone", "inherited", "inherited")}
    assert impact.summary() == "3 answers appear, 1 changes (contested by)"


def test_a_statement_limited_to_some_becomes_only_possible_for_members(universe):
    impact = predict_impact(get_side_effect("class-bone"), scope="some")
    assert summarize_answers(impact.changed) >= {
        ("drug", "class-bone", "inherited", "possible"),
        ("class", "class-bone", "direct", "direct"),
    }
    assert "inherited → possible" in impact.summary()
    assert impact.added == impact.removed == []


def test_a_changed_field_changes_every_answer_of_the_statement(universe):
    impact = predict_impact(get_side_effect("class-bone"), frequency="rare", population="women")
    assert {a.entry.slug for a in impact.changed} == {"class", "drug", "other", "bone-ache", "pain"}
    assert {str(d) for a in impact.changed for d in a.differences} == {
        "frequency: Not stated → Rare",
        "population: Not stated → Women",
    }


def test_a_statement_moved_to_another_class_is_lost_to_the_members_of_the_first(universe):
    impact = predict_impact(get_side_effect("class-bone"), treatment="loner", frequency="common")
    assert summarize_answers(impact.removed) == {
        ("class", "class-bone", "direct", None),
        ("drug", "class-bone", "inherited", None),
        ("other", "class-bone", "inherited", None),
    }
    assert summarize_answers(impact.added) == {("loner", "class-bone", None, "direct")}


def test_a_retired_entry_has_no_answers(universe):
    impact = predict_impact(get_treatment("other"), status="retired")
    assert summarize_answers(impact.removed) == {
        ("other", None, "", None),
        ("other", "class-bone", "inherited", None),
        ("other", "medicine-joint", "possible", None),
    }


def test_the_impact_of_a_draft_is_that_of_its_publication(universe, users):
    draft = create_draft(
        Treatment,
        {"slug": "fresh", "name": "Fresh", "parents": ["class"]},
        EditRequest(users["editor"], "It is missing."),
    )
    assert summarize_answers(predict_impact(draft).added) == {
        ("fresh", None, None, ""),
        ("fresh", "class-bone", None, "inherited"),
        ("fresh", "medicine-joint", None, "possible"),
    }


def test_a_new_name_changes_no_other_answer(universe):
    impact = predict_impact(get_treatment("class"), name="Group")
    assert (summarize_answers(impact.changed), impact.summary()) == (
        {("class", None, "", "")},
        "1 answer changes (name)",
    )


def test_a_field_that_is_not_in_an_answer_has_no_impact(universe):
    impact = predict_impact(get_treatment("class"), summary="Some drugs.")
    assert not impact
    assert str(impact) == "No answer to anybody changes."
    assert not predict_impact(Source.objects.get(), title="Sheet")


def test_a_symptom_that_moves_takes_statements_and_red_flags_from_its_parent(extended_universe):
    impact = predict_impact(get_symptom("bone-ache"), parents=[])
    assert summarize_answers(impact.removed) >= {("pain", "class-bone", "", None), ("pain", "flag", "", None)}
    assert {entry for entry, *_ in summarize_answers(impact.removed)} == {"pain"}


def test_a_retired_red_flag_is_lost_to_every_entry_that_names_its_sign(extended_universe):
    impact = predict_impact(RedFlag.objects.get(), status="retired")
    assert summarize_answers(impact.removed) >= {
        ("bone-ache", "flag", "", None),
        ("drug", "flag", "warns", None),
        ("loner", "flag", "warns", None),
    }
    assert "joint-ache" not in {entry for entry, *_ in summarize_answers(impact.removed)}


def test_invalid_content_is_refused_as_when_it_is_saved(universe):
    for record, values, message in [
        (get_treatment("class"), {"parents": ["drug"]}, "circle"),
        (get_side_effect("class-bone"), {"citations": []}, "No citation"),
        (get_treatment("drug"), {"parents": ["clas"]}, "Did you mean “class”"),
        (get_symptom("bone-ache"), {"status": "retired"}, "rest on it"),
    ]:
        with pytest.raises(ValidationError, match=message):
            predict_impact(record, **values)


def test_computing_an_impact_leaves_nothing_behind(universe, users):
    def get_state():
        contents = [serialize_record(record) for model in (Treatment, SideEffect) for record in model.objects.all()]
        rows = [*SideEffect.objects.values(), *Treatment.objects.values()]
        return contents, rows, Version.objects.count(), Change.objects.count(), data_version()

    record, state = get_treatment("drug"), get_state()
    attributes = dict(vars(record))
    predict_impact(record, parents=["loner"], name="Quite Another", synonyms=["xyz"])
    compute_impact(new_statement := SideEffect(), NEW_SIDE_EFFECT)
    with pytest.raises(ValidationError):
        predict_impact(get_side_effect("class-bone"), citations=[])
    assert get_state() == state
    assert {name: value for name, value in vars(record).items() if name != "_state"} == {
        name: value for name, value in attributes.items() if name != "_state"
    }
    assert (new_statement.pk, new_statement.slug, record.parents.get().slug) == (None, "", "class")
    assert not Treatment.objects.filter(search_index__contains="xyz").exists()
    record.save()  # A later write is versioned as usual.
    assert Version.objects.count() == state[2]


def test_the_number_of_queries_does_not_grow_with_the_statements(universe):
    ContentType.objects.clear_cache()

    def count_queries():
        HIERARCHIES_CACHE.clear()  # It keeps what a write has not touched.
        dataset_state()
        with CaptureQueriesContext(connection) as queries:
            predict_impact(get_treatment("drug"), parents=["loner"])
        return len(queries)

    count_queries()
    first_count = count_queries()
    for number in range(12):
        for model, slug in [(SideEffect, "e"), (ManagementOption, "m")]:
            fields = {"effect": "causes"} if model is SideEffect else {}
            entries = {"treatment": get_treatment("class"), "symptom": get_symptom("bone-ache")}
            mechanism = {"mechanism": f"{slug}{number}"}
            universe.make_statement(model, f"{slug}{number}", **entries, **fields, **mechanism)
    assert count_queries() <= first_count + 2
    assert first_count < 150
