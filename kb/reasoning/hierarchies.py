"""Hierarchies of entries in memory: the ancestors and descendants of each entry, by primary key."""

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from kb.dataset.revision_cache import RevisionCache
from kb.dataset.version import ModelState, dataset_state
from kb.models import Entry, Record, concrete_models
from kb.models.data_revision import in_versioned_transaction

DerivedT = TypeVar("DerivedT")
FactoryT = TypeVar("FactoryT", bound=Callable[..., Any])
ModelStates: TypeAlias = Mapping[type[Record], ModelState]
EntryKey = tuple[type[Entry], int]  # The model and the primary key of an entry.


class LateSlugs(dict[int, str]):
    """The slugs of entries by key; that of an entry which is newer than the hierarchy is read when it is wanted."""

    def __init__(self, model: type[Entry]) -> None:
        super().__init__()
        self.model = model

    def __missing__(self, key: int) -> str:
        return self.model._default_manager.values_list("slug", flat=True).get(pk=key)


class EntryHierarchy:
    """The hierarchy of one model of entries, drafts and retired ones included, as it was when it was read (one query).

    Every method counts an entry among its own ancestors and descendants, unless it says otherwise. Every path is the
    shortest; of several, the one whose slugs come first, read upwards.
    """

    def __init__(self, model: type[Entry]) -> None:
        self.inherits = model.inherits
        self.slugs: dict[int, str] = LateSlugs(model)
        self.parents: defaultdict[int, list[int]] = defaultdict(list)  # In the order of their slugs.
        self.children: defaultdict[int, list[int]] = defaultdict(list)
        self._paths: dict[int, dict[int, list[int]]] = {}
        rows = model.ancestries().filter(depth__lte=1).values_list("ancestor__slug", "ancestor", "descendant")
        for slug, ancestor, descendant in sorted(rows):
            if ancestor == descendant:
                self.slugs[ancestor] = slug
            else:
                self.parents[descendant].append(ancestor)
                self.children[ancestor].append(descendant)

    def find_paths_up(self, key: int) -> dict[int, list[int]]:
        """Map an entry and each of its ancestors, the nearest first, to the path of keys up to it."""
        if key not in self._paths:
            paths = {key: [key]}
            for reached in (queue := [key]):
                for parent in self.parents[reached]:
                    if parent not in paths:
                        paths[parent] = [*paths[reached], parent]
                        queue.append(parent)
            self._paths[key] = paths
        return self._paths[key]

    def find_path_to_root(self, key: int) -> list[int]:
        """Return the path of keys from an entry up to the nearest one that belongs to no other."""
        return next(path for root, path in self.find_paths_up(key).items() if not self.parents[root])

    def iterate_breadcrumbs(self, key: int) -> Iterator[list[int]]:
        """Yield every path of keys from an entry that belongs to no other down to a parent of this one."""
        waiting = [[parent] for parent in reversed(self.parents[key])]
        while waiting:
            path = waiting.pop()
            waiting += [[parent, *path] for parent in reversed(self.parents[path[0]])]
            if not self.parents[path[0]]:
                yield path

    def get_self_and_ancestors(self, key: int | None) -> set[int]:
        """Return the key of an entry and of all above it; an empty set for None."""
        return set() if key is None else set(self.find_paths_up(key))

    def get_ancestors(self, keys: Collection[int]) -> set[int]:
        """Return the keys of all above these entries, without themselves."""
        return set().union(*map(self.get_self_and_ancestors, keys)).difference(keys)

    def find_nearest_ancestors(self, keys: Collection[int], wanted: Container[int]) -> list[int]:
        """Return, on each way up from these entries, the first one above them that is wanted, the nearest first."""
        nearest: list[int] = []
        level = dict.fromkeys(parent for key in keys for parent in self.parents[key])
        while level:
            nearest += [key for key in level if key in wanted and key not in nearest]
            level = dict.fromkeys(parent for key in level if key not in wanted for parent in self.parents[key])
        return nearest

    def get_ancestor_paths(self, keys: Iterable[int]) -> dict[int, list[str]]:
        """Map each of these entries and each class above them to the path of slugs up to it."""
        paths: dict[int, list[str]] = {}
        for key in keys:
            for ancestor, path in self.find_paths_up(key).items():
                slugs = self.get_slugs(path)
                paths[ancestor] = min(slugs, paths.get(ancestor, slugs), key=path_sort_key)
        return paths

    def get_descendant_paths(self, keys: Collection[int]) -> dict[int, list[str]]:
        """Map everything below these entries, without themselves, to the path of slugs down to it."""
        paths = {}
        for member in self.get_self_and_descendants(keys).difference(keys):
            path = next(path for ancestor, path in self.find_paths_up(member).items() if ancestor in keys)
            paths[member] = self.get_slugs(reversed(path))
        return paths

    def get_slugs(self, keys: Iterable[int]) -> list[str]:
        """Return the slugs of these entries, in their order."""
        return [self.slugs[key] for key in keys]

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
        return self.get_ancestors_and_descendants({key}) if vital else self.get_self_and_ancestors(key)


