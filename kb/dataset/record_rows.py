"""What is public of each record, as one canonical row: the same wherever the data are the same, and its digest."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from kb.choices import Status
from kb.models import CitationCheck, Passage, Record, record_models

FORMAT = 1  # To be raised where rows are written in another way, so that all digests are computed anew.
PASSAGE_KEY_FIELDS = ("source__slug", "section", "first_line", "last_line", "edition", "state")
CHECK_COLUMNS = {"kind": "kind__model", "digest": "digest", "state": "state"}


@dataclass(frozen=True)
class CountedRecord:
    """What counts of a record; of one that is not public, only its slug."""

    slug: str = ""
    digest: str = ""  # Of its public row.
    is_reviewed: bool = False
    updated_at: datetime | None = None


def counted_models() -> list[type[models.Model]]:
    """Return the models whose rows are counted: those of records, and the results of checks of citations."""
    return [*record_models(), CitationCheck]


def get_columns(model: type[models.Model]) -> dict[str, str]:
    """Map each public column to the lookup of its value: of a relation, the slug; derived columns follow from these."""
    if not issubclass(model, Record):
        return CHECK_COLUMNS
    left_out = {*model.derived, *model.internal}
    fields = [f for f in model._meta.fields if f.name not in left_out and not f.primary_key]
    return {f.name: f"{f.name}__slug" if f.is_relation else f.name for f in fields}


def get_link_columns(model: type[models.Model]) -> dict[str, list[str]]:
    """Map each many-to-many field to the lookups by which a row names what it leads to."""
    return {
        link.name: [
            f"{link.name}__{column}" for column in (PASSAGE_KEY_FIELDS if link.related_model is Passage else ("slug",))
        ]
        for link in model._meta.many_to_many
    }


def compute_layout(model: type[models.Model]) -> str:
    """Return a digest of how the rows of a model are written: digests of another layout cannot be compared."""
    return compute_digest([FORMAT, get_columns(model), get_link_columns(model)])


def compute_digest(value: Any) -> str:
    """Return the SHA-256 of a value as JSON, the keys of its objects in alphabetical order."""
    return hashlib.sha256(json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


def count_records(model: type[models.Model], keys: Collection[int]) -> dict[int, CountedRecord]:
    """Return what counts of the rows with these keys, as they are in the database; rows that are gone are left out."""
    columns, rows = get_columns(model), model._default_manager.filter(pk__in=keys).order_by()
    contents = {
        key: dict(zip(columns, values, strict=True)) for key, *values in rows.values_list("pk", *columns.values())
    }
    for name, lookups in get_link_columns(model).items():
        links: defaultdict[int, list[list[Any]]] = defaultdict(list)
        for key, *values in rows.filter(**{f"{name}__isnull": False}).values_list("pk", *lookups):
            links[key].append(values)
        for key, content in contents.items():
            content[name] = sorted(links[key])
    return {key: count_record(model, content) for key, content in contents.items()}


def count_record(model: type[models.Model], content: dict[str, Any]) -> CountedRecord:
    if not issubclass(model, Record):
        return CountedRecord(digest=compute_digest(content))
    if content["status"] != Status.PUBLISHED:
        return CountedRecord(content["slug"])
    is_reviewed = content["reviewed_on"] is not None
    return CountedRecord(content["slug"], compute_digest(content), is_reviewed, content["updated_at"])
