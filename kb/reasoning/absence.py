"""Absence in words: what an answer with nothing in it says, and the nearest that is stated."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.models import Entry, Source

NO_PROOF = "That is no proof that it is not so."
STATES_THIS = "states this"  # What no source does, where a list or an answer of statements is empty.


@dataclass(frozen=True)
class NearestAnswer:
    """An answer near to an empty one: about a broader entry, a class, or with fewer filters."""

    says: str
    count: int  # How many records it has.
    url: str
    entry: Entry | None = None  # What it is about in place of what was asked about.


@dataclass(frozen=True)
class Absence:
    """That nothing is stated: in words, and with the nearest that is."""

    says: str
    sources_read: int
    nearest: Sequence[NearestAnswer] = field(default=())


def describe_absence(
    nearest: Sequence[NearestAnswer] = (), predicate: str = STATES_THIS, is_narrowed: bool = False
) -> Absence:
    """Return what an empty answer says: how many sources were read, and that none of them says it (one query).

    `predicate` is what none of them does. `is_narrowed` tells that more was asked than about which entries: then the
    answer may be empty though something is stated of them.
    """
    sources_read = Source.objects.public().count()
    if not sources_read:
        says = "No source has been read."
    elif is_narrowed:
        says = f"Nothing is stated in the sources read ({sources_read}) that matches all that was asked."
    elif sources_read == 1:
        says = f"The one source read is none that {predicate}."
    else:
        says = f"None of the {sources_read} sources read {predicate}."
    return Absence(f"{says} {NO_PROOF}", sources_read, tuple(nearest))
