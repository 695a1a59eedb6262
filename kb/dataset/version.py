"""The version of the published data (a date and a digest of all public columns) and the number of records per model."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from kb.models import CitationCheck, Passage, Record, Revision, record_models

PASSAGE_KEY_FIELDS = ["source__slug", "section", "first_line", "last_line", "edition", "state"]


@dataclass(frozen=True)
class DatasetState:
    """The published data at one moment: their version, and the number of public records of each model."""

    version: str
    counts: dict[type[Record], int]
    checks_digest: str = ""  # Of the states of citations: readers see them, but they are no data.
    revision_mark: str | None = None  # `Revision.mark` when the state was read; None if nothing was ever written.

    @classmethod
    def read(cls) -> "DatasetState":
        """Read the state from the database.

        The version is the date of the newest change and a digest of every public column, relation and cited passage,
        serialised in the same way on every machine: any difference changes it. Derived columns are left out, since
        they follow from the others.
        """
        digest = hashlib.sha256()
        counts: dict[type[Record], int] = {}
        newest: datetime | None = None
        for model in record_models():
            public = model.objects.public().order_by()
            fields = [f for f in model._meta.fields if f.name not in {*model.derived, *model.internal}]
            columns = [f"{f.name}__slug" if f.is_relation else f.name for f in fields if not f.primary_key]
            records = list(public.values_list(*columns))
            tables: list[Iterable[Any]] = [records]
            for link in model._meta.many_to_many:
                key = ["slug"] if link.related_model is not Passage else PASSAGE_KEY_FIELDS
                tables.append(public.values_list("slug", *(f"{link.name}__{column}" for column in key)))
            for table in tables:
                rows = sorted(json.dumps(row, cls=DjangoJSONEncoder) for row in table)
                digest.update("\n".join([model._meta.label, *rows]).encode())
            counts[model] = len(records)
            dates = [row[columns.index("updated_at")] for row in records]
            newest = max(filter(None, [newest, *dates]), default=None)
        checks = sorted(CitationCheck.objects.order_by().values_list("kind__model", "digest", "state"))
        checks_digest = hashlib.sha256(json.dumps(checks).encode()).hexdigest()[:10] if checks else ""
        return cls(f"{newest:%Y.%m.%d}-{digest.hexdigest()[:10]}" if newest else "empty", counts, checks_digest)


# The latest state, by its revision mark. Only one is kept, since a mark is never used again.
STATE_CACHE: dict[str | None, DatasetState] = {}


def dataset_state() -> DatasetState:
    """Return the state of the published data; it is read again only if something was written since the last call."""
    while True:
        mark = Revision.objects.current_mark()
        if cached := STATE_CACHE.get(mark):
            return cached
        state = replace(DatasetState.read(), revision_mark=mark)
        if mark == Revision.objects.current_mark():  # Else the state may mix two versions.
            STATE_CACHE.clear()
            STATE_CACHE.update({mark: state} if mark else {})
            return state


def data_version() -> str:
    """Return the version of the published data, such as 2026.11.03-1a2b3c4d5e."""
    return dataset_state().version
