"""Trees of entries in memory: the ancestors and descendants of each entry, by primary key."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from kb.models import Entry


class EntryTree:
    """The tree of one model of entries, drafts and retired ones included, as it was when it was read (one query).

    Every method counts an entry among its own ancestors and descendants, unless it says otherwise.
    """

    def __init__(self, model: type[Entry]) -> None:
        self.inherits = model.inherits
        entries: Any = model.objects.order_by()  # Any: the mypy plugin fails on the key of an abstract model.
        rows = list(entries.values_list("pk", "parent_id", "slug"))
        self.parents: dict[int, int | None] = {key: parent for key, parent, slug in rows}
        self.slugs: dict[int, str] = {key: slug for key, parent, slug in rows}
        self.children: defaultdict[int | None, list[int]] = defaultdict(list)
        for key, parent, _ in rows:
            self.children[parent].append(key)

    def get_self_and_ancestors(self, key: int | None) -> list[int]:
        """Return the key of an entry and of all above it, upwards; an empty list for None."""
        ancestors: list[int] = []
        while key is not None and key not in ancestors:
            ancestors.append(key)
            key = self.parents.get(key)
        return ancestors

    def get_ancestor_paths(self, keys: Iterable[int]) -> dict[int, list[str]]:
        """Map each of these entries and each class above them to the shortest path of slugs up to it."""
        paths: dict[int, list[str]] = {}
        for key in keys:
            slugs = []
            for ancestor in self.get_self_and_ancestors(key):
                slugs.append(self.slugs[ancestor])
                if ancestor not in paths or len(slugs) < len(paths[ancestor]):
                    paths[ancestor] = slugs[:]
        return paths

    def get_descendant_paths(self, keys: Collection[int]) -> dict[int, list[str]]:
        """Map everything below these entries, without themselves, to the path of slugs down to it."""
        paths = {}
        for member in self.get_self_and_descendants(keys).difference(keys):
            ancestors = self.get_self_and_ancestors(member)
            nearest = next(index for index, key in enumerate(ancestors) if key in keys)
            paths[member] = [self.slugs[key] for key in reversed(ancestors[: nearest + 1])]
        return paths

    def get_self_and_descendants(self, keys: Iterable[int]) -> set[int]:
        """Return these keys and those of everything below them."""
        descendants: set[int] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in descendants:
                descendants.add(key)
                waiting += self.children[key]
        return descendants

    def get_ancestors_and_descendants(self, keys: Collection[int]) -> set[int]:
        """Return these keys, those of everything above them and those of everything below them."""
        return self.get_self_and_descendants(keys).union(*map(self.get_self_and_ancestors, keys))

    def get_answering_entries(self, keys: Collection[int], vital: bool = False) -> set[int]:
        """Return the entries by which a statement that names one of them answers about one of these.

        These are the classes of an entry where members inherit, else its kinds; for a vital statement (a red flag)
        both its kinds and the broader entries.
        """
        if self.inherits:
            return set().union(*map(self.get_self_and_ancestors, keys))
        return self.get_ancestors_and_descendants(keys) if vital else self.get_self_and_descendants(keys)

    def get_answered_entries(self, key: int, vital: bool = False) -> set[int]:
        """Return the entries about which a statement that names this one answers: `get_answering_entries` reversed."""
        if self.inherits:
            return self.get_self_and_descendants({key})
        return self.get_ancestors_and_descendants({key}) if vital else set(self.get_self_and_ancestors(key))


class EntryTrees:
    """The trees that one request needs, each read from the database when it is first wanted and then kept."""

    def __init__(self) -> None:
        self._trees: dict[type[Entry], EntryTree] = {}

    def __getitem__(self, model: type[Entry]) -> EntryTree:
        if model not in self._trees:
            self._trees[model] = EntryTree(model)
        return self._trees[model]

    def find_ancestor_paths(self, entries: Sequence[Entry]) -> dict[int, list[str]]:
        """Map each of these entries of one model, and each class above them, to the path of slugs up to it."""
        return self[type(entries[0])].get_ancestor_paths([entry.pk for entry in entries]) if entries else {}

    def find_subtree_ids(self, entries: Sequence[Entry]) -> set[int]:
        """Return the keys of these entries of one model and of everything below them."""
        return self[type(entries[0])].get_self_and_descendants([entry.pk for entry in entries]) if entries else set()
