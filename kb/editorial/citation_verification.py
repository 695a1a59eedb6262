"""Verification of citations against the texts of the sources: checksums, lines, headings, mentions, copied text."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.utils.text import Truncator

from kb.editorial.replaced_texts import REPLACED_TEXT
from kb.editorial.snapshot import format_key, serialize_key
from kb.models import (
    MAX_REASON_LENGTH,
    Check,
    Edition,
    Entry,
    Finding,
    Passage,
    Record,
    Source,
    Statement,
    VersionedRecord,
    concrete_models,
    versioned_models,
)
from kb.utils.fuzzy import normalize_name
from kb.utils.locks import exclusive_transaction
from kb.utils.text_analysis import FUNCTION_WORDS, snowball_stem

EQUIVALENT_STEMS = dict.fromkeys(["strength", "strengthen", "stronger"], "strong")
EQUIVALENT_STEMS |= dict.fromkeys(["weaken", "weaker"], "weak")
LIST_ITEM = re.compile(r"\s*([-•]|[A-Z][^.:]{0,60}:\s+\S)")  # A bullet, or a heading and its text on one line.
LIST_INTRODUCTION = re.compile(r"(:|\binclud(e|ing))$")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\s[–—]\s")
MIN_COPIED_WORDS = 9  # A sequence of this many words counts as copied.


@cache
def significant_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of a text, without function words."""
    words = re.findall(r"[a-z0-9]+", normalize_name(text).replace("'s", ""))
    stems = (snowball_stem(word) for word in words if word not in FUNCTION_WORDS)
    return frozenset(EQUIVALENT_STEMS.get(stem, stem) for stem in stems)


@cache
def word_ngrams(text: str) -> frozenset[tuple[str, ...]]:
    """Return all sequences of MIN_COPIED_WORDS words in a text."""
    words = re.findall(r"[a-z0-9]+", normalize_name(text))
    starts = range(len(words) - MIN_COPIED_WORDS + 1)
    return frozenset(tuple(words[start : start + MIN_COPIED_WORDS]) for start in starts)


@dataclass(eq=False)
class SourceText:
    """The text of a source, as read from its file."""

    content: bytes

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def lines(self) -> list[str]:
        return self.content.decode(errors="replace").splitlines()

    @cached_property
    def ngrams(self) -> frozenset[tuple[str, ...]]:
        return word_ngrams(" ".join(self.lines))

    def sentence_stems(self, number: int) -> list[frozenset[str]]:
        """Return the stems of each sentence of a line, counted from 1."""
        return [significant_stems(sentence) for sentence in SENTENCE_END.split(self.lines[number - 1])]

    def introducing_lines(self, number: int) -> Iterator[int]:
        """Yield the numbers of the lines that introduce the (nested) lists to which a line belongs, nearest first."""
        above = number
        while above > 1 and LIST_ITEM.match(self.lines[above - 1]):
            above -= 1
            while above > 1 and not self.lines[above - 1].strip():
                above -= 1
            if LIST_INTRODUCTION.search(self.lines[above - 1].rstrip()):
                yield above

    def has_heading(self, heading: str, last_line: int) -> bool:
        """Return whether a line up to `last_line` is this heading."""
        return any(normalize_name(line) == normalize_name(heading) for line in self.lines[:last_line])

    def find_nearest_heading(self, last_line: int, headings: Container[str]) -> str:
        """Return the last line up to `last_line` that is one of these headings; an empty text if there is none.

        The headings are given as `normalize_name` has them.
        """
        lines = reversed(self.lines[:last_line])
        return next((line for line in lines if normalize_name(line) in headings), "")

    def mentions(self, names: Iterable[frozenset[str]], passage: Passage, headings: Container[str]) -> bool:
        """Return whether a sentence of the passage, its list's introduction or its nearest heading has a name.

        Each name is given by the stems of its words. A passage may name a heading further up, which says nothing of
        it. An item of a list is read with the heading: “Lower back”, under “Joint pain”, is a place of pain.
        """
        numbers = {*range(passage.first_line, passage.last_line + 1), *self.introducing_lines(passage.first_line)}
        heading = significant_stems(self.find_nearest_heading(passage.first_line, headings))
        sentences = [heading, *(stems for number in numbers for stems in self.sentence_stems(number))]
        items = [number for number in numbers if LIST_ITEM.match(self.lines[number - 1])]
        sentences += [heading | stems for number in items for stems in self.sentence_stems(number)]
        return any(name and name <= sentence for name in names for sentence in sentences)


def find_name_stems(entry: Entry, statement: Statement) -> list[frozenset[str]]:
    """Return the stems of each name of an entry, as the text that a statement cites may have them.

    A statement on strengthening speaks of weak bones where the text says strong.
    """
    names = [significant_stems(name) for name in entry.names()]
    if "strong" in significant_stems(statement.text):
        names += [frozenset("strong" if stem == "weak" else stem for stem in name) for name in names]
    return names


def describe_record(record: VersionedRecord) -> str:
    return f"{record._meta.verbose_name} {getattr(record, 'slug', record)}"


@dataclass
class FailedCheck:
    """A record that failed a check, and the reason."""

    record: VersionedRecord
    why: str

    def __str__(self) -> str:
        return f"{describe_record(self.record)}: {self.why}"


