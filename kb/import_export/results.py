"""What becomes of the rows of a file, or would."""

import hashlib
import json
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError


class Moved(ValidationError):
    """What was tried is no longer what would happen, or has happened already."""


@dataclass
class Outcome:
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
class Result:
    """What becomes of all rows, or would."""

    outcomes: list
    brought: bool = False

    def of(self, state):
        return [outcome for outcome in self.outcomes if outcome.state == state]

    @property
    def wrong(self):
        return self.of("wrong")

    @property
    def can_be_brought(self):
        return not self.wrong and any(outcome.state in ("new", "changed") for outcome in self.outcomes)

    @property
    def seal(self):
        """The same for the same outcome: who saw one trial brings in that, and nothing else."""
        told = [
            [o.at, o.key, o.state, [[d.name, d.before, d.after] for d in o.differences], o.notes] for o in self.outcomes
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()
