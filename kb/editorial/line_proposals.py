"""What the marked lines of a text may say, proposed to an editor who decides: kinds, entries, words and times."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models

from kb.choices import Certainty, Frequency
from kb.editorial.names_in_lines import (
    EntryNameIndex,
    Likeness,
    NamedEntry,
    find_unknown_words,
    load_entries,
    load_known_stems,
)
from kb.editorial.wording import find_certainty_words, find_durations, find_frequency_words
from kb.models import Entry, Statement, concrete_models, entry_model

MAX_UNKNOWN_WORDS = 8


@dataclass(frozen=True)
class ValueProposal:
    """A value of a field that words of the lines suggest."""

    value: str
    label: str
    words: str


@dataclass(frozen=True)
class KindProposal:
    """A kind of statement that the lines may make, with the value of a field that their words suggest, and why."""

    model: type[Statement]
    words: str = ""
    field: str = ""
    value: str = ""
    is_complete: bool = True  # Whether entries of all the models that it needs are named.

    @property
    def value_label(self) -> str:
        """The value as forms show it; empty where only the kind is proposed."""
        if not self.field:
            return ""
        choices: Iterable[tuple[str, str]] = getattr(self.model._meta.get_field(self.field), "flatchoices", ())
        return dict(choices)[self.value]


@dataclass
class LineProposals:
    """All that lines may say; nothing of it is written before an editor chooses it."""

    entries: list[NamedEntry]
    kinds: list[KindProposal]
    other_kinds: list[type[Statement]]
    certainties: list[ValueProposal]
    frequencies: list[ValueProposal]
    durations: list[str]
    unknown_words: list[str] = field(default_factory=list)


def propose(texts: Sequence[str], heading: str = "") -> LineProposals:
    """Return what lines may say; entries that only their heading names come last."""
    index, known, text = EntryNameIndex(load_entries()), load_known_stems(), "\n".join(texts)
    named = index.find(texts, known)
    keys = {(type(match.entry), match.entry.pk) for match in named}
    above = [match for match in index.find([heading]) if match.likeness is Likeness.NAME]
    named += [match for match in above if (type(match.entry), match.entry.pk) not in keys]
    named_models = {type(match.entry) for match in named}
    kinds = [kind for model in concrete_models(Statement) for kind in propose_kinds(model, text, named_models)]
    kinds.sort(key=lambda kind: (not kind.is_complete, -count_needed(kind.model), not kind.words))
    models_of_kinds = [kind.model for kind in kinds]
    return LineProposals(
        entries=named,
        kinds=kinds,
        other_kinds=[model for model in concrete_models(Statement) if model not in models_of_kinds],
        certainties=label_values(Certainty, find_certainty_words(text)),
        frequencies=label_values(Frequency, find_frequency_words(text)),
        durations=find_durations(text),
        unknown_words=find_unknown_words(texts, known | index.stems)[:MAX_UNKNOWN_WORDS],
    )


def label_values(enum: type[models.TextChoices], words: Mapping[str, str]) -> list[ValueProposal]:
    """Return the values of an enumeration of which a text speaks, in the order of the enumeration."""
    return [ValueProposal(value, label, words[value]) for value, label in enum.choices if value in words]


def propose_kinds(model: type[Statement], text: str, named_models: Iterable[type[Entry]]) -> list[KindProposal]:
    """Return the readings of a text as statements of a model: one for each value of a field that its words suggest."""
    is_complete = has_needed_entries(model, {*named_models})
    matches = [
        (signal, match)
        for signal in model.signals
        if (match := re.search(rf"\b(?:{signal.words})\b", text, re.IGNORECASE))
    ]
    return [KindProposal(model, match[0], signal.field, signal.value, is_complete) for signal, match in matches]


def find_needed_models(model: type[Statement]) -> set[type[Entry]]:
    """Return the models of the entries that every statement of a model names."""
    return {entry_model(entries) for entries in model.subject_fields() if not getattr(entries, "blank", False)}


def count_needed(model: type[Statement]) -> int:
    return len(find_needed_models(model))


def has_needed_entries(model: type[Statement], named_models: set[type[Entry]]) -> bool:
    """Return whether entries are named for each field that a statement of a model must have, and for one at least."""
    optional = {entry_model(entries) for entries in model.subject_fields()}
    return find_needed_models(model) <= named_models and not optional.isdisjoint(named_models)
