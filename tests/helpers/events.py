"""Public events: the change feed as tests read it, and events made directly."""

from datetime import UTC, datetime

import pytest

from kb.models import Event

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def get_events(universe, get_json):
    """Return the events since the universe was made, newest first."""
    Event.objects.all().delete()

    def get_events(**params):
        return get_json("changes/", **params)["results"]

    return get_events


@pytest.fixture
def get_event_summaries(get_events):
    """Return the same events as (event, slug, fields)."""
    return lambda **params: [(event["event"], event["slug"], event["fields"]) for event in get_events(**params)]


def make_event(at, slug="thing", event="published", kind="symptoms", **fields):
    """Create an event at a moment, whatever led to it."""
    return Event.objects.create(at=at, slug=slug, event=event, kind=kind, name=slug.capitalize(), **fields)
