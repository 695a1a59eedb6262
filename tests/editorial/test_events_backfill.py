"""An installation with a history tells what the public saw before there was a feed."""

from importlib import import_module

import pytest
from django.apps import apps

from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.review import approve
from kb.models import Event
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment


@pytest.fixture
def backfill_events():
    def backfill_events():
        Event.objects.all().delete()
        import_module("kb.migrations.0011_events").create_past_events(apps, None)
        return [(e.event, e.kind, e.slug, e.name, e.fields, e.at, e.heir) for e in Event.objects.all()]

    return backfill_events


def test_is_told_as_it_would_have_been(universe, statement, submitted_change, users, backfill_events, monkeypatch):
    monkeypatch.setattr(import_module("kb.migrations.0011_events"), "BATCH", 3)
    approve(users["reviewer"], submitted_change, submitted_change.lock)
    SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=statement, text="x")
    SideEffect.objects.get(slug="medicine-joint").delete()
    Treatment.objects.filter(slug="other").update(status="draft", name="A secret")
    Treatment.objects.get(slug="other").delete()
    create_draft(Symptom, {"slug": "stiff", "name": "A secret"}, EditRequest(users["editor"], "A secret."))
    live = [(e.event, e.kind, e.slug, e.name, e.fields, e.at, e.heir) for e in Event.objects.all()]
    assert backfill_events() == live
    assert "secret" not in str(live)


def test_keeps_with_the_editors_what_they_told_each_other(submitted_change, users, backfill_events):
    approve(users["reviewer"], submitted_change, submitted_change.lock)
    backfill_events()
    whys = Event.objects.filter(slug="class-bone").values_list("event", "fields", "why")
    assert list(whys) == [
        ("changed", ["frequency"], ""),
        ("changed", ["citations"], "Written outside of the editor."),
        ("published", [], "Written outside of the editor."),
    ]
