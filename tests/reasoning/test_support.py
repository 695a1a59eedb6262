"""Independent sources and the newest date of statements: the same in Python, in SQL and in the filters of the API."""

from datetime import date
from itertools import combinations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType

from kb.models import CitationCheck, Passage, Source, SupportDecision
from kb.reasoning import support as support_module
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.support import (
    SupportIndex,
    build_newest_date,
    build_source_count,
    count_independent_sources,
    find_newest_date,
)
from symptoms.models import ManagementOption, SideEffect

SOURCES = {  # Publisher and date by slug.
    "a": ("Society", date(2020, 1, 1)),
    "b": ("Society", date(2024, 5, 1)),
    "c": ("Hospital", None),
    "d": ("", None),
    "e": ("", date(2022, 2, 2)),
}
COMBINATIONS = [names for size in range(len(SOURCES) + 1) for names in combinations(SOURCES, size)]


@pytest.fixture
def passages(universe):
    """Two passages of each of these sources."""
    made = {}
    for number, (slug, (publisher, dated)) in enumerate(SOURCES.items(), 1):
        fields = {"title": slug, "publisher": publisher, "dated": dated, "sha256": str(number) * 64, "lines": 9}
        source = universe.make(Source, slug, **fields)
        made[slug] = [Passage.objects.create(source=source, first_line=line, last_line=line) for line in (1, 2)]
    return made


def expect(names):
    stated = {SOURCES[name][0] for name in names} - {""}
    dates = [SOURCES[name][1] for name in names if SOURCES[name][1]]
    return len(stated) + sum(not SOURCES[name][0] for name in names), max(dates, default=None)


def test_every_combination_of_sources_counts_alike(passages, get_json):
    statement = SideEffect.objects.get(slug="class-bone")
    for names in COMBINATIONS:
        statement.citations.set([passage for name in names for passage in passages[name]])
        count, newest = expect(names)
        assert (count_independent_sources(statement), find_newest_date(statement)) == (count, newest), names
        stored = SideEffect.objects.annotate(n=build_source_count(SideEffect), d=build_newest_date(SideEffect))
        assert (stored.get(pk=statement.pk).n or 0, stored.get(pk=statement.pk).d) == (count, newest), names
    record = get_json("side-effects/class-bone/")
    assert (record["independent_sources"], record["newest_source_date"]) == (4, "2024-05-01")


def test_lists_are_filtered_by_sources_and_dates(passages, get_json):
    statement = SideEffect.objects.get(slug="class-bone")
    statement.citations.set([*passages["a"], *passages["c"]])

    def get_slugs(**params):
        return [r["slug"] for r in get_json("side-effects/", **params)["results"]]

    assert get_slugs(independent_sources=2) == ["class-bone"]
    assert get_slugs(independent_sources=3) == []
    assert len(get_slugs(independent_sources=1)) == 4
    assert get_slugs(newest_source_date="2020-01-01") == ["class-bone"]
    assert get_slugs(newest_source_date="2020-01-02") == []
    assert "class-bone" not in get_slugs(newest_source_date="unstated")
    assert len(get_slugs(newest_source_date=["unstated", "2019-01-01"])) == 4


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("independent_sources", "0"),
        ("independent_sources", "two"),
        ("independent_sources", "10000"),
        ("newest_source_date", "2020-13-01"),
        ("newest_source_date", "lately"),
        ("support", "good"),
        ("citation_check", "A"),
    ],
)
def test_a_wrong_value_is_refused(universe, get_json, parameter, value):
    problem = get_json("side-effects/", status=400, **{parameter: value})
    assert [error["parameter"] for error in problem["errors"]] == [parameter]


def test_selected_fields_take_no_further_queries(universe, get_json, django_assert_max_num_queries):
    get_json("side-effects/")
    for fields in ("independent_sources", "newest_source_date", "support,support_decided_on,citation_check"):
        with django_assert_max_num_queries(20):
            assert set(get_json("side-effects/", fields=fields)["results"][0]) == set(fields.split(","))


def test_support_that_is_looked_up_is_that_which_is_read_at_once(universe, monkeypatch):
    statements = [*SideEffect.objects.all(), *ManagementOption.objects.all()]
    person = get_user_model().objects.create_user("reader")
    for number, statement in enumerate(statements):
        row = {"kind": ContentType.objects.get_for_model(statement), "object_id": statement.pk, "digest": "0" * 64}
        if number % 2:
            CitationCheck.objects.create(state="passed", **row)
        if number % 3:
            SupportDecision.objects.create(by=person, **row)
    at_once = SupportIndex(EntryHierarchies()).find(statements)
    assert {bool(support.decided_on) for support in at_once.values()} == {True, False}
    assert {support.citation_state for support in at_once.values()} == {"passed", "not-checked"}
    monkeypatch.setattr(support_module, "MAX_INDEXED_STATEMENTS", 2)
    looked_up = SupportIndex(EntryHierarchies())
    assert not looked_up
    assert {row: one for s in statements for row, one in looked_up.find([s]).items()} == at_once
