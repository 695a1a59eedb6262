"""Whether the texts of the sources say what the statements claim that they say: line by line, entry by entry."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import snowballstemmer
from django.contrib.contenttypes.models import ContentType
from django.utils.text import Truncator

from kb.editorial.snapshot import format_key, serialize_key
from kb.models import Check, Entry, Finding, Passage, Record, Source, Statement, concrete_models
from kb.utils.fuzzy import normalize_name
from kb.utils.locks import exclusive_transaction

STEMMER = snowballstemmer.stemmer("english")
# To speak of strengthening a bone is to speak of its weakness.
EQUIVALENT_STEMS = dict.fromkeys(["strength", "strengthen", "stronger", "weaken", "weaker"], "weak")
STOP_WORDS = frozenset(
    ["a", "an", "and", "at", "for", "in", "is", "of", "on", "or", "that", "the", "their", "to", "your"]
)
LIST_ITEM = re.compile(r"\s*([-•]|[A-Z][^.:]{0,60}:\s+\S)")  # A bullet, or a heading and its text on one line.
LIST_INTRODUCTION = re.compile(r"(:|\binclud(e|ing))$")
MIN_COPIED_WORDS = 9  # This many words in a row are somebody else's sentence.


@cache
def stem_words(text):
    """The words of a text in the form in which singular and plural, verb and noun are the same, less small words."""
    words = re.findall(r"[a-z0-9]+", normalize_name(text).replace("'s", ""))
    return [
        EQUIVALENT_STEMS.get(stem, stem)
        for stem in STEMMER.stemWords([word for word in words if word not in STOP_WORDS])
    ]


@cache
def word_ngrams(text):
    """Every run of words in a text that is long enough to be a copy."""
    words = re.findall(r"[a-z0-9]+", normalize_name(text))
    return {tuple(words[start : start + MIN_COPIED_WORDS]) for start in range(len(words) - MIN_COPIED_WORDS + 1)}


@dataclass(eq=False)
class SourceText:
    """The text of a source, as it lies on disk."""

    content: bytes

    @cached_property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def lines(self):
        return self.content.decode(errors="replace").splitlines()

    @cached_property
    def ngrams(self):
        return word_ngrams(" ".join(self.lines))

    @cache  # noqa: B019 - a handful of texts, for the length of one command
    def sentence_stems(self, number):
        """The words of each sentence of a line, counted from 1."""
        return [set(stem_words(sentence)) for sentence in re.split(r"(?<=[.!?])\s+|\s[–—]\s", self.lines[number - 1])]

    def introducing_lines(self, number):
        """The lines that introduce the list of which a line is an item, the nearest first; lists may stand in lists."""
        above = number
        while above > 1 and LIST_ITEM.match(self.lines[above - 1]):
            above -= 1
            while above > 1 and not self.lines[above - 1].strip():
                above -= 1
            if LIST_INTRODUCTION.search(self.lines[above - 1].rstrip()):
                yield above

    def has_heading(self, heading, before):
        """Whether a heading stands in the text, at a line or before it."""
        return any(normalize_name(line) == normalize_name(heading) for line in self.lines[:before])

    def mentions(self, entry, passage):
        """Whether a sentence of a passage, its heading or the introduction of its list has all words of one name."""
        numbers = {*range(passage.first_line, passage.last_line + 1), *self.introducing_lines(passage.first_line)}
        sentences = [set(stem_words(passage.section)), *(s for number in numbers for s in self.sentence_stems(number))]
        names = [set(stem_words(name)) for name in entry.names()]
        return any(name and name <= sentence for name in names for sentence in sentences)


def describe_record(record):
    """A record in the words of a report."""
    return f"{record._meta.verbose_name} {getattr(record, 'slug', record)}"


@dataclass
class FailedCheck:
    """What is wrong with one record."""

    record: Record | Passage
    why: str

    def __str__(self):
        return f"{describe_record(self.record)}: {self.why}"


@dataclass
class VerificationReport:
    """What was checked, and what came of it."""

    passed: int = 0
    failed_checks: list[FailedCheck] = field(default_factory=list)
    not_checkable: list[str] = field(default_factory=list)

    @property
    def failures(self):
        return [str(fault) for fault in self.failed_checks]

    def check(self, right, record, why):
        if right:
            self.passed += 1
        else:
            self.failed_checks.append(FailedCheck(record, why))
        return right

    def save_findings(self):
        """Store what was found, in place of what was found before."""
        with exclusive_transaction():
            Finding.objects.all().delete()
            done = Check.objects.create(
                passed=self.passed, failed=len(self.failed_checks), not_checkable=len(self.not_checkable)
            )
            Finding.objects.bulk_create(
                Finding(
                    kind=ContentType.objects.get_for_model(fault.record),
                    object_id=fault.record.pk,
                    slug=format_key(serialize_key(fault.record)),
                    why=Truncator(fault.why).chars(Finding._meta.get_field("why").max_length),
                    at=done.at,
                )
                for fault in self.failed_checks
            )


class CitationVerifier:
    """Checks every source, passage and statement against the texts in a folder, named by the slugs of the sources."""

    def __init__(self, folder: Path):
        self.verdict = VerificationReport()
        self.texts = {
            source.pk: SourceText(path.read_bytes())
            for source in Source.objects.all()
            if (path := folder / f"{source.slug}.txt").is_file()
        }

    def run(self):
        self.verified_source_ids = {source.pk for source in Source.objects.all() if self.check_source(source)}
        self.verified_passage_ids = {
            passage.pk for passage in Passage.objects.select_related("source") if self.check_passage(passage)
        }
        for model in concrete_models(Record):
            if issubclass(model, Statement):
                for statement in model.objects.with_related():
                    self.check_statement(statement)
            elif issubclass(model, Entry):
                for entry in model.objects.all():
                    self.check_not_copied(entry, entry.summary)
        return self.verdict

    def check_source(self, source):
        """The text is the one that was read."""
        text = self.texts.get(source.pk)
        if text is None:
            self.verdict.not_checkable.append(f"{describe_record(source)}: there is no text {source.slug}.txt")
            return False
        return self.verdict.check(
            text.sha256 == source.sha256, source, f"its text is not the one that was read (SHA-256 {text.sha256})"
        ) and self.verdict.check(
            len(text.lines) == source.lines, source, f"its text does not have {source.lines} lines"
        )

    def check_passage(self, passage):
        """Its lines exist and hold words, under the heading that it names."""
        if passage.source_id not in self.verified_source_ids:
            self.verdict.not_checkable.append(describe_record(passage))
            return False
        text = self.texts[passage.source_id]
        lines = text.lines[passage.first_line - 1 : passage.last_line]
        return self.verdict.check(
            passage.last_line <= len(text.lines) and any(line.strip() for line in lines),
            passage,
            "there are no such lines, or they are empty",
        ) and self.verdict.check(
            not passage.section or text.has_heading(passage.section, passage.last_line),
            passage,
            f"no heading “{passage.section}” stands before it",
        )

    def check_statement(self, statement):
        """Each entry that it names is spoken of in a passage that it cites, and its sentence is our own."""
        passages = [p for p in statement.citations.all() if p.pk in self.verified_passage_ids]
        if not passages:
            self.verdict.not_checkable.append(f"{describe_record(statement)}: none of its passages can be checked")
            return
        places = "; ".join(str(passage) for passage in passages)
        for entry in statement.entries():
            self.verdict.check(
                any(self.texts[p.source_id].mentions(entry, p) for p in passages),
                statement,
                f"“{entry}” is not spoken of in {places}",
            )
        columns = [f.name for f in statement._meta.fields if f.get_internal_type() == "CharField"]
        self.check_not_copied(statement, *(getattr(statement, column) for column in columns))

    def check_not_copied(self, record, *words):
        """No sentence of a source is carried over."""
        said = set().union(*(word_ngrams(text) for text in words))
        copied = next((run for text in self.texts.values() for run in said & text.ngrams), ())
        self.verdict.check(not copied, record, f"“{' '.join(copied)}” is copied from a source")
