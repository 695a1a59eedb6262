"""Full-text search in the database (SQLite FTS5 or PostgreSQL): queries, ranking, and upkeep of the indexes."""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connections, transaction
from django.db.models import Case, F, FloatField, Func, IntegerField, Q, Value, When
from django.db.models.expressions import RawSQL

from kb.models import Entry, Record, Statement, concrete_models
from kb.utils.text_analysis import stem, tokenize

MAX_PHRASE_LENGTH = 200  # Characters of a phrase; the rest is ignored.
MIN_PREFIX_LENGTH = 3  # Letters; a last word of that length matches as a prefix, since it may still be being typed.
SEARCH_VECTOR = SearchVector(
    "search_index", config="simple"
)  # PostgreSQL uses the index only for this exact expression.


@dataclass(frozen=True)
class Term:
    """The stem of a search word, and those that count as the same; with `is_prefix`, it matches longer words too."""

    stem: str
    is_prefix: bool
    meanings: tuple[str, ...] = ()

    @property
    def name_pattern(self):
        """A regular expression for index texts with the term in a name: before the “|” of `build_index_text`."""
        words = "|".join([self.stem + ("" if self.is_prefix else r"\s"), *(rf"{stem}\s" for stem in self.meanings)])
        return rf"^[^|]*\s({words})"

    @cached_property
    def word_patterns(self):
        """Texts one of which is in a text of words, with a space before and after each, that holds the term."""
        return f" {self.stem}" + ("" if self.is_prefix else " "), *(f" {stem} " for stem in self.meanings)

    @property
    def name_filter(self):
        """A condition for records with the term in a name."""
        return Q(search_index__regex=self.name_pattern)


@dataclass
class Phrase:
    """A search phrase: its words as they were typed, their stems, and the distinct terms to search for."""

    text: str
    words: list[str] = field(init=False)
    stems: list[str] = field(init=False)
    terms: list[Term] = field(init=False)

    def __post_init__(self):
        self.words = tokenize(self.text[:MAX_PHRASE_LENGTH])
        self.stems = [stem(word) for word in self.words]
        self.terms = [
            Term(stem, is_prefix=stem == self.stems[-1] and len(stem) >= MIN_PREFIX_LENGTH)
            for stem in dict.fromkeys(self.stems)
        ]

    def require_whole_words(self):
        """Match the last word as a whole word, not as a prefix."""
        self.terms = [replace(term, is_prefix=False) for term in self.terms]

    def add_meanings(self, find_meanings):
        """Let each word also match the stems that a function returns for its own."""
        self.terms = [replace(term, meanings=tuple(find_meanings(term.stem))) for term in self.terms]


def search_full_text(queryset, phrase):
    """Return the records that hold every word of a phrase, best match first, annotated with `rank` and `relevance`."""
    phrase = Phrase(phrase)
    if not phrase.terms:
        return queryset.none()
    return order_by_relevance(queryset.filter(match_all_terms(queryset.model, phrase.terms)), phrase)


def match_all_terms(model, terms, entries_by_term=None):
    """Return a condition for records that have each term, in their own texts or in a name of an entry they refer to.

    `entries_by_term` is what `find_entries_by_term` returned for these terms, if it was called already.
    """
    relations = model.entry_fields() if issubclass(model, Statement) else []
    if entries_by_term is None and relations:
        entries_by_term = find_entries_by_term(terms)
    all_terms = Q()
    for term in terms:
        has_term = Q(pk__in=select_ids_with_terms(model, [term]))
        for relation in relations:
            has_term |= match_relation(model, relation, entries_by_term[term].get(relation.related_model, ()))
        all_terms &= has_term
    return all_terms


def match_relation(model, relation, entry_ids):
    """Return a condition for records of a model that refer to one of these entries by a relation."""
    if not entry_ids:
        return Q(pk__in=[])
    refers = Q(**{f"{relation.name}__in": entry_ids})
    if relation.many_to_many:  # A subquery, since a join would repeat records.
        return Q(pk__in=model.objects.filter(refers).order_by().values("pk"))
    return refers


def find_entries_by_term(terms):
    """Map each term to the keys of the entries that have it in a name, by their model (a query for each model)."""
    found = {term: {} for term in terms}
    for model in concrete_models(Entry) if terms else ():
        entries = model.objects.filter(pk__in=select_ids_with_terms(model, terms, is_any=True)).order_by("pk")
        for pk, index_text in entries.values_list("pk", "search_index"):
            for term in terms:
                if re.match(term.name_pattern, index_text):
                    found[term].setdefault(model, []).append(pk)
    return found


def order_by_relevance(queryset, phrase):
    """Order by `rank`, the same on every database, then by the `relevance` that the database computes, then by slug."""
    stems, end = " ".join(phrase.stems), "" if phrase.terms[-1].is_prefix else " "
    conditions = [
        Q(search_index__startswith=f"\n{stems}\n"),  # The preferred name.
        Q(search_index__contains=f"\n{stems}\n"),  # Another name.
        Q(search_index__contains=f"\n{stems}{end}"),  # The beginning of a name.
        Q(*(term.name_filter for term in phrase.terms)),  # All words in names.
        Q(search_index__contains=f" {stems}{end}"),  # The phrase, word for word.
        Q(pk__in=select_ids_with_terms(queryset.model, phrase.terms)),  # All words, anywhere.
    ]
    return queryset.annotate(
        rank=Case(
            *(When(condition, then=Value(rank)) for rank, condition in enumerate(conditions)),
            default=Value(len(conditions)),
            output_field=IntegerField(),
        ),
        relevance=build_relevance(queryset, phrase.terms),
    ).order_by("rank", "-relevance", "slug")


