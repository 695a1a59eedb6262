"""Indexes for the lists of statements, which are narrowed by the entries that a statement names."""

from typing import Any

from django.db import models
from django.db.models.signals import class_prepared


def add_page_indexes(sender: type[models.Model], **kwargs: Any) -> None:
    """Add an index for each field that names an entry, in the order of lists: no more is read than a page shows."""
    if hasattr(sender, "entry_fields") and not sender._meta.abstract:  # It is a kind of statement.
        fields = [f for f in sender._meta.fields if f.many_to_one and f.name != "replaced_by"]
        for index in (indexes := [models.Index(fields=[field.name, "status", "slug"]) for field in fields]):
            index.set_name_with_model(sender)
        sender._meta.indexes = [*sender._meta.indexes, *indexes]
        # makemigrations reads only the options that the model's own Meta names.
        sender._meta.original_attrs["indexes"] = sender._meta.indexes


def connect_signal_handlers() -> None:
    """Connect the handler that adds the indexes; to be called before the first kind of statement is defined."""
    class_prepared.connect(add_page_indexes)
