"""Full-text search by the engine of each database, which no way of writing leaves behind."""

from dataclasses import dataclass, field

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connections, transaction
from django.db.models import Case, F, FloatField, Func, IntegerField, Q, Value, When
from django.db.models.expressions import RawSQL

from kb.models import Record, Statement
from kb.utils.text_analysis import stem, tokenize

MAX_PHRASE_LENGTH = 200  # Of a phrase; no question is longer.
MIN_PREFIX_LENGTH = 3  # A last word of so many letters may go on: it is perhaps still being typed.
SEARCH_VECTOR = SearchVector("search_index", config="simple")  # The index and the queries must say the same.


@dataclass(frozen=True)
class Term:
    """The root of a word that is looked for; an open one may go on."""

    stem: str
    is_prefix: bool

    @property
    def name_filter(self):
        """Finds records that have it in a name: those stand before the mark."""
        return Q(search_index__regex=rf"^[^|]*\s{self.stem}" + ("" if self.is_prefix else r"\s"))


@dataclass
class Phrase:
    """What is looked for: its words as they were typed, and their roots."""

    text: str
    words: list[str] = field(init=False)
    stems: list[str] = field(init=False)
    terms: list[Term] = field(init=False)

    def __post_init__(self):
        self.words = tokenize(self.text[:MAX_PHRASE_LENGTH])
        self.stems = [stem(word) for word in self.words]
        self.terms = [
            Term(r, is_prefix=r == self.stems[-1] and len(r) >= MIN_PREFIX_LENGTH) for r in dict.fromkeys(self.stems)
        ]

    def require_whole_words(self):
        """Take the last word as it stands, not as the beginning of one."""
        self.terms = [Term(term.stem, is_prefix=False) for term in self.terms]


def search_full_text(queryset, phrase):
    """The records that hold every word of a phrase, the best match first, annotated with `rank` and `relevance`."""
    phrase = Phrase(phrase)
    if not phrase.terms:
        return queryset.none()
    return order_by_relevance(queryset.filter(match_all_terms(queryset.model, phrase.terms)), phrase)


def match_all_terms(model, terms):
    """Whether a record has each of these words, of its own or in a name of an entry that it speaks of."""
    every = Q()
    for term in terms:
        found = Q(pk__in=select_ids_with_terms(model, [term]))
        for relation in model.entry_fields() if issubclass(model, Statement) else []:
            entry = relation.related_model
            called = (
                entry.objects.filter(term.name_filter, pk__in=select_ids_with_terms(entry, [term]))
                .order_by()
                .values("pk")
            )
            named = Q(**{f"{relation.name}__in": called})
            found |= Q(pk__in=model.objects.filter(named).order_by().values("pk")) if relation.many_to_many else named
        every &= found
    return every


def order_by_relevance(queryset, phrase):
    """Best match first: by `rank`, the same on every database; then by its own `relevance`; then by slug."""
    words, end = " ".join(phrase.stems), "" if phrase.terms[-1].is_prefix else " "
    classes = [
        Q(search_index__startswith=f"\n{words}\n"),  # The preferred name.
        Q(search_index__contains=f"\n{words}\n"),  # Another name.
        Q(search_index__contains=f"\n{words}{end}"),  # The beginning of a name.
        Q(*(term.name_filter for term in phrase.terms)),  # All words in names.
        Q(search_index__contains=f" {words}{end}"),  # The phrase as it stands.
        Q(pk__in=select_ids_with_terms(queryset.model, phrase.terms)),  # All words, here and there.
    ]
    return queryset.annotate(
        rank=Case(
            *(When(match, then=Value(rank)) for rank, match in enumerate(classes)),
            default=Value(len(classes)),
            output_field=IntegerField(),
        ),
        relevance=build_relevance(queryset, phrase.terms),
    ).order_by("rank", "-relevance", "slug")


def is_sqlite(queryset):
    return connections[queryset.db].vendor == "sqlite"


def select_ids_with_terms(model, terms):
    """The keys of the records that have all of these words of their own."""
    if is_sqlite(model.objects):
        name = index_name(model)
        # The name is that of a table; the words are a parameter.
        return RawSQL(f'SELECT rowid FROM "{name}" WHERE "{name}" MATCH %s', [build_sqlite_query(terms, " AND ")])  # noqa: S608, S611
    return (
        model.objects.annotate(held=SEARCH_VECTOR)
        .filter(held=build_postgres_query(terms, " & "))
        .order_by()
        .values("pk")
    )


def build_relevance(queryset, terms):
    """How well a record answers, by the measure of the database; higher is better."""
    if is_sqlite(queryset):
        name = index_name(queryset.model)
        return Func(
            Value(build_sqlite_query(terms, " OR ")),
            F("pk"),
            # A limit keeps SQLite from searching again for each row; it looks the rows up in one result.
            template=f'COALESCE((SELECT score FROM (SELECT rowid AS held, -bm25("{name}") AS score FROM "{name}" '  # noqa: S608
            f'WHERE "{name}" MATCH %(expressions)s), 0.0)',
            arg_joiner=" LIMIT -1) WHERE held = ",
            output_field=FloatField(),
        )
    return SearchRank(SEARCH_VECTOR, build_postgres_query(terms, " | "))


def build_sqlite_query(terms, glue):
    return glue.join(f'"{term.stem}"' + "*" * term.is_prefix for term in terms)


def build_postgres_query(terms, glue):
    words = glue.join(f"'{term.stem}'" + ":*" * term.is_prefix for term in terms)
    return SearchQuery(words, config="simple", search_type="raw")


def index_name(model):
    """The table (SQLite) or index (PostgreSQL) in which the words of a kind of record are looked up."""
    return f"{model._meta.db_table}_words"


def sync_search_indexes(app_config, using, apps=None, **kwargs):
    """After any migration: the index of each kind of record stands, and its derived columns are what they should be."""
    for model in app_config.get_models():
        if issubclass(model, Record) and is_table_current(model, apps):
            with transaction.atomic(using=using):
                {"sqlite": sync_sqlite_index, "postgresql": sync_postgres_index}[connections[using].vendor](
                    model, using
                )
                model.objects.using(using).refresh_derived_columns()


def is_table_current(model, apps):
    """Whether the tables are as far as the models: not when somebody has migrated backwards."""
    try:
        there = model if apps is None else apps.get_model(model._meta.label)
    except LookupError:
        return False
    return {f.column for f in there._meta.local_fields} >= {f.column for f in model._meta.local_fields}


def sync_sqlite_index(model, using):
    """SQLite drops the triggers of a table whenever a migration alters a column; then the index would go stale."""
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
        for trigger, does in triggers.items():
            cursor.execute(f'CREATE TRIGGER IF NOT EXISTS "{trigger}" {does}')
        cursor.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')')  # noqa: S608


def sync_postgres_index(model, using):
    """PostgreSQL keeps an index in step by itself, once it is there."""
    connection, name = connections[using], index_name(model)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [f'"{name}"'])
        missing = cursor.fetchone()[0]
    if missing:
        with connection.schema_editor() as editor:
            editor.add_index(model, GinIndex(SEARCH_VECTOR, name=name))