def is_sqlite(queryset):
    return connections[queryset.db].vendor == "sqlite"


def select_ids_with_terms(model, terms, is_any=False):
    """Return a subquery for the keys of the records that have all terms, or any of them, in their own texts."""
    if is_sqlite(model.objects):
        name, query = index_name(model), build_sqlite_query(terms, " OR " if is_any else " AND ")
        # The interpolated name is that of a table; the query is a parameter.
        return RawSQL(f'SELECT rowid FROM "{name}" WHERE "{name}" MATCH %s', [query])  # noqa: S608, S611
    return (
        model.objects.annotate(held=SEARCH_VECTOR)
        .filter(held=build_postgres_query(terms, " | " if is_any else " & "))
        .order_by()
        .values("pk")
    )


def build_relevance(queryset, terms):
    """Return the database's own measure of relevance (bm25 or ts_rank) as an expression; higher is better."""
    if is_sqlite(queryset):
        name = index_name(queryset.model)
        return Func(
            Value(build_sqlite_query(terms, " OR ")),
            F("pk"),
            # The LIMIT keeps SQLite from flattening the subquery, so that it searches once, not once a row.
            template=f'COALESCE((SELECT score FROM (SELECT rowid AS held, -bm25("{name}") AS score FROM "{name}" '  # noqa: S608
            f'WHERE "{name}" MATCH %(expressions)s), 0.0)',
            arg_joiner=" LIMIT -1) WHERE held = ",
            output_field=FloatField(),
        )
    return SearchRank(SEARCH_VECTOR, build_postgres_query(terms, " | "))


def build_sqlite_query(terms, operator):
    def build_term_query(term):
        return " OR ".join([f'"{term.stem}"' + "*" * term.is_prefix, *(f'"{stem}"' for stem in term.meanings)])

    return operator.join(f"({build_term_query(term)})" for term in terms)


def build_postgres_terms(terms, operator):
    def build_term_query(term):
        return " | ".join([f"'{term.stem}'" + ":*" * term.is_prefix, *(f"'{stem}'" for stem in term.meanings)])

    return operator.join(f"({build_term_query(term)})" for term in terms)


def build_postgres_query(terms, operator):
    return SearchQuery(build_postgres_terms(terms, operator), config="simple", search_type="raw")


def index_name(model):
    """Return the name of the full-text table (SQLite) or index (PostgreSQL) of a model."""
    return f"{model._meta.db_table}_words"


def sync_search_indexes(app_config, using, apps=None, **kwargs):
    """Create missing full-text indexes of an app and refresh its derived columns: a handler of post_migrate."""
    for model in app_config.get_models():
        if issubclass(model, Record) and is_table_current(model, apps):
            with transaction.atomic(using=using):
                {"sqlite": sync_sqlite_index, "postgresql": sync_postgres_index}[connections[using].vendor](
                    model, using
                )
                model.objects.using(using).refresh_derived_columns()


def is_table_current(model, apps):
    """Return whether the table has all columns of the model; it lacks some after a migration backwards."""
    try:
        historical_model = model if apps is None else apps.get_model(model._meta.label)
    except LookupError:
        return False
    return {f.column for f in historical_model._meta.local_fields} >= {f.column for f in model._meta.local_fields}


def sync_sqlite_index(model, using):
    """Create the full-text table of a model and the triggers that keep it up to date, unless all exist.

    Called after every migration, since SQLite rebuilds a table, without its triggers, when a column is altered.
    """
    table, name = model._meta.db_table, index_name(model)
    add = f'INSERT INTO "{name}" (rowid, search_index) VALUES (new.id, new.search_index);'  # noqa: S608
    remove = f'INSERT INTO "{name}" ("{name}", rowid, search_index) VALUES (\'delete\', old.id, old.search_index);'  # noqa: S608
    triggers = {
        f"{name}_insert": f'AFTER INSERT ON "{table}" BEGIN {add} END',
        f"{name}_delete": f'AFTER DELETE ON "{table}" BEGIN {remove} END',
        f"{name}_update": f'AFTER UPDATE OF id, search_index ON "{table}" BEGIN {remove} {add} END',
    }
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master")
        if {name, *triggers} <= {row[0] for row in cursor.fetchall()}:
            return
        cursor.execute(
            f'CREATE VIRTUAL TABLE IF NOT EXISTS "{name}" '
            f'USING fts5(search_index, content="{table}", content_rowid="id")'
        )
        for trigger, action in triggers.items():
            cursor.execute(f'CREATE TRIGGER IF NOT EXISTS "{trigger}" {action}')
        cursor.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')')  # noqa: S608


def sync_postgres_index(model, using):
    """Create the full-text index of a model unless it exists; PostgreSQL keeps it up to date."""
    connection, name = connections[using], index_name(model)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [f'"{name}"'])
        missing = cursor.fetchone()[0]
    if missing:
        with connection.schema_editor() as editor:
            editor.add_index(model, GinIndex(SEARCH_VECTOR, name=name))
