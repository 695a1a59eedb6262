"""How much a search reads: a bounded number of queries and of candidates, found by the full-text indexes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.models import Entry, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.search import candidates, fulltext, postings, ranking
from kb.search.cross_search import PUBLIC_STATUSES, build_finder, search
from kb.search.fulltext import search_full_text
from kb.search.phrases import Term
from kb.search.postings import Lookup, build_lookup_sql
from symptoms.models import RedFlag, SideEffect, Symptom
from treatments.models import Treatment

MODELS = [*concrete_models(Entry), *concrete_models(Statement)]
PHRASES = [
    "ache",
    "brandol bone ache",
    "brandul",
    "zzyq",
    "drug pain night morning",
    "a1 b2 c3 d4 e5 f6 g7 h8 i9 j1 k2",
]


def make_effects(universe, count, text="It comes at night, number {}."):
    """Make side effects of the drug, each with a narrower symptom of its own."""
    drug, pain = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="pain")
    for number in range(count):
        symptom = universe.make(Symptom, f"narrow-{number:02}", name=f"Narrow pain {number:02}", parents=[pain])
        slug, sentence = f"said-{number:02}", text.format(f"{number:02}")
        universe.make_statement(SideEffect, slug, treatment=drug, symptom=symptom, effect="causes", text=sentence)


def drop_status_indexes(model):
    """Drop what leads to all public records until the test ends: of few, PostgreSQL would rather read those."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            names = [index.name for index in model._meta.indexes if "status" in index.fields]
            condition = "indrelid = %s::regclass AND (indpred IS NOT NULL OR indexrelid::regclass::text = ANY(%s))"
            query = f"SELECT indexrelid::regclass FROM pg_index WHERE {condition}"  # noqa: S608
            cursor.execute(query, [model._meta.db_table, names])
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX {name}")


@pytest.fixture
def few(monkeypatch):
    """Bounds that a small universe reaches: 4 records of a kind for each word, 3 hits of a kind."""
    for module in (postings, ranking):
        monkeypatch.setattr(module, "MAX_HOLDERS", 4)
    for module in (candidates, ranking):
        monkeypatch.setattr(module, "MAX_CANDIDATES", 3)


def count_queries(phrase, hierarchies):
    with CaptureQueriesContext(connection) as queries:
        search(phrase, hierarchies)
    return len(queries)


@pytest.mark.usefixtures("universe")
class TestQueries:
    """Numbers of queries."""

    def test_a_search_takes_one_query_once_the_records_are_read(self):
        kept = EntryHierarchies()
        for phrase in PHRASES:
            search(phrase, kept)
        # A second one where the phrase is corrected and looked up again.
        assert {phrase: count_queries(phrase, kept) for phrase in PHRASES} == dict.fromkeys(PHRASES, 1) | {"brandul": 2}

    def test_their_number_grows_neither_with_words_nor_with_records(self, universe):
        many = 4 * len(MODELS)
        before = [count_queries(phrase, EntryHierarchies()) for phrase in PHRASES]
        make_effects(universe, 20)
        after = [count_queries(phrase, EntryHierarchies()) for phrase in PHRASES]
        assert max(before) <= many
        assert max(after) <= max(before)

    def test_a_crowded_phrase_takes_one_query_more(self, universe, few):
        make_effects(universe, 12)
        kept = EntryHierarchies()
        search("night comes", kept)
        assert count_queries("night comes", kept) == 2


@pytest.mark.usefixtures("universe", "few")
class TestBounds:
    """Where more records match than are read."""

    def test_what_few_records_hold_is_found_beside_what_many_hold(self, universe):
        make_effects(universe, 12)
        SideEffect.objects.filter(slug="said-11").update(text="It comes at night, a quincunx.")
        for phrase in ("night quincunx", "drug quincunx", "quincunx night comes drug"):
            result = search(phrase)
            assert "said-11" in [hit.slug for hit in result.hits], phrase
            assert not result.is_truncated, phrase

    def test_of_what_too_many_hold_no_more_are_ranked_than_are_listed_and_the_result_says_so(self, universe):
        make_effects(universe, 12)
        result = search("night")
        assert len([hit for hit in result.hits if hit.model is SideEffect]) == 3
        assert result.is_truncated
        assert len(build_finder("night", EntryHierarchies(), PUBLIC_STATUSES).find_matches()[SideEffect]) == 3

    def test_where_more_match_than_are_listed_the_result_says_so(self, universe):
        make_effects(universe, 4)
        assert build_finder("night", EntryHierarchies(), PUBLIC_STATUSES).is_truncated is False
        assert search("night").is_truncated

    def test_statements_on_what_is_named_itself_come_before_those_on_its_kinds(self, universe):
        make_effects(universe, 12)
        drug, pain = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="pain")
        universe.make_statement(SideEffect, "on-pain-itself", treatment=drug, symptom=pain, effect="causes")
        for phrase in ("pain", "drug pain"):
            result = search(phrase)
            assert result.is_truncated, phrase
            assert next(hit.slug for hit in result.hits if hit.model is SideEffect) == "on-pain-itself", phrase

    def test_words_that_many_records_hold_are_found_where_they_stand_together(self, universe):
        make_effects(universe, 6, "Alpha stands here, number {}.")
        drug = Treatment.objects.get(slug="drug")
        for number, text in enumerate(["Beta stands here."] * 6 + ["Alpha and beta stand here."]):
            symptom = universe.make(Symptom, f"other-{number}", name=f"Other {number}")
            slug, sentence = f"beta-{number}", f"{text} {number}"
            universe.make_statement(SideEffect, slug, treatment=drug, symptom=symptom, effect="causes", text=sentence)
        assert "beta-6" in [hit.slug for hit in search("alpha beta").hits]

    def test_a_result_with_all_hits_does_not_say_that_there_are_more(self):
        assert not search("brandol").is_truncated
        assert not search("zzyqxw").is_truncated

    def test_the_answer_says_so(self, universe, get_json):
        assert get_json("search/", q="brandol")["truncated"] is False
        make_effects(universe, 12)
        assert get_json("search/", q="night")["truncated"] is True


