"""What tests of the feed begin with: ears for what is told, and events whatever led to them."""

from datetime import UTC, datetime

import pytest

from kb.models import Event

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def get_events(universe, get_json):
    """What was told since the universe was made, the newest first."""
    Event.objects.all().delete()

    def get_events(**asked):
        return get_json("changes/", **asked)["results"]

    return get_events


@pytest.fixture
def get_event_summaries(get_events):
    """The same, in short."""
    return lambda **asked: [(event["event"], event["slug"], event["fields"]) for event in get_events(**asked)]


def make_event(at, slug="thing", event="published", kind="symptoms", **more):
    """An event at a moment, whatever led to it."""
    return Event.objects.create(at=at, slug=slug, event=event, kind=kind, name=slug.capitalize(), **more)
