"""Tallies of the records of a list by the values of a parameter, kept until something is written."""

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, F

from kb.dataset.counts import compute_query_key
from kb.dataset.revision_cache import RevisionCache
from kb.filters.orderings import COUNT_ORDERINGS
from kb.models.data_revision import in_versioned_transaction
from kb.utils.bounded_dict import BoundedDict

MAX_TALLIES, MAX_STORED_VALUES = 100, 5_000  # That a process keeps, and of each of them.


@dataclass(frozen=True)
class FacetValue:
    """What is shown of a value: as the parameter takes it, and its name; of a record its kind, too, and itself."""

    value: str
    name: str
    kind: str = ""
    record: Any = None


@dataclass
class Tally:
    """How many records there are of each value.

    `direct` counts those that have or name the value itself, `narrowed` those that the list has when it is narrowed to
    the value. A value is a text, or the model and the key of a record.
    """

    direct: Counter[Any] = field(default_factory=Counter)
    narrowed: Counter[Any] = field(default_factory=Counter)
    missing: int = 0  # How many have no value.
    slugs: dict[Any, str] = field(default_factory=dict)  # Of the records among the values.

    def add(self, value, count):
        """Count records with a value to which the list is narrowed by the value itself."""
        self.direct[value] += count
        self.narrowed[value] += count

    def list_values(self, ordering="-count"):
        """Return the values with both counts in an order; values that count alike in the order of their names."""
        rows = [(value, self.direct[value], self.narrowed[value]) for value in {**self.direct, **self.narrowed}]
        rows.sort(key=lambda row: self.slugs.get(row[0], row[0]), reverse=ordering == "-value")
        if ordering.endswith("value"):
            return rows
        column = COUNT_ORDERINGS.index(ordering.lstrip("-"))
        rows.sort(key=itemgetter(COUNT_ORDERINGS.index("narrowed")), reverse=True)
        return sorted(rows, key=itemgetter(column), reverse=ordering.startswith("-"))


def build_record_tally(model, named, narrowed):
    """Return the tally of records of a model, given both counts by their keys; under None what names none."""
    counters = [
        Counter({(model, key): n for key, n in counts.items() if key is not None}) for counts in (named, narrowed)
    ]
    return Tally(*counters, missing=named.get(None, 0))


def count_distinct(queryset, path, counted):
    """Return how many different things there are at one path for each value at another."""
    groups = queryset.order_by().annotate(facet_value=F(path)).values("facet_value")
    return dict(groups.annotate(records=Count(counted, distinct=True)).values_list("facet_value", "records"))


def make_tallies(_previous):
    return BoundedDict(MAX_TALLIES)


TALLIES_CACHE = RevisionCache(make_tallies)


def tally_facet(facet, queryset):
    """Return the Tally of a facet over a queryset: counted once for a state of the data."""
    if in_versioned_transaction.get():
        return facet.tally(queryset)
    try:
        key = compute_query_key(queryset), queryset.model, facet.name, facet.filterset.exact
    except EmptyResultSet:
        return Tally()
    tallies = TALLIES_CACHE.get()
    if (tally := tallies.get(key)) is None:
        tally = facet.tally(queryset)
        if len(tally.narrowed) <= MAX_STORED_VALUES:
            tallies.remember(key, tally)
    return tally
