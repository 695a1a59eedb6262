"""Through which class, or kind, a statement that was found speaks of what a phrase names."""

from collections.abc import Iterable, Mapping
from functools import cache

from kb.models import Entry, Statement
from kb.reasoning.hierarchies import EntryHierarchies


class ClassLinkFinder:
    """Says how statements that do not name what a phrase names (`SearchResult.named_ids`) speak of it all the same."""

    def __init__(self, named_ids: Mapping[type[Entry], Iterable[int]], hierarchies: EntryHierarchies) -> None:
        self.named_ids, self.hierarchies = named_ids, hierarchies
        self.read_names = cache(
            lambda model: dict(model.objects.filter(pk__in=named_ids[model]).values_list("pk", "name"))
        )

    def describe(self, statement: Statement) -> str:
        """Return sentences on the classes and kinds through which a statement was found; empty if it names all itself.

        The relations of the statement are read: they should have been fetched.
        """
        spoken_of: dict[type[Entry], dict[int, str]] = {}
        for entry in statement.entries():
            spoken_of.setdefault(type(entry), {})[entry.pk] = entry.name
        sentences = [
            sentence
            for model, keys in self.named_ids.items()
            for key in sorted(set(keys) - spoken_of.get(model, {}).keys())
            for sentence in self.describe_links(model, key, spoken_of.get(model, {}))
        ]
        return " ".join(dict.fromkeys(sentences))

    def describe_links(self, model: type[Entry], key: int, spoken_of: Mapping[int, str]) -> Iterable[str]:
        """Yield a sentence for each entry of a statement that is a class of the named entry `key`, or a kind of it."""
        hierarchy, name = self.hierarchies[model], self.read_names(model).get(key, "")
        for other, other_name in spoken_of.items():
            if other in hierarchy.get_self_and_ancestors(key):
                yield f"Said of {other_name}, to which {name} belongs."
            elif key in hierarchy.get_self_and_ancestors(other):
                yield f"Said of {other_name}, which belongs to {name}."