@pytest.mark.usefixtures("universe")
class TestLists:
    """`search` of a list."""

    def test_where_too_many_match_all_are_listed_by_slug(self, universe, monkeypatch):
        make_effects(universe, 5, "Noon comes before night, number {}.")
        SideEffect.objects.filter(slug="said-04").update(text="A night noon.")
        by_rank = [effect.slug for effect in search_full_text(SideEffect.objects.all(), "night noon")]
        assert by_rank[0] == "said-04"
        monkeypatch.setattr(fulltext, "MAX_RANKED", 4)
        by_slug = [effect.slug for effect in search_full_text(SideEffect.objects.all(), "night noon")]
        assert by_slug == sorted(by_rank)

    def test_matches_are_counted_after_all_filters(self, universe, monkeypatch, get_json):
        make_effects(universe, 5, "Noon comes before night, number {}.")
        SideEffect.objects.filter(slug="said-04").update(text="A night noon.", frequency="rare")
        SideEffect.objects.filter(slug="said-03").update(frequency="rare")
        monkeypatch.setattr(fulltext, "MAX_RANKED", 4)
        found = get_json("side-effects/", search="night noon", frequency="rare")["results"]
        assert [effect["slug"] for effect in found] == ["said-04", "said-03"]

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="Only bm25 is computed for all that hold a word.")
    def test_where_too_many_hold_a_word_the_shorter_text_comes_first(self, universe, monkeypatch):
        make_effects(universe, 5)
        SideEffect.objects.filter(slug="said-04").update(text="A noon at night.")
        SideEffect.objects.filter(slug="said-03").update(text="A noon at night, or rather one of the nights.")
        monkeypatch.setattr(fulltext, "MAX_RANKED", 4)
        ranked = search_full_text(SideEffect.objects.all(), "noon night")
        assert [effect.slug for effect in ranked] == ["said-04", "said-03"]
        assert "bm25" not in str(ranked.query)


def explain(sql, parameters):
    """Return the plan of a query, as text."""
    prefix = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # So few rows are read faster without any index.
        cursor.execute(prefix + sql, parameters)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.django_db
class TestPlans:
    """By which index the candidates are found."""

    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
    def test_words_are_looked_up_in_the_full_text_index_up_to_a_bound(self, model):
        terms = (Term("bone", is_prefix=False, meanings=("ach",)), Term("pai", is_prefix=True))
        drop_status_indexes(model)
        sql, parameters = build_lookup_sql(Lookup(model, terms=terms), ["published"])
        plan = explain(sql, parameters)
        assert sql.endswith(f"LIMIT {postings.MAX_HOLDERS + 1}")
        if connection.vendor == "sqlite":
            first, second = plan.split("\n")
            assert "VIRTUAL TABLE INDEX" in first
            assert "USING INTEGER PRIMARY KEY" in second
            assert "ORDER BY" not in plan
        else:
            assert f"Index Scan on {fulltext.index_name(model)}" in plan
            assert plan.startswith("Limit")

    @pytest.mark.parametrize("model", [SideEffect, RedFlag])
    def test_what_names_an_entry_is_looked_up_by_its_key(self, model):
        group = {Symptom: [1, 2], Treatment: [3]}
        sql, parameters = build_lookup_sql(Lookup(model, groups=(group,)), ["published"])
        plan = explain(sql, parameters)
        assert sql.endswith(f"LIMIT {postings.MAX_HOLDERS + 1}")
        if connection.vendor == "sqlite":
            assert f"SCAN {model._meta.db_table}" not in plan
            assert "SCAN s\n" not in f"{plan}\n"
        else:
            assert "Index Scan" in plan

    def test_what_holds_several_things_is_examined_up_to_a_bound(self):
        lookup = Lookup(SideEffect, (Term("bone", is_prefix=False),), ({Symptom: [1]}, {Treatment: [2]}))
        sql, parameters = build_lookup_sql(lookup, ["published"])
        assert f"LIMIT {postings.MAX_EXAMINED})" in sql
        assert sql.endswith(f"LIMIT {postings.MAX_HOLDERS + 1}")
        assert explain(sql, parameters)
