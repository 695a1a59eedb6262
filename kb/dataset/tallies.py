"""Tallies of the public data by model: brought in step with the records that were written, or counted in full."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import models
from django.db.models import Max

from kb.dataset.record_rows import CountedRecord, compute_layout, count_records, counted_models
from kb.models.querysets import BATCH_SIZE
from kb.models.record_digests import DatasetTally, RecordDigest
from kb.utils.commutative_sum import EMPTY_SUM, add_digests

Tallies = dict[type[models.Model], DatasetTally]
COUNTED_COLUMNS = ("slug", "digest", "is_reviewed", "updated_at")
TALLY_COLUMNS = ("layout", "records", "reviewed", "newest", "digest_sum")


@dataclass
class Differences:
    """The rows of which something else was stored than what counts of them now, by key."""

    before: dict[int, CountedRecord] = field(default_factory=dict)
    after: dict[int, CountedRecord] = field(default_factory=dict)

    @property
    def keys(self) -> set[int]:
        return {*self.before, *self.after}

    @property
    def renamed_keys(self) -> set[int]:
        """The keys of the records that have another slug now: what refers to them is to be counted anew as well."""
        return {key for key, now in self.after.items() if key in self.before and self.before[key].slug != now.slug}


@dataclass
class Recount:
    """What a full count of a model came to, and what was stored of it otherwise."""

    tally: DatasetTally
    stale_records: int = 0
    renamed_keys: set[int] = field(default_factory=set)


def read_tallies() -> Tallies:
    """Return the stored tallies (one query), without those that are missing or made of other columns than now."""
    stored = {tally.model: tally for tally in DatasetTally.objects.all()}
    tallies = {model: stored.get(model._meta.label_lower) for model in counted_models()}
    return {model: tally for model, tally in tallies.items() if tally and tally.layout == compute_layout(model)}


def complete_tallies() -> Tallies:
    """Return the tallies of all models: those that are not stored are counted in full, for a later write to store."""
    tallies = read_tallies()
    return tallies | {model: recount(model).tally for model in counted_models() if model not in tallies}


def update_tally(model: type[models.Model], keys: Collection[int], tally: DatasetTally) -> set[int]:
    """Bring a tally, and what is stored of the rows with these keys, in step; return the keys of renamed records.

    The cost depends on the number of these keys alone. To be called in the transaction of the write, while it holds
    the lock of the revision.
    """
    renamed_keys: set[int] = set()
    has_changed = False
    for batch in split_into_batches(sorted(keys)):
        differences = find_differences(batch, read_stored(model, batch), count_records(model, batch))
        if differences.keys:
            add_to_tally(tally, differences.after.values(), differences.before.values())
            store_counted_records(model, differences)
            renamed_keys |= differences.renamed_keys
            has_changed = True
    if has_changed:
        save_tally(tally)
    return renamed_keys


def recount(model: type[models.Model], *, store: bool = False) -> Recount:
    """Count all rows of a model, a batch at a time; compare with what is stored of them, and store it if told so."""
    tally = DatasetTally(
        model=model._meta.label_lower, layout=compute_layout(model), records=0, reviewed=0, digest_sum=EMPTY_SUM
    )
    result = Recount(tally)
    for batch in iterate_keys(model):
        counted = count_records(model, batch)
        differences = find_differences(batch, read_stored(model, batch), counted)
        add_to_tally(tally, counted.values(), ())
        dates = [tally.newest, *(row.updated_at for row in counted.values())]
        tally.newest = max(filter(None, dates), default=None)
        result.stale_records += len(differences.keys)
        result.renamed_keys |= differences.renamed_keys
        if store:
            store_counted_records(model, differences)
    gone = RecordDigest.objects.filter(model=tally.model).exclude(key__in=model._default_manager.values("pk"))
    result.stale_records += gone.count()
    if store:
        gone.delete()
        save_tally(tally)
    return result


def find_disagreements() -> dict[type[models.Model], int]:
    """Count everything; map each model of which something else is stored to the number of its records that differ."""
    stored, disagreements = read_tallies(), {}
    for model in counted_models():
        result = recount(model)
        tallies = [
            [getattr(tally, column) for column in TALLY_COLUMNS] for tally in (stored.get(model), result.tally) if tally
        ]
        if result.stale_records or tallies[0] != tallies[-1] or model not in stored:
            disagreements[model] = result.stale_records
    return disagreements


def iterate_keys(model: type[models.Model]) -> Iterator[list[int]]:
    """Yield the primary keys of a model in ascending order, BATCH_SIZE at a time."""
    last, rows = 0, model._default_manager.order_by("pk").values_list("pk", flat=True)
    while batch := list(rows.filter(pk__gt=last)[:BATCH_SIZE]):
        yield batch
        last = batch[-1]


def split_into_batches(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), BATCH_SIZE):
        yield keys[start : start + BATCH_SIZE]


def read_stored(model: type[models.Model], keys: Collection[int]) -> dict[int, CountedRecord]:
    """Return what was counted of the rows with these keys when they were last written."""
    rows = RecordDigest.objects.filter(model=model._meta.label_lower, key__in=keys)
    return {key: CountedRecord(*counted) for key, *counted in rows.values_list("key", *COUNTED_COLUMNS)}


def find_differences(
    keys: Iterable[int], stored: dict[int, CountedRecord], counted: dict[int, CountedRecord]
) -> Differences:
    changed = [key for key in keys if stored.get(key) != counted.get(key)]
    return Differences(
        {key: stored[key] for key in changed if key in stored},
        {key: counted[key] for key in changed if key in counted},
    )


def add_to_tally(tally: DatasetTally, added: Iterable[CountedRecord], removed: Iterable[CountedRecord]) -> None:
    added, removed = [row for row in added if row.digest], [row for row in removed if row.digest]
    tally.records += len(added) - len(removed)
    tally.reviewed += sum(row.is_reviewed for row in added) - sum(row.is_reviewed for row in removed)
    tally.digest_sum = add_digests(tally.digest_sum, [r.digest for r in added], [r.digest for r in removed])


def store_counted_records(model: type[models.Model], differences: Differences) -> None:
    label = model._meta.label_lower
    if gone := differences.before.keys() - differences.after.keys():
        RecordDigest.objects.filter(model=label, key__in=gone).delete()
    RecordDigest.objects.bulk_create(
        [RecordDigest(model=label, key=key, **vars(row)) for key, row in differences.after.items()],
        update_conflicts=True,
        unique_fields=["model", "key"],
        update_fields=COUNTED_COLUMNS,
    )


def renew_model_marks(models_written: Collection[type[models.Model]]) -> None:
    """Give models of which records were written new marks: what was made of these records before is stale."""
    labels = [model._meta.label_lower for model in models_written]
    DatasetTally.objects.filter(model__in=labels).update(mark=uuid4())


def save_tally(tally: DatasetTally) -> None:
    """Store a tally in the place of the last one of its model."""
    stored = RecordDigest.objects.filter(model=tally.model)
    tally.newest = stored.aggregate(newest=Max("updated_at"))["newest"]  # An index leads to it.
    tally.pk = None
    DatasetTally.objects.bulk_create(
        [tally], update_conflicts=True, unique_fields=["model"], update_fields=TALLY_COLUMNS
    )
