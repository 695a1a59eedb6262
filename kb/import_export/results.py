"""What becomes of the rows of a file, or would."""

import hashlib
import json
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError


class StaleDryRun(ValidationError):
    """What was tried is no longer what would happen, or has happened already."""


@dataclass
class RowOutcome:
    """What becomes of one row."""

    at: str
    model: type | None
    key: str
    state: str = "same"  # new, changed, same or wrong
    differences: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    errors: dict = field(default_factory=dict)
    record: object = None
    change: object = None


@dataclass
class ImportResult:
    """What becomes of all rows, or would."""

    outcomes: list
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
        """The same for the same outcome: who saw one trial brings in that, and nothing else."""
        told = [
            [o.at, o.key, o.state, [[d.name, d.before, d.after] for d in o.differences], o.notes] for o in self.outcomes
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()
