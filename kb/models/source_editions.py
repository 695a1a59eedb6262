"""What is public of an edition of a source: its number, date, fingerprint and length; never its text."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.core.exceptions import ValidationError

MAX_LINES = 1_000_000  # An explicit limit, since the range of integers differs between databases.
MAX_EDITIONS = 10_000
UNDATED = "undated"
WRITTEN_EDITION = re.compile(rf"(\d{{4}}-\d\d-\d\d|{UNDATED}) (\d{{1,7}}) ([0-9a-f]{{64}})")


@dataclass(frozen=True)
class SourceEdition:
    """An edition of a source that was read: which it is, counted from 1, and what its text was."""

    number: int
    dated: date | None
    sha256: str
    lines: int
    is_current: bool = False

    def __str__(self) -> str:
        """Return it as `Source.earlier_editions` writes it: date, number of lines, fingerprint."""
        return f"{self.dated.isoformat() if self.dated else UNDATED} {self.lines} {self.sha256}"

    @classmethod
    def parse(cls, number: int, written: str) -> Self:
        """Return an edition from its written form; raise ValidationError if that cannot be read."""
        match = WRITTEN_EDITION.fullmatch(written)
        try:
            dated, lines, sha256 = match.groups() if match else ("", "", "")
            return cls(number, None if dated == UNDATED else date.fromisoformat(dated), sha256, int(lines))
        except ValueError:
            raise ValidationError(
                f"“{written}” is not an edition: write its date or “{UNDATED}”, its lines and its SHA-256."
            ) from None


def validate_written_edition(written: str) -> None:
    """Refuse an item of `Source.earlier_editions` that is not an edition."""
    SourceEdition.parse(0, written)


class EditionsMixin:
    """The editions of a source: the current one in its own fields, the others in `earlier_editions`."""

    earlier_editions: list[str]
    dated: date | None
    sha256: str
    lines: int

    @property
    def edition(self) -> int:
        """The number of the edition that is read now, counted from 1."""
        return len(self.earlier_editions) + 1

    def list_editions(self) -> list[SourceEdition]:
        """Return what is public of every edition, the one that is read now first."""
        earlier = [SourceEdition.parse(number, written) for number, written in enumerate(self.earlier_editions, 1)]
        current = SourceEdition(self.edition, self.dated, self.sha256, self.lines, is_current=True)
        return [current, *reversed(earlier)]

    def get_edition(self, number: int) -> SourceEdition | None:
        """Return the edition of this number, if there is one."""
        return next((edition for edition in self.list_editions() if edition.number == number), None)

    def list_editions_before_next(self) -> list[str]:
        """Return what `earlier_editions` holds once another edition is read: this one too."""
        return [*self.earlier_editions, str(self.list_editions()[0])]
