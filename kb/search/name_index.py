"""The names of all entries in memory: which entries a name, its beginning or a word of it belongs to."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property

from kb.models import Entry, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey, depends_on
from kb.search.phrases import Term
from kb.utils.text_analysis import tokenize

MAX_PREFIX_MATCHES = 8  # Entries; the beginning of more names than that does not name any of them.
KeysByModel = dict[type[Entry], list[int]]


@depends_on(lambda: concrete_models(Entry))
class NameIndex:
    """The names of all entries, drafts and retired ones included, as stems, for one state of the data.

    It is derived from the hierarchies (`EntryHierarchies.derive`): a query for each model of entries.
    """

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        self.statuses: dict[EntryKey, str] = {}
        self.by_name: defaultdict[str, list[EntryKey]] = defaultdict(list)
        self.by_word: defaultdict[str, list[EntryKey]] = defaultdict(list)
        self.vocabularies: dict[frozenset[str], Counter[str]] = {}
        for model in concrete_models(Entry):
            rows = model._default_manager.order_by().values_list("pk", "status", "search_index")
            for pk, status, index_text in rows:
                self.statuses[model, pk] = status
                names = [name for name in index_text.partition("|")[0].split("\n") if name]
                for name in dict.fromkeys(names):
                    self.by_name[name].append((model, pk))
                for word in {word for name in names for word in name.split()}:
                    self.by_word[word].append((model, pk))

    @cached_property
    def sorted_names(self) -> list[str]:
        return sorted(self.by_name)

    @cached_property
    def sorted_words(self) -> list[str]:
        return sorted(self.by_word)

    def find_named(self, name: str, statuses: Collection[str]) -> KeysByModel:
        """Return the entries in one of these states that have a name, given as stems."""
        return group_keys(key for key in self.by_name.get(name, ()) if self.statuses[key] in statuses)

    def find_by_beginning(self, name: str, statuses: Collection[str]) -> KeysByModel:
        """Return the entries of which one or more whole words begin a longer name; none if they are many."""
        found: set[EntryKey] = set()
        for longer in iterate_with_prefix(self.sorted_names, f"{name} "):
            found.update(key for key in self.by_name[longer] if self.statuses[key] in statuses)
            if len(found) > MAX_PREFIX_MATCHES:
                return {}
        return group_keys(found)

    def find_by_term(self, term: Term) -> set[EntryKey]:
        """Return the entries, in whatever state, with a term in a name."""
        words = {term.stem, *term.meanings}
        if term.is_prefix:
            words.update(iterate_with_prefix(self.sorted_words, term.stem))
        return {key for word in words for key in self.by_word.get(word, ())}

    def count_words(self, statuses: frozenset[str]) -> Counter[str]:
        """Return how often each word is in the names of entries in these states, not stemmed, to correct spelling."""
        if statuses not in self.vocabularies:
            self.vocabularies[statuses] = Counter(
                word
                for model in concrete_models(Entry)
                for index in model._default_manager.filter(status__in=statuses).values_list("name_index", flat=True)
                for word in tokenize(index)
                if len(word) > 2
            )
        return self.vocabularies[statuses]


def group_keys(keys: Iterable[EntryKey]) -> KeysByModel:
    """Return the keys of entries by their models, in their order."""
    grouped: KeysByModel = {}
    for model, key in keys:
        grouped.setdefault(model, []).append(key)
    return grouped


def iterate_with_prefix(ordered: Sequence[str], prefix: str) -> Iterator[str]:
    """Yield those of some texts, given in order, that begin with a prefix."""
    for index in range(bisect_left(ordered, prefix), len(ordered)):
        if not ordered[index].startswith(prefix):
            return
        yield ordered[index]
