"""Public events: which writes of which records create which events of the change feed."""

from django.db import connection

from kb.editorial.versioning import record_untracked_changes
from kb.models import Event, Passage
from symptoms.models import Guidance, SideEffect, Symptom
from tests.helpers.events import get_event_summaries as get_event_summaries
from tests.helpers.events import get_events as get_events
from treatments.models import Treatment


def test_a_published_record_is_one_event(universe, get_events):
    universe.make(Symptom, "new", name="A new thing")
    (event,) = get_events()
    assert {name: event[name] for name in ("event", "kind", "slug", "name", "fields", "replaced_by")} == {
        "event": "published",
        "kind": "symptoms",
        "slug": "new",
        "name": "A new thing",
        "fields": [],
        "replaced_by": None,
    }
    assert event["url"].endswith("/api/v1/symptoms/new/")
    assert event["at"].endswith("Z")


def test_a_change_of_a_published_record_names_its_fields(statement, get_event_summaries):
    statement.frequency, statement.onset = "rare", "at once"
    statement.save()
    assert get_event_summaries() == [("changed", "class-bone", ["frequency", "onset"])]


def test_a_changed_field_has_its_public_name(universe, get_event_summaries):
    universe.make_statement(Guidance, "advice", symptom=Symptom.objects.get(slug="pain"), kind="self-care")
    Event.objects.all().delete()
    Guidance.objects.update(symptom=None, treatment=Treatment.objects.get(slug="drug"))
    assert get_event_summaries() == [("changed", "advice", ["topic"])]


def test_a_retired_record_names_its_replacement(statement, get_events, get_json):
    SideEffect.objects.filter(pk=statement.pk).update(
        status="retired", replaced_by=SideEffect.objects.get(slug="loner-bone"), text="Not for the public any more."
    )
    (event,) = get_events()
    assert (event["event"], event["name"]) == ("retired", "class-bone.")
    assert event["replaced_by"]["slug"] == "loner-bone"
    assert get_json(event["url"].partition("/api/v1/")[2], status=410)["replaced_by"] == event["replaced_by"]["url"]


def test_a_retired_record_has_another_event_only_for_a_new_replacement(statement, get_events):
    for slug in ("loner-bone", "drug-joint"):
        SideEffect.objects.filter(pk=statement.pk).update(
            status="retired", replaced_by=SideEffect.objects.get(slug=slug)
        )
    SideEffect.objects.filter(pk=statement.pk).update(onset="whatever")
    assert [(e["event"], e["replaced_by"]["slug"], e["fields"], e["name"]) for e in get_events()] == [
        ("retired", "drug-joint", ["replaced_by"], "class-bone."),
        ("retired", "loner-bone", [], "class-bone."),
    ]


def test_a_draft_is_not_named_as_the_replacement(statement, universe, get_events):
    SideEffect.objects.filter(slug="loner-bone").update(status="draft")
    SideEffect.objects.filter(pk=statement.pk).update(
        status="retired", replaced_by=SideEffect.objects.get(slug="loner-bone")
    )
    assert get_events()[0]["replaced_by"] is None


def test_a_deleted_record_is_removed(universe, get_events):
    Treatment.objects.get(slug="other").delete()
    (event,) = get_events()
    assert (event["event"], event["slug"], event["name"]) == ("removed", "other", "Other")


def test_a_record_made_a_draft_again_is_removed_under_its_public_name(universe, get_events):
    Treatment.objects.filter(slug="other").update(status="draft", name="A secret", summary="A secret.")
    (event,) = get_events()
    assert (event["event"], event["name"], event["fields"]) == ("removed", "Other", [])
    Treatment.objects.filter(slug="other").update(status="published")
    assert [e["name"] for e in get_events()] == ["A secret", "Other"]


def test_a_retired_record_is_removed_under_its_last_public_name(universe, get_events):
    Treatment.objects.filter(slug="other").update(status="retired", name="A secret")
    Treatment.objects.get(slug="other").delete()
    assert [(e["event"], e["name"]) for e in get_events()] == [("removed", "Other"), ("retired", "Other")]


def test_a_changed_slug_counts_as_another_record(universe, get_event_summaries):
    Treatment.objects.filter(slug="other").update(slug="another")
    assert get_event_summaries() == [("published", "another", []), ("removed", "other", [])]


def test_a_changed_passage_changes_the_published_statements_that_cite_it(universe, get_event_summaries):
    SideEffect.objects.filter(slug="drug-joint").update(status="draft")
    other_passage = Passage.objects.create(source=universe.source, section="Other", first_line=5, last_line=6)
    SideEffect.objects.get(slug="loner-bone").citations.set([other_passage])
    Event.objects.all().delete()
    Passage.objects.filter(pk=universe.passage.pk).update(section="Another heading")
    assert sorted(get_event_summaries()) == [
        ("changed", slug, ["citations"]) for slug in ("class-bone", "loner-helps", "medicine-joint")
    ]


def test_an_uncited_passage_has_no_event(universe, get_event_summaries):
    passage = Passage.objects.create(source=universe.source, section="Other", first_line=5, last_line=6)
    passage.section = "Another"
    passage.save()
    passage.delete()
    assert get_event_summaries() == []


def test_bulk_writes_have_one_event_for_each_record(universe, get_event_summaries):
    drugs = [Treatment(slug=f"pill-{n}", name=f"Pill {n}", status="published") for n in range(3)]
    Treatment.objects.bulk_create([*drugs, Treatment(slug="hidden", name="Hidden")])
    Treatment.objects.filter(slug__startswith="pill").update(summary="A pill.")
    pills = [f"pill-{n}" for n in range(3)]
    assert get_event_summaries() == [
        *(("changed", slug, ["summary"]) for slug in reversed(pills)),
        *(("published", slug, []) for slug in reversed(pills)),
    ]


def test_direct_writes_to_the_database_have_events_once_they_are_noticed(universe, get_event_summaries):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE treatments_treatment SET summary = 'By SQL.' WHERE slug = 'other'")
    assert get_event_summaries() == []
    record_untracked_changes()
    record_untracked_changes()
    assert get_event_summaries() == [("changed", "other", ["summary"])]
