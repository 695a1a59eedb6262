"""What an impact is made of: answers to readers, and what becomes of them, in words."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.urls import reverse

from kb.editorial.snapshot import editable_fields, format_key
from kb.models import resource_name
from kb.reasoning.inheritance import Basis

NO_IMPACT = "No answer to anybody changes."


@dataclass(frozen=True)
class RecordLabel:
    """An entry or a statement as people know it: an entry by its name, a statement by its sentence."""

    model: type
    slug: str
    name: str
    public: bool = True  # Whether its page is there now.

    def __str__(self):
        return self.name

    @property
    def resource_name(self):
        """What kind of record it is, as in addresses: side-effects."""
        return resource_name(self.model)

    @property
    def url(self):
        """The address of its public page; none while there is none."""
        return reverse(f"explore:{self.model._meta.model_name}-detail", args=[self.slug]) if self.public else ""


@dataclass(frozen=True)
class AnswerBasis:
    """On what a statement answers about an entry."""

    basis: Basis | None = None  # As in the API: none, unless the entry is of a kind whose members inherit.
    via: tuple[str, ...] = ()
    contested_by: tuple[str, ...] = ()
    as_red_flag: bool = False  # Whether it only comes along: a red flag of a symptom that other answers name.

    @property
    def description(self):
        if self.as_red_flag:
            return "with other answers, as a red flag"
        against = f"contested by {', '.join(self.contested_by)}" if self.contested_by else ""
        return ", ".join(filter(None, [self.basis, against]))


@dataclass(frozen=True)
class AnswerDifference:
    """One thing that an answer tells otherwise than before."""

    name: str  # A field of the statement or of the entry, or basis, via, contested_by, told.
    before: str
    after: str

    def __str__(self):
        change = f"{self.before or 'nothing'} → {self.after or 'nothing'}"
        return change if self.name == "basis" else f"{self.name.replace('_', ' ')}: {change}"


@dataclass(frozen=True)
class AnswerChange:
    """What a reader gets who asks about an entry: one statement and on what it answers; or the entry itself."""

    entry: RecordLabel
    statement: RecordLabel | None  # None: the entry itself.
    before: AnswerBasis | None  # None: no such answer.
    after: AnswerBasis | None
    differences: tuple[AnswerDifference, ...] = ()

    @property
    def effect(self):
        """What is to be known of it in few words: its basis, or what differs."""
        if self.before and self.after:
            names = {difference.name for difference in self.differences}
            return "; ".join(str(d) for d in self.differences if d.name != "via" or "basis" not in names)
        return (self.after or self.before).description


@dataclass(frozen=True)
class AnswerGroup:
    """Statements that appear, disappear or change in the same way for the same entries."""

    effects: list[tuple[str, list[RecordLabel]]]  # In what way, and for which entries.
    statements: list[RecordLabel]  # None of them: the entries themselves.


@dataclass
class Impact:
    """The answers that a change makes appear, disappear or change for who asks the public."""

    added: list[AnswerChange] = field(default_factory=list)
    removed: list[AnswerChange] = field(default_factory=list)
    changed: list[AnswerChange] = field(default_factory=list)

    def __bool__(self):
        return bool(self.added or self.removed or self.changed)

    def __str__(self):
        return self.summary()

    def summary(self):
        """It in a line: 12 answers appear, 3 disappear, 1 changes (inherited → possible)."""
        counted = [
            (len(answers), verb, verb + "s")
            for answers, verb in [(self.added, "appear"), (self.removed, "disappear"), (self.changed, "change")]
            if answers
        ]
        told = [f"{count} {one if count == 1 else many}" for count, many, one in counted]
        if not told:
            return NO_IMPACT
        noun = "answer" if counted[0][0] == 1 else "answers"
        told[0] = told[0].replace(" ", f" {noun} ", 1)
        return ", ".join(told) + (f" ({summarize_differences(self.changed)})" if self.changed else "")

    @property
    def sections(self):
        """For a page: what appears, disappears and changes, each with its count and its bundles."""
        every = [("Appear", self.added), ("Disappear", self.removed), ("Change", self.changed)]
        return [(heading, len(answers), group_answers(answers)) for heading, answers in every if answers]


def summarize_differences(changed):
    """In what ways answers change, the commonest first; a few of them."""
    ways = Counter(
        str(d) if d.name == "basis" else d.name.replace("_", " ") for a in changed for d in a.differences[:1]
    )
    return ", ".join(way for way, _ in ways.most_common(3)) + (", …" if len(ways) > 3 else "")


def group_answers(answers):
    """Answers by statement, and statements together to which the same happens for the same entries."""
    by_statement = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        by_statement[answer.statement][answer.effect].append(answer.entry)
    bundles = defaultdict(list)
    for statement, ways in by_statement.items():
        bundles[tuple((how, tuple(entries)) for how, entries in ways.items()), statement is None].append(statement)
    return [
        AnswerGroup([(how, list(entries)) for how, entries in ways], [] if itself else statements)
        for (ways, itself), statements in bundles.items()
    ]


def diff_answers(before, after):
    """In what an answer rests on something else than before."""
    pairs = [
        ("basis", before.basis or "", after.basis or ""),
        ("via", " › ".join(before.via[1:]), " › ".join(after.via[1:])),
        ("contested_by", ", ".join(before.contested_by), ", ".join(after.contested_by)),
        (
            "told",
            before.description if before.as_red_flag else "of itself",
            after.description if after.as_red_flag else "of itself",
        ),
    ]
    return tuple(AnswerDifference(name, one, other) for name, one, other in pairs if one != other)


def format_field_value(model, name, value):
    """A field of a content in the words of its model."""
    if isinstance(value, list):
        return ", ".join(format_field_value(model, name, format_key(item)) for item in value)
    field = next(field for field in editable_fields(model) if field.name == name)
    return str(dict(field.flatchoices).get(value, "" if value is None else value))
