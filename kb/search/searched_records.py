"""What search reads of a record to rank it, kept for each state of the data."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Value
from django.db.models.functions import Length

from kb.models import Record, Statement
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey
from kb.search.phrases import PhraseForms, Term
from kb.utils.bounded_dict import BoundedDict

NOT_ALL_WORDS = 6  # What `rank_relevance` returns for a record that lacks a word in its own texts.
MAX_SEARCHED_RECORDS = 10_000  # Of some 1 kB each.


@dataclass(frozen=True, slots=True)
class SearchedRecord:
    """A record as search sees it: its index text (`build_index_text`) and the entries that it names."""

    model: type[Record]
    pk: int
    slug: str
    index_text: str
    length: int  # Of its name or sentence, in characters.
    urgency: int
    entry_keys: tuple[EntryKey, ...]

    @property
    def words(self) -> str:
        """The stems of all its words, with a space before and after each."""
        return self.index_text.replace("\n", " ")

    @property
    def name_words(self) -> str:
        """The stems of the words of its names, with a space before and after each."""
        return self.index_text.partition("|")[0].replace("\n", " ")

    def rank_relevance(self, terms: Sequence[Term], forms: PhraseForms) -> int:
        """Return how well it fits a phrase, as `order_by_relevance` ranks it on every database."""
        text = self.index_text
        if not text.startswith("\n|"):  # It has names.
            if forms.whole_name in text:
                return 0 if text.startswith(forms.whole_name) else 1
            if forms.name_beginning in text:
                return 2
            if holds_all(self.name_words, terms):
                return 3
        if forms.within_text in text:
            return 4
        return 5 if holds_all(self.words, terms) else NOT_ALL_WORDS

    def holds(self, term: Term, entries: Set[EntryKey]) -> bool:
        """Return whether it holds a term, or names one of these entries, which have it in a name."""
        return term.is_in(self.words) or not entries.isdisjoint(self.entry_keys)


def holds_all(words: str, terms: Iterable[Term]) -> bool:
    """Return whether all terms are among words that have a space before and after each."""
    return all(term.is_in(words) for term in terms)


class SearchedRecordCache(BoundedDict[Any, SearchedRecord]):
    """Searched records by model and key."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        super().__init__(MAX_SEARCHED_RECORDS)


def fetch_searched_records(
    model: type[Record], keys: Iterable[int], hierarchies: EntryHierarchies
) -> Iterable[SearchedRecord]:
    """Return what search reads of the records of a model with these keys."""
    cache = hierarchies.derive(SearchedRecordCache)
    return cache.get_all({(model, key): key for key in keys}, partial(read_searched_records, model)).values()


def read_searched_records(model: type[Record], keys: Collection[int]) -> Mapping[tuple[type[Record], int], Any]:
    """Read records from the database: a query, and one for each relation to many entries."""
    relations = model.entry_fields() if issubclass(model, Statement) else []
    single = [relation for relation in relations if not relation.many_to_many]
    entries: dict[int, list[EntryKey]] = {key: [] for key in keys}
    for relation in (relation for relation in relations if relation.many_to_many):
        own, other = relation.m2m_field_name(), relation.m2m_reverse_field_name()
        rows = relation.remote_field.through._default_manager.filter(**{f"{own}__in": keys})
        for key, entry_key in rows.order_by("pk").values_list(own, other):
            entries[key].append((relation.related_model, entry_key))
    text_field = "text" if issubclass(model, Statement) else "name"
    rows = (
        model._default_manager.filter(pk__in=keys)
        .order_by()
        .annotate(length=Length(text_field), urgency_rank=getattr(model, "urgency_order", Value(0)))
    )
    columns = ["pk", "slug", "search_index", "length", "urgency_rank", *(relation.attname for relation in single)]
    records = {}
    for pk, slug, index_text, length, urgency, *entry_keys in rows.values_list(*columns):
        named = [(field.related_model, key) for field, key in zip(single, entry_keys, strict=True) if key is not None]
        record = SearchedRecord(model, pk, slug, index_text, length, urgency, (*named, *entries[pk]))
        records[model, pk] = record
    return records
