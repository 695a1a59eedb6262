"""Who makes a change sees its impact, by statement, where an answer may come or go."""

import pytest
from django.template.loader import render_to_string

from kb.editorial.editing import Wish, begin
from kb.editorial.impact import concerns, impact
from kb.editorial.snapshot import content_of
from kb.models import Source
from symptoms.models import SideEffect, Symptom
from tests.helpers.impact import NEW, foresee, side_effect, treatment

pytestmark = pytest.mark.django_db


def test_a_form_shows_it_where_an_answer_may_come_or_go(universe, people):
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


def test_it_reads_by_statement_with_the_entries_to_which_it_answers(universe):
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
