"""Filtering by duration (ISO 8601), and by "unstated"."""

from datetime import timedelta

import pytest

from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment


@pytest.fixture
def timed_universe(universe):
    u, loner = universe, Treatment.objects.get(slug="loner")
    for days in (1, 7, 21):
        symptom = u.make(Symptom, f"ache-{days}")
        u.make_statement(SideEffect, f"days-{days}", treatment=loner, symptom=symptom, onset_max=timedelta(days=days))
    return u


@pytest.mark.parametrize(
    ("value", "expected_slugs"),
    [
        ("P7D", {"days-1", "days-7"}),
        ("P1W", {"days-1", "days-7"}),
        ("PT24H", {"days-1"}),
        ("P3W", {"days-1", "days-7", "days-21"}),
        ("unstated", {"loner-bone"}),
        (["P1D", "unstated"], {"days-1", "loner-bone"}),
    ],
)
def test_durations_filter_and_unstated_is_a_value_of_the_filter(timed_universe, get_json, value, expected_slugs):
    payload = get_json("side-effects/", treatment="loner", exact="true", onset_max=value)
    assert {r["slug"] for r in payload["results"]} == expected_slugs


@pytest.mark.parametrize("wrong", ["7", "a week", "P", "P1M", "-P7D", "P99999W"])
def test_an_invalid_duration_is_refused_with_an_example(timed_universe, get_json, wrong):
    assert "P7D for a week" in get_json("side-effects/", status=400, onset_max=wrong)["detail"]


def test_an_empty_list_of_choices_counts_as_unstated(extended_universe, get_json):
    slugs = {r["slug"] for r in get_json("management-options/", severity="unstated")["results"]}
    assert "loner-helps" not in slugs
    assert "balm-helps" in slugs
    assert get_json("management-options/", severity=["unstated", "mild"])["count"] == len(slugs) + 1
