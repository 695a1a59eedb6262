"""Ancestries: which entries belong to which, directly or through others, derived from the parents of each entry."""

from collections import defaultdict
from collections.abc import Collection
from graphlib import TopologicalSorter
from typing import Any

from django.db import models


class AncestryQuerySet(models.QuerySet[Any]):
    """Reads the ancestries of one model of entries, and derives them anew."""

    def recompute(self, keys: Collection[int]) -> None:
        """Derive the ancestries of these entries and of everything below them from their parents.

        To be called in the transaction that wrote the entries or their parents.
        """
        below = self.filter(ancestor__in=keys).values_list("descendant", flat=True)
        parents: dict[int, set[int]] = {key: set() for key in {*keys, *below}}
        links, child, parent = self.get_links()
        for child_id, parent_id in links.filter(**{f"{child}__in": [*parents]}).values_list(child, parent):
            parents[child_id].add(parent_id)
        unaffected = set().union(*parents.values()).difference(parents)
        depths: defaultdict[int, dict[int, int]] = defaultdict(dict)  # By entry, then by ancestor.
        for key, ancestor, depth in self.filter(descendant__in=unaffected).values_list(*ANCESTRY_COLUMNS):
            depths[key][ancestor] = depth
        for key in TopologicalSorter(parents).static_order():
            if key in parents:
                depths[key][key] = 0
                for ancestor, depth in [item for parent in parents[key] for item in depths[parent].items()]:
                    depths[key][ancestor] = min(depth + 1, depths[key].get(ancestor, depth + 1))
        self.replace({(key, ancestor): depth for key in parents for ancestor, depth in depths[key].items()}, [*parents])

    recompute.alters_data = True

    def replace(self, depths: dict[tuple[int, int], int], keys: Collection[int]) -> None:
        """Make these the ancestries of the entries with these keys: the depth by descendant and ancestor."""
        missing, stale = dict(depths), []
        for row_id, *pair, depth in self.filter(descendant__in=keys).values_list("pk", *ANCESTRY_COLUMNS):
            if depths.get(tuple(pair)) == depth:
                del missing[tuple(pair)]
            else:
                stale.append(row_id)
        self.filter(pk__in=stale).delete()
        self.bulk_create(
            self.model(descendant_id=descendant, ancestor_id=ancestor, depth=depth)
            for (descendant, ancestor), depth in missing.items()
        )

    replace.alters_data = True

    def get_links(self) -> tuple[models.QuerySet[Any], str, str]:
        """Return the direct links between entries, and the names of their columns of the entry and of its parent."""
        field = self.model._meta.get_field("descendant").related_model._meta.get_field("parents")
        links = field.remote_field.through._default_manager.all()
        return links, f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"


ANCESTRY_COLUMNS = ("descendant", "ancestor", "depth")


class Ancestry(models.Model):
    """One entry belongs to another, directly or through others; each belongs to itself at depth 0.

    A subclass for each model of entries has the two foreign keys: `descendant`, with the related name `ancestor_rows`,
    and `ancestor`, with the related name `descendant_rows`.
    """

    depth = models.PositiveIntegerField(help_text="The least number of steps from the entry up to its ancestor.")

    objects = AncestryQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name_plural = "ancestries"
        constraints = [models.UniqueConstraint(fields=["descendant", "ancestor"], name="%(class)s_stands_once")]

    def __str__(self) -> str:
        return f"{self.descendant} › {self.ancestor}"
