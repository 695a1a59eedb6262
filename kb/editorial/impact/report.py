"""What an impact is made of: answers to readers, and what becomes of them, in words."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.urls import reverse

from kb.editorial.snapshot import kept, title
from kb.models import resource
from kb.reasoning.inheritance import Basis

NOTHING = "No answer to anybody changes."


@dataclass(frozen=True)
class Named:
    """An entry or a statement as people know it: an entry by its name, a statement by its sentence."""

    model: type
    slug: str
    name: str
    public: bool = True  # Whether its page is there now.

    def __str__(self):
        return self.name

    @property
    def kind(self):
        """What kind of record it is, as in addresses: side-effects."""
        return resource(self.model)

    @property
    def page(self):
        """The address of its public page; none while there is none."""
        return reverse(f"explore:{self.model._meta.model_name}-detail", args=[self.slug]) if self.public else ""


@dataclass(frozen=True)
class Told:
    """On what a statement answers about an entry."""

    basis: Basis | None = None  # As in the API: none, unless the entry is of a kind whose members inherit.
    via: tuple[str, ...] = ()
    contested_by: tuple[str, ...] = ()
    warns: bool = False  # Whether it only comes along: a red flag of a symptom that other answers name.

    @property
    def words(self):
        if self.warns:
            return "with other answers, as a red flag"
        against = f"contested by {', '.join(self.contested_by)}" if self.contested_by else ""
        return ", ".join(filter(None, [self.basis, against]))


@dataclass(frozen=True)
class Difference:
    """One thing that an answer tells otherwise than before."""

    name: str  # A field of the statement or of the entry, or basis, via, contested_by, told.
    before: str
    after: str

    def __str__(self):
        change = f"{self.before or 'nothing'} → {self.after or 'nothing'}"
        return change if self.name == "basis" else f"{self.name.replace('_', ' ')}: {change}"


@dataclass(frozen=True)
class Answer:
    """What a reader gets who asks about an entry: one statement and on what it answers; or the entry itself."""

    entry: Named
    statement: Named | None  # None: the entry itself.
    before: Told | None  # None: no such answer.
    after: Told | None
    differs: tuple[Difference, ...] = ()

    @property
    def how(self):
        """What is to be known of it in few words: its basis, or what differs."""
        if self.before and self.after:
            names = {difference.name for difference in self.differs}
            return "; ".join(str(d) for d in self.differs if d.name != "via" or "basis" not in names)
        return (self.after or self.before).words


@dataclass(frozen=True)
class Bundle:
    """Statements that appear, disappear or change in the same way for the same entries."""

    ways: list[tuple[str, list[Named]]]  # In what way, and for which entries.
    statements: list[Named]  # None of them: the entries themselves.


@dataclass
class Impact:
    """The answers that a change makes appear, disappear or change for who asks the public."""

    appear: list[Answer] = field(default_factory=list)
    disappear: list[Answer] = field(default_factory=list)
    change: list[Answer] = field(default_factory=list)

    def __bool__(self):
        return bool(self.appear or self.disappear or self.change)

    def __str__(self):
        return self.summary()

    def summary(self):
        """It in a line: 12 answers appear, 3 disappear, 1 changes (inherited → possible)."""
        counted = [
            (len(answers), verb, verb + "s")
            for answers, verb in [(self.appear, "appear"), (self.disappear, "disappear"), (self.change, "change")]
            if answers
        ]
        told = [f"{count} {one if count == 1 else many}" for count, many, one in counted]
        if not told:
            return NOTHING
        noun = "answer" if counted[0][0] == 1 else "answers"
        told[0] = told[0].replace(" ", f" {noun} ", 1)
        return ", ".join(told) + (f" ({kinds_of_change(self.change)})" if self.change else "")

    @property
    def parts(self):
        """For a page: what appears, disappears and changes, each with its count and its bundles."""
        every = [("Appear", self.appear), ("Disappear", self.disappear), ("Change", self.change)]
        return [(heading, len(answers), bundled(answers)) for heading, answers in every if answers]


def kinds_of_change(changed):
    """In what ways answers change, the commonest first; a few of them."""
    ways = Counter(str(d) if d.name == "basis" else d.name.replace("_", " ") for a in changed for d in a.differs[:1])
    return ", ".join(way for way, _ in ways.most_common(3)) + (", …" if len(ways) > 3 else "")


def bundled(answers):
    """Answers by statement, and statements together to which the same happens for the same entries."""
    by_statement = defaultdict(lambda: defaultdict(list))
    for answer in answers:
        by_statement[answer.statement][answer.how].append(answer.entry)
    bundles = defaultdict(list)
    for statement, ways in by_statement.items():
        bundles[tuple((how, tuple(entries)) for how, entries in ways.items()), statement is None].append(statement)
    return [
        Bundle([(how, list(entries)) for how, entries in ways], [] if itself else statements)
        for (ways, itself), statements in bundles.items()
    ]


def differences(before, after):
    """In what an answer rests on something else than before."""
    pairs = [
        ("basis", before.basis or "", after.basis or ""),
        ("via", " › ".join(before.via[1:]), " › ".join(after.via[1:])),
        ("contested_by", ", ".join(before.contested_by), ", ".join(after.contested_by)),
        ("told", before.words if before.warns else "of itself", after.words if after.warns else "of itself"),
    ]
    return tuple(Difference(name, one, other) for name, one, other in pairs if one != other)


def worded(model, name, value):
    """A field of a content in the words of its model."""
    if isinstance(value, list):
        return ", ".join(worded(model, name, title(item)) for item in value)
    field = next(field for field in kept(model) if field.name == name)
    return str(dict(field.flatchoices).get(value, "" if value is None else value))
