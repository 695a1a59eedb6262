"""Which records hold the words of a phrase, or name certain entries: their keys, a bounded number, in one query."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, router

from kb.models import Entry, Record, Source, Statement
from kb.search.fulltext import build_postgres_terms, build_sqlite_query, index_name
from kb.search.phrases import Term

MAX_CANDIDATES = 200  # Hits of a kind; nobody reads further.
MAX_HOLDERS = 500  # Records of a kind that are read for a word or a name; where there are more, the first ones.
MAX_NAMED = 1_000  # Entries by which statements are sought at once, the nearest first.
MAX_EXAMINED = 5_000  # Records of a kind that hold one thing and are examined for another.


@dataclass(frozen=True)
class Posting:
    """The keys of the records of one kind that a lookup finds, and whether these are all."""

    ids: frozenset[int] = frozenset()
    is_complete: bool = True


@dataclass(frozen=True)
class Lookup:
    """Records of a model whose own texts hold all terms, and that name an entry of each group.

    The entries of a group are keys by their model, the most important first.
    """

    model: type[Record]
    terms: tuple[Term, ...] = ()
    groups: tuple[Mapping[type[Entry], Sequence[int]], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it finds nothing, whatever the data are."""
        return not (self.terms or self.groups) or any(not find_relations(self.model, group) for group in self.groups)


def get_connection() -> Any:
    """Return the connection to the database that this request reads."""
    return connections[router.db_for_read(Source)]


def read_postings(lookups: Sequence[Lookup], statuses: Collection[str]) -> list[Posting]:
    """Return what each lookup finds among the records in these states, in one query for all."""
    columns, parameters = [], []
    wanted = [index for index, lookup in enumerate(lookups) if not lookup.is_empty]
    for index in wanted:
        sql, values = build_lookup_sql(lookups[index], sorted(statuses))
        columns.append(COLLECT_SQL[get_connection().vendor].format(sql))
        parameters += values
    postings = [Posting()] * len(lookups)
    if columns:
        with get_connection().cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(columns)}", parameters)
            row = cursor.fetchone()
        for index, found in zip(wanted, row, strict=True):
            postings[index] = read_posting(lookups[index], found)
    return postings


def read_posting(lookup: Lookup, found: "str | list[int] | None") -> Posting:
    """Return the posting of a lookup from what the database collected for it."""
    keys = [int(key) for key in found.split(",")] if isinstance(found, str) else found or []
    is_cut = len(keys) > MAX_HOLDERS or len(lookup.groups) + bool(lookup.terms) > 1
    is_cut |= any(len(keys) > MAX_NAMED for group in lookup.groups for keys in group.values())
    return Posting(frozenset(keys[:MAX_HOLDERS]), not is_cut)


COLLECT_SQL = {
    "sqlite": "(SELECT group_concat(id) FROM ({}))",
    "postgresql": "ARRAY({})",
}
# The full-text table is read first, in the order of its rows, and only as far as the limit.
TEXT_SQL = {
    "sqlite": 'SELECT s.id FROM "{index}" CROSS JOIN "{table}" s ON s.id = "{index}".rowid '
    'WHERE "{index}" MATCH %s AND {is_wanted} LIMIT {limit}',
    "postgresql": "SELECT s.id FROM \"{table}\" s WHERE to_tsvector('simple'::regconfig, COALESCE(s.search_index, '')) "
    "@@ to_tsquery('simple'::regconfig, %s) AND {is_wanted} LIMIT {limit}",
}
KEYS_SQL = {"sqlite": "IN (SELECT value FROM json_each(%s))", "postgresql": "= ANY(%s)"}


def build_lookup_sql(lookup: Lookup, statuses: Sequence[str]) -> tuple[str, list[Any]]:
    """Return a query for the keys that a lookup finds, and its parameters.

    The first condition is met by an index and read up to a bound; what else is wanted is examined in what it finds.
    """
    table = lookup.model._meta.db_table
    status_list = ", ".join(["%s"] * len(statuses))
    is_wanted = f"s.status IN ({status_list})"
    groups = list(lookup.groups)
    is_single = len(groups) + bool(lookup.terms) == 1
    limit = MAX_HOLDERS + 1 if is_single else MAX_EXAMINED
    if lookup.terms:
        build_query = {"sqlite": build_sqlite_query, "postgresql": build_postgres_terms}[get_connection().vendor]
        operator = {"sqlite": " AND ", "postgresql": " & "}[get_connection().vendor]
        template = TEXT_SQL[get_connection().vendor]
        sql = template.format(table=table, index=index_name(lookup.model), is_wanted=is_wanted, limit=limit)
        parameters = [build_query(lookup.terms, operator)]
    else:
        names, parameters = build_naming_sql(lookup.model, groups.pop(0))
        sql = f'SELECT s.id FROM "{table}" s WHERE ({names}) AND {is_wanted} LIMIT {limit}'  # noqa: S608
    parameters += statuses
    for group in groups:
        names, values = build_naming_sql(lookup.model, group)
        sql = f'SELECT s.id FROM "{table}" s WHERE s.id IN ({sql}) AND ({names})'  # noqa: S608
        parameters += values
    return (sql if is_single else f"{sql} LIMIT {MAX_HOLDERS + 1}"), parameters


def find_relations(model: type[Record], group: Mapping[type[Entry], Sequence[int]]) -> list[Any]:
    """Return the fields of a model that may refer to an entry of a group."""
    if not issubclass(model, Statement):
        return []
    return [relation for relation in model.entry_fields() if group.get(relation.related_model)]


def build_naming_sql(model: type[Record], group: Mapping[type[Entry], Sequence[int]]) -> tuple[str, list[Any]]:
    """Return a condition for records, as `s`, that name an entry of a group, and its parameters."""
    encode = json.dumps if get_connection().vendor == "sqlite" else list
    keys_sql = KEYS_SQL[get_connection().vendor]
    conditions, parameters = [], []
    for relation in find_relations(model, group):
        if relation.many_to_many:
            through = relation.remote_field.through._meta.db_table
            own, other = relation.m2m_column_name(), relation.m2m_reverse_name()
            conditions.append(f's.id IN (SELECT "{own}" FROM "{through}" WHERE "{other}" {keys_sql})')  # noqa: S608
        else:
            conditions.append(f's."{relation.column}" {keys_sql}')
        parameters.append(encode(group[relation.related_model][:MAX_NAMED]))
    return " OR ".join(conditions), parameters
