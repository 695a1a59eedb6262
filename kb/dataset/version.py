"""The version of the published data: the date of the newest change, and a digest of the tallies of all models."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from kb.dataset.tallies import Tallies, complete_tallies
from kb.models import CitationCheck, Record, Revision, record_models
from kb.models.data_revision import in_versioned_transaction

ModelState: TypeAlias = tuple[object, ...]  # Never the same before and after a record of the model was written.


@dataclass(frozen=True)
class DatasetState:
    """The published data at one moment: their version, and the number of public records of each model."""

    version: str
    counts: dict[type[Record], int]
    reviewed: int  # How many public records a clinician has reviewed.
    checks_digest: str = ""  # Of the states of citations: readers see them, but they are no data.
    revision_mark: str | None = None  # `Revision.mark` when the state was read; None if nothing was ever written.
    model_states: Mapping[type[Record], ModelState] = field(default_factory=dict)

    @classmethod
    def read(cls) -> "DatasetState":
        """Read the state from the tallies, which every write brings in step: one small query, however many records.

        Where they are missing (after an upgrade, before `manage.py prepare`), all records are counted instead.
        """
        tallies = complete_tallies()
        checks = tallies[CitationCheck]
        return cls(
            format_version(tallies),
            {model: tallies[model].records for model in record_models()},
            sum(tally.reviewed for tally in tallies.values()),
            checks.digest_sum if checks.records else "",
            model_states={model: tallies[model].get_state() for model in record_models()},
        )


def format_version(tallies: Tallies) -> str:
    """Return the date of the newest change, and a digest of label, number and sum of digests of each model.

    Models without public records have no part in it: the version depends on the public data alone.
    """
    counted = {model._meta.label: tallies[model] for model in record_models() if tallies[model].records}
    newest = max((tally.newest for tally in counted.values() if tally.newest), default=None)
    lines = [f"{label} {tally.records} {tally.digest_sum}" for label, tally in sorted(counted.items())]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:10]
    return f"{newest:%Y.%m.%d}-{digest}" if newest else "empty"


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
            if not in_versioned_transaction.get():  # Else it may be of what is taken back, under the mark of before.
                STATE_CACHE.clear()
                STATE_CACHE.update({mark: state} if mark else {})
            return state


def data_version() -> str:
    """Return the version of the published data, such as 2026.11.03-1a2b3c4d5e."""
    return dataset_state().version