@dataclass
class VerificationReport:
    """The number of checks passed, and the records that failed, that are in doubt, or that could not be checked.

    In doubt is what cites a text that was replaced: its lines are to be looked up in the new one.
    """

    passed: int = 0
    failed_checks: list[FailedCheck] = field(default_factory=list)
    in_doubt: list[FailedCheck] = field(default_factory=list)
    not_checkable: list[FailedCheck] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        return [str(failed) for failed in self.failed_checks]

    def check(self, passed: bool, record: VersionedRecord, reason: str) -> bool:
        """Count a check, with the reason if it failed; return whether it passed."""
        if passed:
            self.passed += 1
        else:
            self.failed_checks.append(FailedCheck(record, reason))
        return passed

    def save_findings(self) -> None:
        """Store what failed and what is in doubt in place of the last findings; those not checked now stay."""
        with exclusive_transaction():
            unchecked = {(type(item.record), item.record.pk) for item in self.not_checkable}
            for model in {model for model, _ in unchecked} | set(versioned_models()):
                kept = {key for of, key in unchecked if of is model}
                kind = ContentType.objects.get_for_model(model)
                Finding.objects.filter(kind=kind).exclude(object_id__in=kept).delete()
            found = [*self.failed_checks, *self.in_doubt]
            done = Check.objects.create(passed=self.passed, failed=len(found), not_checkable=len(self.not_checkable))
            Finding.objects.bulk_create(
                Finding(
                    kind=ContentType.objects.get_for_model(failed.record),
                    object_id=failed.record.pk,
                    slug=format_key(serialize_key(failed.record)),
                    why=Truncator(failed.why).chars(MAX_REASON_LENGTH),
                    at=done.at,
                )
                for failed in found
            )


def read_texts(folder: Path) -> dict[int, SourceText]:
    """Return the texts in a folder, one file SLUG.txt for each source, by the key of the source."""
    return {
        source.pk: SourceText(path.read_bytes())
        for source in Source.objects.all()
        if (path := folder / f"{source.slug}.txt").is_file()
    }


def read_kept_texts() -> dict[int, SourceText]:
    """Return the texts that this installation keeps for its editors, by the key of the source: the latest of each."""
    editions = Edition.objects.order_by("kept_at", "pk")
    return {edition.source_id: SourceText(edition.text.encode()) for edition in editions}


class CitationVerifier:
    """Checks every source, passage and statement against the texts of the sources, by the keys of these."""

    def __init__(self, texts: Mapping[int, SourceText]) -> None:
        self.report = VerificationReport()
        self.verified_source_ids: set[int] = set()
        self.verified_passage_ids: set[int] = set()
        self.headings: dict[int, set[str]] = defaultdict(set)  # Of each source, normalised, by its key.
        for source_id, section in Passage.objects.exclude(section="").order_by().values_list("source", "section"):
            self.headings[source_id].add(normalize_name(section))
        self.texts = texts

    def run(self) -> VerificationReport:
        """Make all checks and return the report."""
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
        return self.report

    def check_source(self, source: Source) -> bool:
        """Check that the text has the checksum and the number of lines of the source."""
        text = self.texts.get(source.pk)
        if text is None:
            self.report.not_checkable.append(FailedCheck(source, f"there is no text {source.slug}.txt"))
            return False
        return self.report.check(
            text.sha256 == source.sha256, source, f"its text is not the one that was read (SHA-256 {text.sha256})"
        ) and self.report.check(len(text.lines) == source.lines, source, f"its text does not have {source.lines} lines")

    def check_passage(self, passage: Passage) -> bool:
        """Check that the lines exist and are not empty, and that the heading precedes them."""
        if passage.source_id not in self.verified_source_ids:
            self.report.not_checkable.append(FailedCheck(passage, "its source could not be checked"))
            return False
        text = self.texts[passage.source_id]
        lines = text.lines[passage.first_line - 1 : passage.last_line]
        return self.report.check(
            passage.last_line <= len(text.lines) and any(line.strip() for line in lines),
            passage,
            "there are no such lines, or they are empty",
        ) and self.report.check(
            not passage.section or text.has_heading(passage.section, passage.last_line),
            passage,
            f"no heading “{passage.section}” stands before it",
        )

    def is_heading_only(self, passage: Passage) -> bool:
        """Return whether all lines of a passage that are not empty are headings of its source."""
        lines = self.texts[passage.source_id].lines[passage.first_line - 1 : passage.last_line]
        return all(normalize_name(line) in self.headings[passage.source_id] for line in lines if line.strip())

    def check_statement(self, statement: Statement) -> None:
        """Check that a cited passage mentions each entry of the statement, and that its texts are not copied."""
        cited = list(statement.citations.all())
        replaced = {p.source for p in cited if p.source_id in self.texts.keys() - self.verified_source_ids}
        for source in sorted(replaced, key=str):
            self.report.in_doubt.append(FailedCheck(statement, REPLACED_TEXT.format(source)))
        passages = [p for p in cited if p.pk in self.verified_passage_ids]
        if not passages:
            if not replaced:
                reason = "it cites nothing" if not cited else "none of its passages can be checked"
                self.report.not_checkable.append(FailedCheck(statement, reason))
            return
        places = "; ".join(str(passage) for passage in passages)
        self.report.check(
            not all(map(self.is_heading_only, passages)), statement, f"it cites nothing but a heading: {places}"
        )
        for entry in statement.entries():
            names = find_name_stems(entry, statement)
            self.report.check(
                any(self.texts[p.source_id].mentions(names, p, self.headings[p.source_id]) for p in passages),
                statement,
                f"“{entry}” is not spoken of in {places}",
            )
        columns = [f.name for f in statement._meta.fields if f.get_internal_type() == "CharField"]
        self.check_not_copied(statement, *(getattr(statement, column) for column in columns))

    def check_not_copied(self, record: Entry | Statement, *texts: str) -> None:
        """Check that no sequence of MIN_COPIED_WORDS words stands in a source as well."""
        ngrams = frozenset().union(*(word_ngrams(text) for text in texts))
        copied = next((ngram for source in self.texts.values() for ngram in ngrams & source.ngrams), ())
        self.report.check(not copied, record, f"“{' '.join(copied)}” is copied from a source")
