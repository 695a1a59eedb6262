"""The migration that creates the public events of an existing version history."""

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


def test_the_backfill_creates_the_events_that_were_recorded_live(
    universe, statement, submitted_change, users, backfill_events, monkeypatch
):
    monkeypatch.setattr(import_module("kb.migrations.0011_events"), "BATCH", 3)
    approve(users["reviewer"], submitted_change, submitted_change.lock)
    SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=statement, text="x")
    SideEffect.objects.get(slug="medicine-joint").delete()
    Treatment.objects.filter(slug="other").update(status="draft", name="A secret")
    Treatment.objects.get(slug="other").delete()
    create_draft(Symptom, {"slug": "stiff", "name": "A secret"}, EditRequest(users["editor"], "A secret."))
    live_events = [(e.event, e.kind, e.slug, e.name, e.fields, e.at, e.heir) for e in Event.objects.all()]
    assert backfill_events() == live_events
    assert "secret" not in str(live_events)


def test_reasons_given_between_editors_stay_private(submitted_change, users, backfill_events):
    approve(users["reviewer"], submitted_change, submitted_change.lock)
    backfill_events()
    whys = Event.objects.filter(slug="class-bone").values_list("event", "fields", "why")
    assert list(whys) == [
        ("changed", ["frequency"], ""),
        ("changed", ["citations"], "Written outside of the editor."),
        ("published", [], "Written outside of the editor."),
    ]
