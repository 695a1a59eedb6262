"""QuerySets of models with a history: bulk writes send signals and recompute derived columns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar

from django.db import models, transaction
from django.dispatch import Signal

from kb.choices import Status

ModelT = TypeVar("ModelT", bound=models.Model, covariant=True)
BATCH_SIZE = 500  # Rows read or recomputed at a time.
pre_bulk_write, post_bulk_write = Signal(), Signal()  # Django sends no signals for bulk writes.


class VersionedQuerySet(models.QuerySet[ModelT]):
    """Sends signals for bulk writes, so that history, data version and derived columns follow every way of writing."""

    def update(self, **kwargs: Any) -> int:
        pre_bulk_write.send(self.model)
        self._for_write = True
        with transaction.atomic(using=self.db):
            keys = list(
                self.order_by().values_list("pk", flat=True)
            )  # Before the update, after which the filter may no longer match.
            count = super().update(**kwargs)
            self.after_bulk_write(keys, kwargs)
            post_bulk_write.send(self.model, keys=keys)
        return count

    update.alters_data = True

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[ModelT]:
        pre_bulk_write.send(self.model)
        with transaction.atomic(using=self.db):
            rows = self.model._default_manager.order_by("-pk").values_list("pk", flat=True)
            last_key = rows.first() or 0 if kwargs.get("ignore_conflicts") else None
            created = super().bulk_create(objs, *args, **kwargs)
            keys = [record.pk for record in created if record.pk]
            if last_key is not None:  # Django does not tell which rows it wrote if it ignores conflicts.
                keys = list(rows.filter(pk__gt=last_key))
            # Newly created rows got their derived columns in RecordQuerySet.bulk_create().
            self.after_bulk_write(keys if kwargs.get("update_conflicts") else [])
            post_bulk_write.send(self.model, keys=keys)
        return created

    bulk_create.alters_data = True

    def after_bulk_write(self, keys: Sequence[int], changed_columns: Mapping[str, Any] | None = None) -> None:
        """Update what depends on rows after a bulk write; `changed_columns` is None if any column may have changed."""


class RecordQuerySet(VersionedQuerySet[ModelT]):
    """Queries over records of one model."""

    def get_by_natural_key(self, slug: str) -> ModelT:
        return self.get(slug=slug)

    def public(self) -> Self:
        """Filter for published records, the only ones that the public sees."""
        return self.filter(status=Status.PUBLISHED)

    def not_retired(self) -> Self:
        """Filter out what no longer stands."""
        return self.exclude(status=Status.RETIRED)

    def with_related(self, fields: Collection[str] | None = None) -> Self:
        """Fetch the relations that the API shows (or only those in `fields`) in a fixed number of queries."""
        shown = [f for f in self.model.relation_fields() if fields is None or f.name in fields]
        return self.select_related(*(f.name for f in shown if f.many_to_one)).prefetch_related(
            *("citations__source" if f.name == "citations" else f.name for f in shown if f.many_to_many)
        )

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[ModelT]:
        objs = list(objs)
        for record in objs:
            record.set_derived_columns()
        return super().bulk_create(objs, *args, **kwargs)

    bulk_create.alters_data = True

    def after_bulk_write(self, keys: Sequence[int], changed_columns: Mapping[str, Any] | None = None) -> None:
        if changed_columns is None or changed_columns.keys() & {*self.model.text_fields(), *self.model.derived}:
            for start in range(0, len(keys), BATCH_SIZE):
                records = self.model._default_manager.using(self.db)
                records.filter(pk__in=keys[start : start + BATCH_SIZE]).refresh_derived_columns()

    def refresh_derived_columns(self) -> None:
        """Recompute the derived columns, and write the rows in which they differ."""
        plain, derived, last = models.QuerySet(self.model, using=self.db), self.model.derived, 0
        while batch := list(self.filter(pk__gt=last).order_by("pk")[:BATCH_SIZE]):
            stale = []
            for record in batch:
                before = [getattr(record, name) for name in derived]
                record.set_derived_columns()
                if before != [getattr(record, name) for name in derived]:
                    stale.append(record)
            plain.bulk_update(stale, derived)
            last = batch[-1].pk

    refresh_derived_columns.alters_data = True
