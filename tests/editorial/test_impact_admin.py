"""The impact of a change on the admin's pages: when it is shown, grouped by statement."""

import pytest
from django.template.loader import render_to_string

from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.impact import compute_impact, may_change_other_answers
from kb.editorial.snapshot import serialize_record
from kb.models import Source
from symptoms.models import SideEffect, Symptom
from tests.helpers.impact import NEW_SIDE_EFFECT, get_side_effect, get_treatment, predict_impact

pytestmark = pytest.mark.django_db


def test_the_impact_is_shown_if_another_answer_may_change(universe, users):
    drug, statement = get_treatment("drug"), get_side_effect("class-bone")
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "It is missing."))
    for record, values, expected in [
        (drug, {"parents": ["loner"]}, True),
        (drug, {"summary": "x"}, False),
        (get_treatment("other"), {"status": "retired"}, True),
        (statement, {"frequency": "rare"}, True),
        (statement, {}, False),
        (get_side_effect("drug-joint"), {"frequency": "rare"}, False),
        (get_side_effect("drug-joint"), {"treatment": "class"}, True),
        (draft, {}, True),
        (Source.objects.get(), {"title": "x"}, False),
    ]:
        assert may_change_other_answers(record, serialize_record(record) | values) == expected, (record, values)
    assert may_change_other_answers(SideEffect(), NEW_SIDE_EFFECT)


def test_the_impact_is_grouped_by_statement_with_its_entries(universe):
    impact = predict_impact(get_side_effect("class-bone"), status="retired")
    ((heading, count, (group,)),) = impact.sections
    assert (heading, count) == ("Disappear", 5)
    assert [(basis, [str(entry) for entry in entries]) for basis, entries in group.effects] == [
        ("direct", ["Class"]),
        ("inherited", ["Drug", "Other"]),
        ("", ["Bone-ache", "Pain"]),
    ]
    page = render_to_string("admin/kb/impact.html", {"impact": impact})
    assert "5 answers disappear" in page
    assert '<a href="/explore/treatments/drug/">Drug</a>' in page
    new_html = render_to_string("admin/kb/impact.html", {"impact": compute_impact(SideEffect(), NEW_SIDE_EFFECT)})
    assert "New." in new_html
    assert "/explore/side-effects/new/" not in new_html
    empty_html = render_to_string(
        "admin/kb/impact.html", {"impact": predict_impact(get_treatment("class"), summary="x")}
    )
    assert "No answer to anybody changes." in empty_html
