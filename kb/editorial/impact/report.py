"""The impact report: answers that a change adds, removes or alters, and their summary for pages."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from django.urls import reverse

from kb.editorial.snapshot import FieldValue, editable_fields, format_key
from kb.models import Entry, Statement, resource_name
from kb.reasoning.inheritance import Basis

NO_IMPACT = "No answer to anybody changes."
NO_IMPACT_FOUND = "No change of an answer was found."
PARTIAL_NOTE = (
    "There is too much here to compare every answer. Compared were those of a part of the statements about the entries "
    "nearest to this one; not which red flags come along with other answers. More may change than is listed."
)


@dataclass(frozen=True)
class RecordLabel:
    """The name of an entry or the sentence of a statement, with its URL."""

    model: type[Entry] | type[Statement]
    slug: str
    name: str
    public: bool = True  # Whether its page exists now, before the change.

    def __str__(self) -> str:
        return self.name

    @property
    def resource_name(self) -> str:
        return resource_name(self.model)

    @property
    def kind(self) -> str:
        """Return what sort of record it is, in words."""
        return str(self.model._meta.verbose_name)

    @property
    def url(self) -> str:
        """Return the URL of its public page; empty if there is none."""
        return reverse(f"explore:{self.model._meta.model_name}-detail", args=[self.slug]) if self.public else ""


@dataclass(frozen=True)
class AnswerBasis:
    """The basis on which a statement answers about an entry."""

    basis: Basis | None = None  # As in the API: None unless members inherit in the entry's model.
    via: tuple[str, ...] = ()  # Slugs from the entry up to the class that the statement names.
    contested_by: tuple[str, ...] = ()  # Slugs of statements that contradict it.
    as_red_flag: bool = False  # Whether it only comes with other answers, as a red flag of a symptom that they name.
    via_names: tuple[str, ...] = field(default=(), compare=False)  # The same as `via`, in words.

    @property
    def description(self) -> str:
        if self.as_red_flag:
            return "with other answers, as a red flag"
        contested = f"contested by {', '.join(self.contested_by)}" if self.contested_by else ""
        return ", ".join(filter(None, [self.basis, contested]))


@dataclass(frozen=True)
class AnswerDifference:
    """A value of an answer that differs before and after the change."""

    name: str  # A field of the statement or of the entry, or basis, via, contested_by, told.
    before: str
    after: str

    def __str__(self) -> str:
        change = f"{self.before or 'nothing'} → {self.after or 'nothing'}"
        return change if self.name == "basis" else f"{self.label}: {change}"

    @property
    def label(self) -> str:
        """What differs, in words."""
        return "through" if self.name == "via" else self.name.replace("_", " ")


@dataclass(frozen=True)
class AnswerChange:
    """An answer about an entry that appears, disappears or changes: by one statement, or the entry itself."""

    entry: RecordLabel
    statement: RecordLabel | None  # None for the entry itself.
    before: AnswerBasis | None  # None if there was no such answer.
    after: AnswerBasis | None  # None if there will be no such answer.
    differences: tuple[AnswerDifference, ...] = ()

    @property
    def basis(self) -> AnswerBasis:
        """Return the basis after the change, or before it if the answer disappears."""
        return self.after or self.before or AnswerBasis()

    @property
    def effect(self) -> str:
        """Describe the answer in a few words: by its differences, or by its basis if it appears or disappears."""
        if self.before and self.after:
            names = {difference.name for difference in self.differences}
            return "; ".join(str(d) for d in self.differences if d.name != "via" or "basis" not in names)
        return self.basis.description


Effects: TypeAlias = tuple[tuple[str, tuple[RecordLabel, ...]], ...]


@dataclass(frozen=True)
class AnswerGroup:
    """Statements that appear, disappear or change in the same way for the same entries."""

    effects: list[tuple[str, list[RecordLabel]]]  # What happens, and for which entries.
    statements: list[RecordLabel]  # Empty for the entries themselves.


@dataclass
class Impact:
    """The public answers that a change adds, removes or alters."""

    added: list[AnswerChange] = field(default_factory=list)
    removed: list[AnswerChange] = field(default_factory=list)
    changed: list[AnswerChange] = field(default_factory=list)
    is_partial: bool = False  # Whether only a part of the answers was compared.

    @property
    def note(self) -> str:
        """Return in words that only a part of the answers was compared; empty if all were."""
        return PARTIAL_NOTE if self.is_partial else ""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.is_partial)

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """Return one line, such as: 12 answers appear, 3 disappear, 1 changes (inherited → possible)."""
        counts = [
            (len(answers), verb)
            for answers, verb in [(self.added, "appear"), (self.removed, "disappear"), (self.changed, "change")]
            if answers
        ]
        if not counts:
            return NO_IMPACT_FOUND if self.is_partial else NO_IMPACT
        phrases = [f"{count} {verb}{'s' if count == 1 else ''}" for count, verb in counts]
        noun = "answer" if counts[0][0] == 1 else "answers"
        phrases[0] = phrases[0].replace(" ", f" {noun} ", 1)
        limit = "at least " if self.is_partial else ""
        return limit + ", ".join(phrases) + (f" ({summarize_differences(self.changed)})" if self.changed else "")

    @property
    def sections(self) -> list[tuple[str, int, list[AnswerGroup]]]:
        """Return a heading, the number of answers and their groups for what appears, disappears and changes."""
        sections = [("Appear", self.added), ("Disappear", self.removed), ("Change", self.changed)]
        return [(heading, len(answers), group_answers(answers)) for heading, answers in sections if answers]


def summarize_differences(changed: Iterable[AnswerChange]) -> str:
    """Return the three commonest first differences of these answers."""
    counts = Counter(str(d) if d.name == "basis" else d.label for answer in changed for d in answer.differences[:1])
    return ", ".join(text for text, _ in counts.most_common(3)) + (", …" if len(counts) > 3 else "")


def group_answers(answers: Iterable[AnswerChange]) -> list[AnswerGroup]:
    """Group answers by statement, and statements with the same effects for the same entries together."""
    by_statement: dict[RecordLabel | None, dict[str, list[RecordLabel]]] = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        by_statement[answer.statement][answer.effect].append(answer.entry)
    groups: dict[tuple[Effects, bool], list[RecordLabel | None]] = defaultdict(list)
    for statement, entries_by_effect in by_statement.items():
        effects = tuple((effect, tuple(entries)) for effect, entries in entries_by_effect.items())
        groups[effects, statement is None].append(statement)
    return [
        AnswerGroup([(effect, list(entries)) for effect, entries in effects], [label for label in statements if label])
        for (effects, _), statements in groups.items()
    ]


def diff_answers(before: AnswerBasis, after: AnswerBasis) -> tuple[AnswerDifference, ...]:
    """Return the differences between the bases of an answer."""
    values = [
        ("basis", before.basis or "", after.basis or ""),
        ("via", *describe_paths(before, after)),
        ("contested_by", ", ".join(before.contested_by), ", ".join(after.contested_by)),
        (
            "told",
            before.description if before.as_red_flag else "of itself",
            after.description if after.as_red_flag else "of itself",
        ),
    ]
    return tuple(AnswerDifference(name, old, new) for name, old, new in values if old != new)


def describe_paths(before: AnswerBasis, after: AnswerBasis) -> tuple[str, str]:
    """Return the paths of an answer before and after, in the names of their entries; twice the same if they are."""
    if before.via[1:] == after.via[1:]:
        return "", ""  # A class with a new name is still the same.
    return " › ".join((before.via_names or before.via)[1:]), " › ".join((after.via_names or after.via)[1:])


def format_field_value(model: type[Entry] | type[Statement], name: str, value: FieldValue) -> str:
    """Return a field of a snapshot as text: the label of a choice, keys joined by commas."""
    if isinstance(value, list):
        return ", ".join(format_field_value(model, name, format_key(item)) for item in value)
    field = next(field for field in editable_fields(model) if field.name == name)
    return str(dict(field.flatchoices).get(value, "" if value is None else value))
