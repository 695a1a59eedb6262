"""The context of one answer: what a request asked about, and what was read for it, for serializers and renderers."""

from dataclasses import dataclass, field
from typing import Any

from kb.models import Entry
from kb.reasoning.hierarchies import EntryHierarchies, get_current_hierarchies
from kb.reasoning.inheritance import Lineage


@dataclass(frozen=True)
class AnswerContext:
    """What one request asked about and what was read for its answer.

    A filter set or a query view builds it, and the view hands it to its serializers and renderers.
    """

    hierarchies: EntryHierarchies = field(default_factory=get_current_hierarchies)
    entries: tuple[Entry, ...] = ()  # The entries that the parameters name.
    lineages: tuple[Lineage, ...] = ()  # What was asked about: it decides on what basis each statement answers.
    resolutions: tuple[Any, ...] = ()  # How the parameters that name entries were read, as `kb.search` tells it.