def path_sort_key(path: Sequence[str]) -> tuple[int, Sequence[str]]:
    """Order paths of slugs by their length, then by their slugs."""
    return len(path), path


# What `EntryHierarchies.derive` can keep over a write: the models on which it depends, by the factory.
FIND_DEPENDENCIES: dict[Any, Callable[[], Collection[type[Record]]]] = {}


def depends_on(find_models: Callable[[], Collection[type[Record]]]) -> Callable[[FactoryT], FactoryT]:
    """Declare that what a factory makes depends on the records of these models and on the hierarchies alone.

    It must not hold the hierarchies together, which hold what is derived from them: only those of single models.
    """

    def declare(factory: FactoryT) -> FactoryT:
        FIND_DEPENDENCIES[factory] = find_models
        return factory

    return declare


class EntryHierarchies:
    """The hierarchies of one state of the data, each read from the database when it is first wanted and then kept.

    Given those of the state before, they take what the writes since have not touched.
    """

    def __init__(self, previous: "EntryHierarchies | None" = None, states: ModelStates | None = None) -> None:
        self._states: ModelStates = states or {}
        self._hierarchies: dict[type[Entry], EntryHierarchy] = {}
        self._derived: dict[Any, Any] = {}
        if previous and states:
            entry_models = concrete_models(Entry)
            are_same = {model: states[model] == previous._states.get(model) for model in states}
            self._hierarchies = {
                model: hierarchy for model, hierarchy in previous._hierarchies.copy().items() if are_same[model]
            }
            if all(are_same[model] for model in entry_models):
                self._derived = {
                    factory: derived
                    for factory, derived in previous._derived.copy().items()
                    if factory in FIND_DEPENDENCIES and all(are_same[model] for model in FIND_DEPENDENCIES[factory]())
                }

    def __getitem__(self, model: type[Entry]) -> EntryHierarchy:
        if model not in self._hierarchies:
            self._hierarchies[model] = EntryHierarchy(model)
        return self._hierarchies[model]

    def derive(self, factory: "Callable[[EntryHierarchies], DerivedT]") -> DerivedT:
        """Return what `factory` makes of these hierarchies and of the data, made at most once."""
        if factory not in self._derived:
            self._derived[factory] = factory(self)
        derived: DerivedT = self._derived[factory]
        return derived


def renew_hierarchies(previous: EntryHierarchies | None) -> EntryHierarchies:
    """Return the hierarchies of the data as they are now, with what has not changed since those before were made."""
    if in_versioned_transaction.get():
        return EntryHierarchies()
    return EntryHierarchies(previous, dataset_state().model_states)


HIERARCHIES_CACHE = RevisionCache(renew_hierarchies)


def get_current_hierarchies() -> EntryHierarchies:
    """Return the hierarchies of the data as they are: those that were read before, unless something was written since.

    Inside a transaction that is still writing they are read anew and not kept: nobody else may see what they hold.
    """
    return HIERARCHIES_CACHE.get()
