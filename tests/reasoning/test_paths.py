"""Paths from one entry to another over statements: order, length, causes, and limits on the search."""

import pytest

from kb.models import Cancer
from symptoms.models import ManagementOption, Manifestation, SideEffect, Symptom
from treatments.models import Indication, Treatment


@pytest.fixture
def chained_universe(universe):
    """medicine (some) lowers low-count; lifter treats low-count from medicine, and causes bone-ache; growth shows as
    low-count, is treated with drug.
    """
    u = universe
    medicine, bone_ache = Treatment.objects.get(slug="medicine"), Symptom.objects.get(slug="bone-ache")
    low_count, growth = u.make(Symptom, "low-count"), Cancer.objects.get(slug="growth")
    lifters = u.make(Treatment, "lifters")
    u.make(Treatment, "lifter", parents=[lifters])
    u.make_statement(SideEffect, "medicine-low", treatment=medicine, symptom=low_count, effect="causes", scope="some")
    u.make_statement(ManagementOption, "lifters-treat", treatment=lifters, symptom=low_count, cause_treatment=medicine)
    u.make_statement(SideEffect, "lifters-ache", treatment=lifters, symptom=bone_ache, effect="causes")
    u.make_statement(Manifestation, "growth-low", symptom=low_count, cancer=growth)
    u.make_statement(Indication, "growth-drug", treatment=Treatment.objects.get(slug="drug"), cancer=growth)
    return u


def get_paths(payload):
    return [
        [step["start"]["slug"] for step in path["steps"]] + [path["steps"][-1]["end"]["slug"]]
        for path in payload["paths"]
    ]


def test_paths_lead_through_classes_shortest_first_and_cite_each_step(chained_universe, get_json):
    payload = get_json("paths/", **{"from": "drug", "to": "bone-ache"})
    assert get_paths(payload) == [["drug", "bone-ache"], ["drug", "low-count", "lifters", "bone-ache"]]
    steps = payload["paths"][1]["steps"]
    assert [step["basis"] for step in steps] == ["possible", "direct", "direct"]
    assert all(statement["citations"] for step in steps for statement in step["statements"])
    assert payload["truncated"] is False


def test_an_option_for_one_cause_is_not_a_step_from_another(chained_universe, get_json):
    assert get_paths(get_json("paths/", **{"from": "growth", "to": "lifters"})) == [
        ["growth", "drug", "low-count", "lifters"],
    ]
    assert get_paths(get_json("paths/", **{"from": "low-count", "to": "lifters"})) == [["low-count", "lifters"]]


def test_a_path_ends_at_a_class_of_the_target_or_at_a_narrower_symptom(chained_universe, get_json):
    assert get_paths(get_json("paths/", **{"from": "drug", "to": "lifter"})) == [["drug", "low-count", "lifters"]]
    assert ["drug", "bone-ache"] in get_paths(get_json("paths/", **{"from": "drug", "to": "pain"}))


def test_protection_from_a_symptom_is_no_step_to_it(chained_universe, get_json):
    loner, low_count = Treatment.objects.get(slug="loner"), Symptom.objects.get(slug="low-count")
    itch = chained_universe.make(Symptom, "itch")
    chained_universe.make_statement(SideEffect, "loner-itch", treatment=loner, symptom=itch, effect="protects")
    assert get_paths(get_json("paths/", **{"from": "loner", "to": "itch"})) == []
    chained_universe.make_statement(SideEffect, "loner-low", treatment=loner, symptom=low_count, effect="causes")
    assert ["loner", "low-count"] in get_paths(get_json("paths/", **{"from": "loner", "to": "low-count"}))


def test_a_path_respects_max_hops_and_visits_no_entry_twice(chained_universe, get_json):
    assert get_paths(get_json("paths/", **{"from": "drug", "to": "bone-ache", "max_hops": 2})) == [
        ["drug", "bone-ache"]
    ]
    for path in get_paths(get_json("paths/", **{"from": "growth", "to": "bone-ache", "max_hops": 5})):
        assert len(path) == len(set(path))
    assert get_paths(get_json("paths/", **{"from": "bone-ache", "to": "growth"})) == []


def test_the_search_for_paths_is_limited_and_the_response_says_so(chained_universe, get_json, monkeypatch):
    monkeypatch.setattr("kb.reasoning.paths.MAX_EDGES", 1)
    assert get_json("paths/", **{"from": "drug", "to": "bone-ache"})["truncated"] is True
    monkeypatch.undo()
    monkeypatch.setattr("kb.reasoning.paths.MAX_PATHS", 1)
    payload = get_json("paths/", **{"from": "drug", "to": "bone-ache"})
    assert (len(payload["paths"]), payload["truncated"]) == (1, True)
    monkeypatch.undo()
    monkeypatch.setattr("kb.reasoning.paths.MAX_ATTEMPTS", 1)
    assert get_json("paths/", **{"from": "drug", "to": "bone-ache"})["truncated"] is True
