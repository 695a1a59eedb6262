"""Queries and writes over many records at once, which tell what they write."""

from django.db import models, transaction
from django.dispatch import Signal

from kb.choices import Status

BATCH_SIZE = 500  # Rows that are brought in step at a time.
pre_bulk_write, post_bulk_write = Signal(), Signal()  # Rows in bulk, for which Django itself sends none.


class VersionedQuerySet(models.QuerySet):
    """Writes in bulk that are told, so that what follows from a row, its history too, follows every way of writing."""

    def update(self, **kwargs):
        pre_bulk_write.send(self.model)
        self._for_write = True
        with transaction.atomic(using=self.db):
            keys = list(self.order_by().values_list("pk", flat=True))  # First: the change may move them elsewhere.
            count = super().update(**kwargs)
            self.after_bulk_write(keys, kwargs)
            post_bulk_write.send(self.model, keys=keys)
        return count

    update.alters_data = True

    def bulk_create(self, objs, *args, **kwargs):
        pre_bulk_write.send(self.model)
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            keys = [record.pk for record in created if record.pk]
            self.after_bulk_write(
                keys if kwargs.get("update_conflicts") else []
            )  # The others were derived as they came.
            post_bulk_write.send(self.model, keys=keys)
        return created

    bulk_create.alters_data = True

    def after_bulk_write(self, keys, changed=None):
        """Bring in step what follows from these rows, of which some columns (or any) were changed."""


class RecordQuerySet(VersionedQuerySet):
    """Queries that every record answers."""

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def public(self):
        """What the world may see: published records."""
        return self.filter(status=Status.PUBLISHED)

    def with_related(self, fields=None):
        """Fetch what the API shows of these records (or only the named fields of it) in a fixed number of queries."""
        shown = [f for f in self.model.relation_fields() if fields is None or f.name in fields]
        return self.select_related(*(f.name for f in shown if f.many_to_one)).prefetch_related(
            *("citations__source" if f.name == "citations" else f.name for f in shown if f.many_to_many)
        )

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        for record in objs:
            record.set_derived_columns()
        return super().bulk_create(objs, *args, **kwargs)

    bulk_create.alters_data = True

    def after_bulk_write(self, keys, changed=None):
        if changed is None or changed.keys() & {*self.model.text_fields(), *self.model.derived}:
            for start in range(0, len(keys), BATCH_SIZE):
                everything = self.model._default_manager.using(self.db)
                everything.filter(pk__in=keys[start : start + BATCH_SIZE]).refresh_derived_columns()

    def refresh_derived_columns(self):
        """Bring the derived columns in step with what they are derived from; writes the rows that differ."""
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
