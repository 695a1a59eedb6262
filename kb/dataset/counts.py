"""How many records match a query: counted once for a state of the data."""

import hashlib
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import QuerySet

from kb.dataset.revision_cache import RevisionCache
from kb.dataset.version import dataset_state
from kb.models import Record, record_models
from kb.models.data_revision import in_versioned_transaction
from kb.utils.bounded_dict import BoundedDict

MAX_COUNTS = 10_000  # Of queries whose counts a process keeps.
MANY_RECORDS = 5_000  # Of all kinds: to read so many of them takes some two seconds.


def make_counts(_previous: BoundedDict[bytes, int] | None) -> BoundedDict[bytes, int]:
    return BoundedDict(MAX_COUNTS)


COUNTS_CACHE = RevisionCache(make_counts)


def count_matching(queryset: QuerySet[Any]) -> int:
    """Return how many records match a query; of all published ones of a model without a query that grows with them."""
    if in_versioned_transaction.get():
        return queryset.count()
    try:
        key = compute_query_key(queryset)
    except EmptyResultSet:
        return 0
    counts = COUNTS_CACHE.get()
    if (count := counts.get(key)) is None:
        count = counts.remember(key, count_from_state(queryset.model, key) or queryset.count())
    return count


def count_from_state(model: type[Record], key: bytes) -> int | None:
    """Return how many records of a model are published if that is what a query asks for."""
    return dataset_state().counts[model] if key == compute_query_key(model.objects.public()) else None


def compute_query_key(queryset: QuerySet[Any]) -> bytes:
    """Return a digest of what a query asks for, whatever it fetches and in whichever order."""
    query = queryset.order_by().values("pk").query
    return hashlib.sha256(repr(query.sql_with_params()).encode()).digest()


def has_few_records(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Return whether all records are so few that a start can look at each of them."""
    rest = MANY_RECORDS
    for model in record_models():
        rest -= models.QuerySet(model, using=using).order_by()[: rest + 1].count()
        if rest < 0:
            return False
    return True
