"""Whether the texts of the sources say what the statements claim that they say: line by line, entry by entry."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import snowballstemmer
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.utils.text import Truncator

from kb.editorial.snapshot import key_of, title
from kb.models import Check, Entry, Finding, Passage, Record, Source, Statement
from kb.utils.fuzzy import fold
from kb.utils.locks import alone

STEM = snowballstemmer.stemmer("english")
# To speak of strengthening a bone is to speak of its weakness.
SAME = dict.fromkeys(["strength", "strengthen", "stronger", "weaken", "weaker"], "weak")
SMALL_WORDS = frozenset(
    ["a", "an", "and", "at", "for", "in", "is", "of", "on", "or", "that", "the", "their", "to", "your"]
)
ITEM = re.compile(r"\s*([-•]|[A-Z][^.:]{0,60}:\s+\S)")  # A bullet, or a heading and its text on one line.
OPENS = re.compile(r"(:|\binclud(e|ing))$")
COPIED = 9  # This many words in a row are somebody else's sentence.


@cache
def stems(text):
    """The words of a text in the form in which singular and plural, verb and noun are the same, less small words."""
    words = re.findall(r"[a-z0-9]+", fold(text).replace("'s", ""))
    return [SAME.get(stem, stem) for stem in STEM.stemWords([word for word in words if word not in SMALL_WORDS])]


@cache
def runs(text):
    """Every run of words in a text that is long enough to be a copy."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    return {tuple(words[start : start + COPIED]) for start in range(len(words) - COPIED + 1)}


@dataclass(eq=False)
class Text:
    """The text of a source, as it lies on disk."""

    content: bytes

    @cached_property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def lines(self):
        return self.content.decode(errors="replace").splitlines()

    @cached_property
    def runs(self):
        return runs(" ".join(self.lines))

    @cache  # noqa: B019 - a handful of texts, for the length of one command
    def sentences(self, number):
        """The words of each sentence of a line, counted from 1."""
        return [set(stems(sentence)) for sentence in re.split(r"(?<=[.!?])\s+|\s[–—]\s", self.lines[number - 1])]

    def introductions(self, number):
        """The lines that introduce the list of which a line is an item, the nearest first; lists may stand in lists."""
        above = number
        while above > 1 and ITEM.match(self.lines[above - 1]):
            above -= 1
            while above > 1 and not self.lines[above - 1].strip():
                above -= 1
            if OPENS.search(self.lines[above - 1].rstrip()):
                yield above

    def heads(self, heading, before):
        """Whether a heading stands in the text, at a line or before it."""
        return any(fold(line) == fold(heading) for line in self.lines[:before])

    def speaks_of(self, entry, passage):
        """Whether a sentence of a passage, its heading or the introduction of its list has all words of one name."""
        numbers = {*range(passage.first_line, passage.last_line + 1), *self.introductions(passage.first_line)}
        sentences = [set(stems(passage.section)), *(s for number in numbers for s in self.sentences(number))]
        names = [set(stems(name)) for name in entry.names()]
        return any(name and name <= sentence for name in names for sentence in sentences)


def called(record):
    """A record in the words of a report."""
    return f"{record._meta.verbose_name} {getattr(record, 'slug', record)}"


@dataclass
class Fault:
    """What is wrong with one record."""

    record: Record | Passage
    why: str

    def __str__(self):
        return f"{called(self.record)}: {self.why}"


@dataclass
class Verdict:
    """What was checked, and what came of it."""

    passed: int = 0
    faults: list[Fault] = field(default_factory=list)
    not_checkable: list[str] = field(default_factory=list)

    @property
    def failures(self):
        return [str(fault) for fault in self.faults]

    def check(self, right, record, why):
        if right:
            self.passed += 1
        else:
            self.faults.append(Fault(record, why))
        return right

    def keep(self):
        """Store what was found, in place of what was found before."""
        with alone():
            Finding.objects.all().delete()
            done = Check.objects.create(
                passed=self.passed, failed=len(self.faults), not_checkable=len(self.not_checkable)
            )
            Finding.objects.bulk_create(
                Finding(
                    kind=ContentType.objects.get_for_model(fault.record),
                    object_id=fault.record.pk,
                    slug=title(key_of(fault.record)),
                    why=Truncator(fault.why).chars(Finding._meta.get_field("why").max_length),
                    at=done.at,
                )
                for fault in self.faults
            )


class Verifier:
    """Checks every source, passage and statement against the texts in a folder, named by the slugs of the sources."""

    def __init__(self, folder: Path):
        self.verdict = Verdict()
        self.texts = {
            source.pk: Text(path.read_bytes())
            for source in Source.objects.all()
            if (path := folder / f"{source.slug}.txt").is_file()
        }

    def run(self):
        self.sound = {source.pk for source in Source.objects.all() if self.source(source)}
        self.placed = {passage.pk for passage in Passage.objects.select_related("source") if self.passage(passage)}
        for model in apps.get_models():
            if issubclass(model, Statement):
                for statement in model.objects.with_related():
                    self.statement(statement)
            elif issubclass(model, Entry):
                for entry in model.objects.all():
                    self.own_words(entry, entry.summary)
        return self.verdict

    def source(self, source):
        """The text is the one that was read."""
        text = self.texts.get(source.pk)
        if text is None:
            self.verdict.not_checkable.append(f"{called(source)}: there is no text {source.slug}.txt")
            return False
        return self.verdict.check(
            text.sha256 == source.sha256, source, f"its text is not the one that was read (SHA-256 {text.sha256})"
        ) and self.verdict.check(
            len(text.lines) == source.lines, source, f"its text does not have {source.lines} lines"
        )

    def passage(self, passage):
        """Its lines exist and hold words, under the heading that it names."""
        if passage.source_id not in self.sound:
            self.verdict.not_checkable.append(called(passage))
            return False
        text = self.texts[passage.source_id]
        lines = text.lines[passage.first_line - 1 : passage.last_line]
        return self.verdict.check(
            passage.last_line <= len(text.lines) and any(line.strip() for line in lines),
            passage,
            "there are no such lines, or they are empty",
        ) and self.verdict.check(
            not passage.section or text.heads(passage.section, passage.last_line),
            passage,
            f"no heading “{passage.section}” stands before it",
        )

    def statement(self, statement):
        """Each entry that it names is spoken of in a passage that it cites, and its sentence is our own."""
        passages = [p for p in statement.citations.all() if p.pk in self.placed]
        if not passages:
            self.verdict.not_checkable.append(f"{called(statement)}: none of its passages can be checked")
            return
        places = "; ".join(str(passage) for passage in passages)
        for entry in statement.entries():
            self.verdict.check(
                any(self.texts[p.source_id].speaks_of(entry, p) for p in passages),
                statement,
                f"“{entry}” is not spoken of in {places}",
            )
        columns = [f.name for f in statement._meta.fields if f.get_internal_type() == "CharField"]
        self.own_words(statement, *(getattr(statement, column) for column in columns))

    def own_words(self, record, *words):
        """No sentence of a source is carried over."""
        said = set().union(*(runs(text) for text in words))
        copied = next((run for text in self.texts.values() for run in said & text.runs), ())
        self.verdict.check(not copied, record, f"“{' '.join(copied)}” is copied from a source")
