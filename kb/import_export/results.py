"""The results of an import or its dry run: the outcome of each row and a digest of them all."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from kb.import_export.row_diff import ColumnDifference
from kb.models import Change


class StaleDryRun(ValidationError):
    """The outcome of a dry run that no longer holds, or a batch that was imported already."""


@dataclass(frozen=True)
class RowOutcome:
    """What an import makes, or would make, of one row."""

    at: str
    model: type[Model] | None
    key: str
    state: str = "same"  # new, changed, same or wrong
    differences: list[ColumnDifference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    record: Any = None
    change: Change | None = None

    @classmethod
    def from_row(cls, row, **values):
        """Return the outcome of a row, with the values of its fields besides those that name the row."""
        notes = [*row.notes, *values.pop("notes", ())]
        return cls(row.at, row.model_class, row.key, notes=notes, **values)


@dataclass
class ImportResult:
    """The outcomes of all rows of a file, and whether they were kept."""

    outcomes: list[RowOutcome]
    is_imported: bool = False

    def outcomes_in(self, state):
        return [outcome for outcome in self.outcomes if outcome.state == state]

    @property
    def invalid_outcomes(self):
        return self.outcomes_in("wrong")

    @property
    def can_be_imported(self):
        return not self.invalid_outcomes and any(outcome.state in ("new", "changed") for outcome in self.outcomes)

    @property
    def outcome_digest(self):
        """SHA-256 of all outcomes: by it, an import proves that it does what its dry run showed."""
        payload = [
            [o.at, o.key, o.state, [[d.name, d.before, d.after] for d in o.differences], o.notes] for o in self.outcomes
        ]
        return hashlib.sha256(json.dumps(payload).encode()).hexdigest()
