"""The one rule by which what is said of a class holds of its members, and on what basis an answer rests."""

from collections import defaultdict
from copy import copy
from dataclasses import dataclass, field

from django.db.models import TextChoices

from kb.choices import Population, Scope


class Basis(TextChoices):
    """On what an answer about an entry rests."""

    DIRECT = "direct", "Said of the entry itself"
    INHERITED = "inherited", "Said of a class that it belongs to"
    POSSIBLE = "possible", "Said of some members of a class that it belongs to, or of a member of it"


BASIS_BY_STRENGTH = [Basis.DIRECT, Basis.INHERITED, Basis.POSSIBLE]


@dataclass(frozen=True)
class Lineage:
    """What was asked about, and the fields in which a statement may name it or a class of it.

    `ancestor_paths`: for the key of the entry and of each class above it, the slugs from the entry up to that class.
    `descendant_paths`: the same for members, where statements about a member must reach a question about its class.
    """

    fields: tuple[str, ...]
    ancestor_paths: dict[int, list[str]]
    descendant_paths: dict[int, list[str]] = field(default_factory=dict)

    def infer_basis_and_path(self, statement):
        """The basis on which a statement answers, and the path to what it names: the strongest of its fields."""
        named = [getattr(statement, f"{name}_id", None) for name in self.fields]
        found = [
            (basis_of_path(path, statement.scope), path) for key in named if (path := self.ancestor_paths.get(key))
        ]
        found += [(Basis.POSSIBLE, path) for key in named if (path := self.descendant_paths.get(key))]
        return min(found, key=inference_sort_key, default=None)


def basis_of_path(path, scope):
    """On what it rests that a statement of this scope answers for an entry at the lower end of this path."""
    if len(path) == 1:
        return Basis.DIRECT
    return Basis.POSSIBLE if scope == Scope.SOME else Basis.INHERITED


def inference_sort_key(reason):
    """Strongest first: by basis, then by the distance to the class."""
    on, path = reason
    return BASIS_BY_STRENGTH.index(on), len(path)


def infer_basis_and_path(statement, lineages):
    """The basis and path on which a statement answers all that was asked: the weakest of its reasons."""
    found = [found for lineage in lineages if (found := lineage.infer_basis_and_path(statement))]
    return max(found, key=inference_sort_key, default=(None, None))


def filter_inheritable(said):
    """Of what is said of classes: what can be told of each member without telling for whom, or on what basis."""
    everybody = [Population.UNSTATED, Population.EVERYONE]
    return said.exclude(scope=Scope.SOME).filter(population__in=everybody)


def copy_with_lineages(statement, lineages):
    """The same statement, answering about these entries in its own way, apart from others in the same answer."""
    seen = copy(statement)
    seen.lineages = lineages
    return seen


def find_contesting_slugs(statement, lineages, rivals):
    """The slugs of rivals that are nearer to the entry asked about than an inherited statement.

    Tamoxifen is a hormonal therapy, and after the menopause its effect on bone is the opposite of its class: what the
    class is said to do stands in the answer, marked with what contests it.
    """
    on, via = infer_basis_and_path(statement, lineages)
    if on in {None, Basis.DIRECT}:
        return [] if on else None
    return [rival.slug for rival in rivals if len(infer_basis_and_path(rival, lineages)[1] or via) < len(via)]


class EntryTree:
    """One kind of entry as it stands now: what is above and below each, by keys."""

    def __init__(self, model):
        self.inherits = model.inherits
        rows = list(model.objects.order_by().values_list("pk", "parent_id", "slug"))
        self.parents = {key: parent for key, parent, slug in rows}
        self.slugs = {key: slug for key, parent, slug in rows}
        self.children = defaultdict(list)
        for key, parent, _ in rows:
            self.children[parent].append(key)

    def get_self_and_ancestors(self, key):
        """The key of an entry and of all above it, upwards."""
        found = []
        while key is not None and key not in found:
            found.append(key)
            key = self.parents.get(key)
        return found

    def get_ancestor_paths(self, keys):
        """For each of these entries and each class above them: the path of slugs up to it; the shortest of several."""
        found = {}
        for key in keys:
            slugs = []
            for above in self.get_self_and_ancestors(key):
                slugs.append(self.slugs[above])
                if above not in found or len(slugs) < len(found[above]):
                    found[above] = slugs[:]
        return found

    def get_descendant_paths(self, keys):
        """For everything under these entries: the path of slugs down to it."""
        found = {}
        for member in self.get_self_and_descendants(keys).difference(keys):
            line = self.get_self_and_ancestors(member)
            nearest = next(place for place, key in enumerate(line) if key in keys)
            found[member] = [self.slugs[key] for key in reversed(line[: nearest + 1])]
        return found

    def get_self_and_descendants(self, keys):
        """These keys and those of everything under them."""
        found, waiting = set(), list(keys)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += self.children[key]
        return found

    def get_ancestors_and_descendants(self, keys):
        """These keys, those of all that stands above them and of all that stands below them."""
        return self.get_self_and_descendants(keys).union(*map(self.get_self_and_ancestors, keys))

    def get_answering_entries(self, keys, vital=False):
        """The entries by which a statement answers about one of these: classes, or kinds; a vital one by any near."""
        if self.inherits:
            return set().union(*map(self.get_self_and_ancestors, keys))
        return self.get_ancestors_and_descendants(keys) if vital else self.get_self_and_descendants(keys)

    def get_answered_entries(self, key, vital=False):
        """The same from the other end: the entries about which a statement that names this one answers."""
        if self.inherits:
            return self.get_self_and_descendants({key})
        return self.get_ancestors_and_descendants({key}) if vital else set(self.get_self_and_ancestors(key))


def find_ancestor_paths(entries):
    """For each entry and each class above it: the path of slugs, nearest first; the shortest of several."""
    return EntryTree(type(entries[0])).get_ancestor_paths([entry.pk for entry in entries])


def find_subtree_ids(entries):
    """The keys of these entries and of everything under them."""
    return EntryTree(type(entries[0])).get_self_and_descendants([entry.pk for entry in entries]) if entries else set()
