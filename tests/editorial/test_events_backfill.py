"""An installation with a history tells what the public saw before there was a feed."""

from importlib import import_module

import pytest
from django.apps import apps

from kb.editorial.editing import Wish, begin
from kb.editorial.review import approve
from kb.models import Event
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment


@pytest.fixture
def again():
    def again():
        Event.objects.all().delete()
        import_module("kb.migrations.0011_events").tell_the_past(apps, None)
        return [(e.event, e.kind, e.slug, e.name, e.fields, e.at, e.heir) for e in Event.objects.all()]

    return again


def test_is_told_as_it_would_have_been(universe, said, change, people, again, monkeypatch):
    monkeypatch.setattr(import_module("kb.migrations.0011_events"), "BATCH", 3)
    approve(people["reviewer"], change, change.lock)
    SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=said, text="x")
    SideEffect.objects.get(slug="medicine-joint").delete()
    Treatment.objects.filter(slug="other").update(status="draft", name="A secret")
    Treatment.objects.get(slug="other").delete()
    begin(Symptom, {"slug": "stiff", "name": "A secret"}, Wish(people["editor"], "A secret."))
    live = [(e.event, e.kind, e.slug, e.name, e.fields, e.at, e.heir) for e in Event.objects.all()]
    assert again() == live
    assert "secret" not in str(live)


def test_keeps_with_the_editors_what_they_told_each_other(change, people, again):
    approve(people["reviewer"], change, change.lock)
    again()
    whys = Event.objects.filter(slug="class-bone").values_list("event", "fields", "why")
    assert list(whys) == [
        ("changed", ["frequency"], ""),
        ("changed", ["citations"], "Written outside of the editor."),
        ("published", [], "Written outside of the editor."),
    ]
