"""The parts of the details of all shipped records: nothing is lost, and each part goes on where it is cut."""

import pytest

from kb.models import Source, Statement, concrete_models, resource_name
from kb.reasoning.hierarchies import get_current_hierarchies
from kb.reasoning.named_entries import entry_ids_named_by, entry_keys_named_by_each
from kb.reasoning.red_flags import find_red_flags
from kb.serializers.parts import PART_SIZE
from tests.helpers.lists import get_part
from tests.helpers.resources import for_each_entry

pytestmark = pytest.mark.usefixtures("shipped_data")


@pytest.fixture(scope="module")
def named_by_statement(module_shipped_data, django_db_blocker):
    """The public statements of each kind in the order of its list, each with the entries that it names."""
    with django_db_blocker.unblock():
        return {
            model: list(zip(statements, entry_keys_named_by_each(statements), strict=True))
            for model in concrete_models(Statement)
            for statements in [list(model.objects.public())]
        }


@pytest.fixture
def find_naming(named_by_statement):
    """Find the statements of a kind about an entry by another way than the code goes: statement by statement.

    Which entries does it name, and does one of these answer for the entry?
    """

    def find_naming(model, entry):
        answering = get_current_hierarchies()[type(entry)].get_answering_entries({entry.pk}, model.vital)
        keys = {(type(entry), key) for key in answering}
        return [statement for statement, named in named_by_statement[model] if named & keys]

    return find_naming


@for_each_entry
def test_each_part_holds_with_its_list_exactly_the_statements_about_the_entry(api, get_json, find_naming, model):
    """The same slugs in the same order; each row of a list is the row that the detail shows, basis and limits alike."""
    for entry in model.objects.public():
        detail = get_json(f"{resource_name(model)}/{entry.slug}/")
        for statement_model in concrete_models(Statement):
            kind = resource_name(statement_model)
            part = detail["statements"].get(kind.replace("-", "_"))
            listed = get_json(f"{kind}/", about=f"{resource_name(model)}/{entry.slug}", page_size=200)
            expected = [statement.slug for statement in find_naming(statement_model, entry)]
            assert [row["slug"] for row in listed["results"]] == expected, (entry, kind)
            if part is None:  # Statements of this kind name no such entries.
                assert expected == []
                continue
            assert part["count"] == listed["count"] == len(expected)
            assert len(part["results"]) == min(part["count"], PART_SIZE)
            assert part["results"] == listed["results"][:PART_SIZE]
            assert get_part(api, part) == listed["results"]


@for_each_entry
def test_the_red_flags_of_an_entry_are_those_of_all_its_statements_whatever_is_shown(get_json, find_naming, model):
    """No fewer than when every statement was shown and named its entries: cut parts hide no red flag."""
    for entry in model.objects.public():
        statements = [s for kind in concrete_models(Statement) for s in find_naming(kind, entry)]
        asked = entry_ids_named_by([entry])
        flags = find_red_flags(asked, asked=asked, mentioned=entry_ids_named_by(statements))
        path = f"{resource_name(model)}/{entry.slug}/"
        for params in ({}, {"fields": "slug"}):
            shown = [flag["slug"] for flag in get_json(path, **params)["red_flags"]]
            assert shown == [flag.slug for flag in flags], entry


def test_the_red_flags_of_a_source_are_those_of_all_that_cites_it(get_json):
    for source in Source.objects.public():
        citing = [
            statement
            for model in concrete_models(Statement)
            for statement in model.objects.public().filter(citations__source=source).distinct()
        ]
        flags = find_red_flags({}, mentioned=entry_ids_named_by(citing))
        for params in ({}, {"cited_by_page_size": 1}, {"fields": "slug"}, {"from_line": 10_000}):
            shown = [flag["slug"] for flag in get_json(f"sources/{source.slug}/", **params)["red_flags"]]
            assert shown == [flag.slug for flag in flags]


def test_what_cites_a_source_comes_page_by_page_in_the_order_of_its_lines(api, get_json):
    for source in Source.objects.public():
        whole = get_json(f"sources/{source.slug}/", cited_by_page_size=200)["cited_by"]
        rows = get_part(api, get_json(f"sources/{source.slug}/", cited_by_page_size=37)["cited_by"])
        assert rows == get_part(api, whole)
        assert len(rows) == whole["count"] == len({(row["kind"], row["slug"]) for row in rows})
        lines = [min(c["first_line"] for c in row["citations"] if c["source"]["slug"] == source.slug) for row in rows]
        assert lines == sorted(lines)
        middle = lines[len(lines) // 2]
        later = get_part(api, get_json(f"sources/{source.slug}/", from_line=middle)["cited_by"])
        cited_later = [
            row
            for row in rows
            if any(c["first_line"] >= middle for c in row["citations"] if c["source"]["slug"] == source.slug)
        ]
        assert {row["url"] for row in later} == {row["url"] for row in cited_later}
