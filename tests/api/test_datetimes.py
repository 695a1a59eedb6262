"""Lengths of time as data, and what the sources leave unstated."""

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
    ("longest", "found"),
    [
        ("P7D", {"days-1", "days-7"}),
        ("P1W", {"days-1", "days-7"}),
        ("PT24H", {"days-1"}),
        ("P3W", {"days-1", "days-7", "days-21"}),
        ("unstated", {"loner-bone"}),
        (["P1D", "unstated"], {"days-1", "loner-bone"}),
    ],
)
def test_lengths_of_time_narrow_and_the_unstated_can_be_asked_for(timed_universe, get_json, longest, found):
    answer = get_json("side-effects/", treatment="loner", exact="true", onset_max=longest)
    assert {r["slug"] for r in answer["results"]} == found


@pytest.mark.parametrize("wrong", ["7", "a week", "P", "P1M", "-P7D", "P99999W"])
def test_what_is_no_length_of_time_is_refused_with_what_is(timed_universe, get_json, wrong):
    assert "P7D for a week" in get_json("side-effects/", status=400, onset_max=wrong)["detail"]


def test_a_list_of_words_that_is_empty_is_unstated(extended_universe, get_json):
    slugs = {r["slug"] for r in get_json("management-options/", severity="unstated")["results"]}
    assert "loner-helps" not in slugs
    assert "balm-helps" in slugs
    assert get_json("management-options/", severity=["unstated", "mild"])["count"] == len(slugs) + 1
