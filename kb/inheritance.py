"""The one rule by which what is said of a class holds of its members, and on what basis an answer rests."""

from dataclasses import dataclass

from django.db.models import Q, TextChoices

from kb.choices import Scope


class Basis(TextChoices):
    """On what an answer about an entry rests."""

    DIRECT = "direct", "Said of the entry itself"
    INHERITED = "inherited", "Said of a class that it belongs to"
    POSSIBLE = "possible", "Said of some members of a class that it belongs to"


STRENGTH = [Basis.DIRECT, Basis.INHERITED, Basis.POSSIBLE]


@dataclass(frozen=True)
class Lineage:
    """What was asked about, and the fields in which a statement may name it or a class of it.

    `paths` gives, for the key of the entry and of each class above it, the slugs from the entry up to that class.
    """

    fields: tuple[str, ...]
    paths: dict[int, list[str]]

    def reason(self, statement):
        """The basis on which a statement answers, and the path to what it names: the strongest of its fields."""
        found = [
            (self.basis(path, statement.scope), path)
            for field in self.fields
            if (path := self.paths.get(getattr(statement, f"{field}_id")))
        ]
        return min(found, key=strength, default=None)

    @staticmethod
    def basis(path, scope):
        if len(path) == 1:
            return Basis.DIRECT
        return Basis.POSSIBLE if scope == Scope.SOME else Basis.INHERITED


def strength(reason):
    """Strongest first: by basis, then by the distance to the class."""
    basis, path = reason
    return STRENGTH.index(basis), len(path)


def reason(statement, lineages):
    """The basis and path on which a statement answers all that was asked: the weakest of its reasons."""
    found = [found for lineage in lineages if (found := lineage.reason(statement))]
    return max(found, key=strength, default=(None, None))


def rivals(model, lineages):
    """What is said of the entries asked about and of their classes, in a kind of statement that can be contradicted."""
    if not model.opposites or not lineages:
        return []
    named = Q()
    for lineage in lineages:
        for field in lineage.fields:
            named |= Q(**{f"{field}__in": lineage.paths})
    return list(model.objects.public().filter(named))


def contested_by(statement, lineages, rivals):
    """The slugs of statements that say the opposite of an inherited one, nearer to the entry that was asked about.

    Tamoxifen is a hormonal therapy, and after the menopause its effect on bone is the opposite of its class: what the
    class is said to do stands in the answer, marked with what contests it.
    """
    basis, via = reason(statement, lineages)
    if basis in {None, Basis.DIRECT}:
        return [] if basis else None
    return [
        rival.slug
        for rival in rivals
        if rival.symptom_id == statement.symptom_id
        and rival.effect == statement.opposites.get(statement.effect)
        and len(reason(rival, lineages)[1] or via) < len(via)
    ]


def paths(entries):
    """For each entry and each class above it: the path of slugs, nearest first; the shortest of several."""
    model = type(entries[0])
    placed = model.objects.with_tree_fields().filter(pk__in=[entry.pk for entry in entries])
    lines = [list(reversed(entry.tree_path)) for entry in placed]
    slugs = dict(model.objects.filter(pk__in={pk for line in lines for pk in line}).values_list("pk", "slug"))
    found = {}
    for line in lines:
        for length, pk in enumerate(line, start=1):
            path = [slugs[above] for above in line[:length]]
            if pk not in found or len(path) < len(found[pk]):
                found[pk] = path
    return found


def subtree(entries):
    """The keys of these entries and of everything under them."""
    return {pk for entry in entries for pk in entry.descendants(include_self=True).values_list("pk", flat=True)}
