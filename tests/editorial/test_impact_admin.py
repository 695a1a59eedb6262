"""Who makes a change sees its impact, by statement, where an answer may come or go."""

import pytest
from django.template.loader import render_to_string

from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.impact import compute_impact, may_change_other_answers
from kb.editorial.snapshot import serialize_record
from kb.models import Source
from symptoms.models import SideEffect, Symptom
from tests.helpers.impact import NEW_SIDE_EFFECT, get_side_effect, get_treatment, predict_impact

pytestmark = pytest.mark.django_db


def test_a_form_shows_it_where_an_answer_may_come_or_go(universe, users):
    drug, said = get_treatment("drug"), get_side_effect("class-bone")
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "New."))
    for record, values, expected in [
        (drug, {"parent": "loner"}, True),
        (drug, {"summary": "x"}, False),
        (get_treatment("other"), {"status": "retired"}, True),
        (said, {"frequency": "rare"}, True),
        (said, {}, False),
        (get_side_effect("drug-joint"), {"frequency": "rare"}, False),
        (get_side_effect("drug-joint"), {"treatment": "class"}, True),
        (draft, {}, True),
        (Source.objects.get(), {"title": "x"}, False),
    ]:
        assert may_change_other_answers(record, serialize_record(record) | values) == expected, (record, values)
    assert may_change_other_answers(SideEffect(), NEW_SIDE_EFFECT)


def test_it_reads_by_statement_with_the_entries_to_which_it_answers(universe):
    found = predict_impact(get_side_effect("class-bone"), status="retired")
    ((heading, count, (bundle,)),) = found.sections
    assert (heading, count) == ("Disappear", 5)
    assert [(how, [str(entry) for entry in entries]) for how, entries in bundle.effects] == [
        ("direct", ["Class"]),
        ("inherited", ["Drug", "Other"]),
        ("", ["Bone-ache", "Pain"]),
    ]
    page = render_to_string("admin/kb/impact.html", {"impact": found})
    assert "5 answers disappear" in page
    assert '<a href="/explore/treatments/drug/">Drug</a>' in page
    new = render_to_string("admin/kb/impact.html", {"impact": compute_impact(SideEffect(), NEW_SIDE_EFFECT)})
    assert "New." in new
    assert "/explore/side-effects/new/" not in new
    nothing = render_to_string("admin/kb/impact.html", {"impact": predict_impact(get_treatment("class"), summary="x")})
    assert "No answer to anybody changes." in nothing
