"""The order of publication: what a proposed content names comes before it, and what rests on a record leaves first."""

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple, cast

from django.db import models

from kb.choices import Status
from kb.editorial.snapshot import Content, editable_fields, format_key, referenced_model, serialize_key
from kb.models import Change, Entry, Passage, Source, VersionedRecord

RecordKey = tuple[type[models.Model], str]
LAST_RANK = 3  # After those of `rank_kind`.
Prerequisites = list[set[int]]  # For each proposal the positions of those that are published before it.


class Proposal(NamedTuple):
    """A record, its content as it is, and the content that it is to have."""

    record: VersionedRecord
    base: Content
    content: Content

    @classmethod
    def from_change(cls, change: Change) -> "Proposal":
        """Return the proposal of a change whose record is there."""
        return cls(cast("VersionedRecord", change.record), change.base, change.content)

    @property
    def key(self) -> RecordKey:
        return type(self.record), format_key(serialize_key(self.record))

    @property
    def is_retirement(self) -> bool:
        return self.base.get("status") != Status.RETIRED == self.content.get("status")

    @property
    def is_new_edition(self) -> bool:
        """Whether it is the proposal of another edition of a published source, which all that cites it follows."""
        return self.base.get("earlier_editions") != self.content.get("earlier_editions")

    @property
    def rank(self) -> int:
        """Its place where the order is free: what cites a source is published before it follows its new edition."""
        return LAST_RANK if self.is_new_edition else rank_kind(type(self.record))


def find_named_keys(model: type[models.Model], content: Content) -> Iterator[RecordKey]:
    """Yield the keys of the records that a content names, and of the sources of the passages among them."""
    for field in editable_fields(model):
        if field.is_relation and (value := content.get(field.name)):
            for key in value if field.many_to_many else [value]:
                yield referenced_model(field), format_key(key)
                if referenced_model(field) is Passage:
                    yield Source, str(key[0])


def find_prerequisites(proposals: Sequence[Proposal]) -> Prerequisites:
    """Return for each proposal which of the others it needs to be published before it."""
    positions = {proposal.key: position for position, proposal in enumerate(proposals)}
    prerequisites: Prerequisites = [set() for _ in proposals]
    for position, proposal in enumerate(proposals):
        model = type(proposal.record)
        for key in find_named_keys(model, proposal.content):
            named = positions.get(key, position)
            if named != position and not (proposals[named].is_retirement or proposals[named].is_new_edition):
                prerequisites[position].add(named)
        for key in find_named_keys(model, proposal.base):  # What is retired waits for what no longer names it.
            if (named := positions.get(key, position)) != position and proposals[named].is_retirement:
                prerequisites[named].add(position)
    return prerequisites


def sort_for_publication(proposals: Sequence[Proposal]) -> list[int]:
    """Return the positions of proposals in the order in which they can be published.

    Where it is free, sources come first, then entries, statements, and new editions of published sources. Records that
    name each other in a circle keep the order in which they came: publishing them tells what is wrong.
    """
    sorter = TopologicalSorter(dict(enumerate(find_prerequisites(proposals))))
    ranks = [proposal.rank for proposal in proposals]
    order: list[int] = []
    try:
        sorter.prepare()
    except CycleError:
        return sorted(range(len(proposals)), key=ranks.__getitem__)
    ready: list[int] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=lambda position: (ranks[position], position))
        order.append(ready.pop(0))
        sorter.done(order[-1])
    return order


def rank_kind(model: type[models.Model]) -> int:
    """Return 0 for sources and passages, 1 for entries, 2 for statements."""
    return 0 if issubclass(model, Source | Passage) else 1 if issubclass(model, Entry) else 2


def include_dependents(chosen: set[int], prerequisites: Prerequisites) -> set[int]:
    """Return the chosen positions, and those that need one of them directly or through others."""
    found, size = set(chosen), -1
    while size != len(found):
        size = len(found)
        found |= {position for position, needed in enumerate(prerequisites) if needed & found}
    return found
