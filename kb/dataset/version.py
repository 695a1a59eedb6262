"""Which version the published data are of: a digest of all that is public, and how many records there are."""

import hashlib
import json
from dataclasses import dataclass, replace

from django.core.serializers.json import DjangoJSONEncoder

from kb.models import Passage, Revision, record_models

PASSAGE_KEY_FIELDS = ["source__slug", "section", "first_line", "last_line"]


@dataclass(frozen=True)
class DatasetState:
    """What the published data are at one moment: their version, and how many records of each kind there are."""

    version: str
    counts: dict
    mark: str | None = None  # Of the revision in which it was read.

    @classmethod
    def read(cls):
        """The state that the database is in.

        The version is the date of the newest change and a digest of every column, link and cited place, in words that
        are the same on every machine: any difference changes it. What is derived from other columns says nothing of
        its own.
        """
        digest, counts, newest = hashlib.sha256(), {}, None
        for model in record_models():
            public = model.objects.public().order_by()
            fields = [f for f in model._meta.fields if f.name not in {*model.derived, *model.internal}]
            columns = [f"{f.name}__slug" if f.is_relation else f.name for f in fields if not f.primary_key]
            tables = [list(public.values_list(*columns))]
            for link in model._meta.many_to_many:
                place = ["slug"] if link.related_model is not Passage else PASSAGE_KEY_FIELDS
                tables.append(public.values_list("slug", *(f"{link.name}__{column}" for column in place)))
            for table in tables:
                rows = sorted(json.dumps(row, cls=DjangoJSONEncoder) for row in table)
                digest.update("\n".join([model._meta.label, *rows]).encode())
            counts[model] = len(tables[0])
            dates = [row[columns.index("updated_at")] for row in tables[0]]
            newest = max(filter(None, [newest, *dates]), default=None)
        return cls(f"{newest:%Y.%m.%d}-{digest.hexdigest()[:10]}" if newest else "empty", counts)


# The state of the data by the mark of their revision: only the last one, since marks never come again.
STATE_CACHE = {}


def dataset_state():
    """The state of the published data; read anew only when something was written since it was last asked for."""
    while True:
        mark = Revision.objects.current_mark()
        if found := STATE_CACHE.get(mark):
            return found
        found = replace(DatasetState.read(), mark=mark)
        if mark == Revision.objects.current_mark():  # Else somebody wrote meanwhile, and it may be of neither.
            STATE_CACHE.clear()
            STATE_CACHE.update({mark: found} if mark else {})
            return found


def data_version():
    """The version of the published data."""
    return dataset_state().version
