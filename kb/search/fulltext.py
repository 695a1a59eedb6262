"""Full-text search in the database (SQLite FTS5 or PostgreSQL): queries, ranking, and upkeep of the indexes."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connections, transaction
from django.db.models import Case, F, FloatField, Func, IntegerField, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length

from kb.models import Record, Shipment, Statement
from kb.reasoning.hierarchies import get_current_hierarchies
from kb.search.derived_columns import refresh_stale_columns
from kb.search.name_index import NameIndex, group_keys
from kb.search.phrases import Phrase

MAX_RANKED = 500  # Records of a list that are ranked; the time to rank more of them would grow with the data.
SEARCH_VECTOR = SearchVector(
    "search_index", config="simple"
)  # PostgreSQL uses the index only for this exact expression.


def search_full_text(queryset, phrase):
    """Return the records that hold every word of a phrase, best match first, as `order_by_relevance` does."""
    phrase = Phrase(phrase)
    return order_by_relevance(filter_by_phrase(queryset, phrase), phrase)


def filter_by_phrase(queryset, phrase, hierarchies=None):
    """Return the records that hold every word, in their own texts or in a name of an entry they refer to.

    `hierarchies` are those that the request has read already.
    """
    if not phrase.terms:
        return queryset.none()
    model = queryset.model
    relations = model.entry_fields() if issubclass(model, Statement) else []
    names = (hierarchies or get_current_hierarchies()).derive(NameIndex) if relations else None
    for term in phrase.terms:
        has_term = Q(pk__in=select_ids_with_terms(model, [term]))
        entries = group_keys(names.find_by_term(term)) if relations else {}
        for relation in relations:
            has_term |= match_relation(model, relation, entries.get(relation.related_model, ()))
        queryset = queryset.filter(has_term)
    return queryset


def match_relation(model, relation, entry_ids):
    """Return a condition for records of a model that refer to one of these entries by a relation."""
    if not entry_ids:
        return Q(pk__in=[])
    refers = Q(**{f"{relation.name}__in": entry_ids})
    if relation.many_to_many:  # A subquery, since a join would repeat records.
        return Q(pk__in=model.objects.filter(refers).order_by().values("pk"))
    return refers


def order_by_relevance(queryset, phrase):
    """Order by `rank`, the same on every database, then by the `relevance` that the database computes, then by slug.

    Where more than `MAX_RANKED` records match, none is left out, but all are ordered by slug.
    """
    if not phrase.terms or len(queryset.order_by().values_list("pk")[: MAX_RANKED + 1]) > MAX_RANKED:
        return queryset.order_by("slug")
    forms = phrase.forms
    conditions = [
        Q(search_index__startswith=forms.whole_name),  # The preferred name.
        Q(search_index__contains=forms.whole_name),  # Another name.
        Q(search_index__contains=forms.name_beginning),  # The beginning of a name.
        Q(*(term.name_filter for term in phrase.terms)),  # All words in names.
        Q(search_index__contains=forms.within_text),  # The phrase, word for word.
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


def is_common(queryset, terms):
    """Return whether more than `MAX_RANKED` records of the model hold some of these terms in their own texts."""
    name, limit = index_name(queryset.model), MAX_RANKED + 1
    sql = f'SELECT count(*) FROM (SELECT rowid FROM "{name}" WHERE "{name}" MATCH %s LIMIT {limit})'  # noqa: S608
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(sql, [build_sqlite_query(terms, " OR ")])
        return cursor.fetchone()[0] > MAX_RANKED


def build_relevance(queryset, terms):
    """Return the database's own measure of relevance (bm25 or ts_rank) as an expression; higher is better."""
    if is_sqlite(queryset):
        if is_common(
            queryset, terms
        ):  # It would be computed for each record that holds one, and the length is most of it.
            return -Length("search_index")
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
    records = [model for model in app_config.get_models() if issubclass(model, Record)]
    current = [model for model in records if is_table_current(model, apps)]
    sync_index = {"sqlite": sync_sqlite_index, "postgresql": sync_postgres_index}[connections[using].vendor]
    for model in current:
        with transaction.atomic(using=using):
            sync_index(model, using)
    refresh_stale_columns(app_config, current, using, can_keep=is_table_current(Shipment, apps))


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
