"""Verification of citations against the texts of the sources: checksums, lines, headings, mentions, copied text."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.utils.text import Truncator

from kb.choices import CitationState
from kb.editorial.replaced_texts import REPLACED_TEXT
from kb.editorial.snapshot import format_key, serialize_key
from kb.editorial.source_texts import find_text_files
from kb.editorial.support import save_citation_states
from kb.editorial.text_matching import SourceText, find_name_stems, word_ngrams
from kb.models import (
    MAX_REASON_LENGTH,
    Check,
    Edition,
    Entry,
    Finding,
    Passage,
    Record,
    RelatedRecords,
    Source,
    Statement,
    VersionedRecord,
    concrete_models,
    versioned_models,
)
from kb.utils.fuzzy import normalize_name
from kb.utils.locks import exclusive_transaction

EARLIER_EDITION = "{} is of an earlier edition than the one that is read now. {}."


def describe_record(record: VersionedRecord) -> str:
    return f"{record._meta.verbose_name} {getattr(record, 'slug', record)}"


@dataclass
class FailedCheck:
    """A record that failed a check, the reason, and the field of the record that it is about."""

    record: VersionedRecord
    why: str
    field: str = "citations"

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
    citation_states: list[tuple[Statement, CitationState]] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        return [str(failed) for failed in self.failed_checks]

    def check(self, passed: bool, record: VersionedRecord, reason: str, field: str = "citations") -> bool:
        """Count a check, with the reason and the field if it failed; return whether it passed."""
        if passed:
            self.passed += 1
        else:
            self.failed_checks.append(FailedCheck(record, reason, field))
        return passed

    def save_findings(self) -> None:
        """Store what failed and what is in doubt in place of the last findings; those not checked now stay."""
        with exclusive_transaction():
            unchecked = {(type(item.record), item.record.pk) for item in self.not_checkable}
            for model in {model for model, _ in unchecked} | set(versioned_models()):
                kept = {key for of, key in unchecked if of is model}
                kind = ContentType.objects.get_for_model(model)
                Finding.objects.filter(kind=kind).exclude(object_id__in=kept).delete()
            found = {(item.record, item.why): item for item in [*self.failed_checks, *self.in_doubt]}.values()
            for item in found:  # Of what was checked in part, an earlier finding may be the same.
                Finding.objects.for_records(item.record).filter(why=item.why).delete()
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
            save_citation_states(self.citation_states)


def read_texts(folder: Path) -> dict[int, SourceText]:
    """Return the texts in a folder, one file SLUG.txt for each source, by the key of the source."""
    return {
        source.pk: SourceText(path.read_bytes()) for source, path in find_text_files(folder).items() if path.is_file()
    }


def read_stored_texts() -> dict[int, SourceText]:
    """Return the texts that this installation keeps for its editors, by the key of the source.

    Of several of one source, the one that was read; where it is not kept, the latest.
    """
    editions = Edition.objects.select_related("source").order_by("stored_at", "pk")
    ranked = sorted(editions, key=lambda edition: edition.sha256 == edition.source.sha256)
    return {edition.source_id: SourceText(edition.text.encode()) for edition in ranked}


class CitationVerifier:
    """Checks every source, passage and statement against the texts of the sources, by the keys of these."""

    def __init__(self, texts: Mapping[int, SourceText]) -> None:
        self.report = VerificationReport()
        self.verified_source_ids: set[int] = set()
        self.verified_places: set[tuple[str | int, ...]] = set()  # Passages by their keys: a new one is not saved yet.
        self.headings: dict[int, set[str]] = defaultdict(set)  # Of each source, normalised, by its key.
        for source_id, section in Passage.objects.exclude(section="").order_by().values_list("source", "section"):
            self.headings[source_id].add(normalize_name(section))
        self.texts = texts

    def run(self) -> VerificationReport:
        """Make all checks and return the report."""
        self.verified_source_ids = {source.pk for source in Source.objects.all() if self.check_source(source)}
        for passage in Passage.objects.select_related("source"):
            self.check_passage(passage)
        for model in concrete_models(Record):
            if issubclass(model, Statement):
                for statement in model.objects.with_related():
                    self.check_statement(statement, statement.related_records())
            elif issubclass(model, Entry):
                for entry in model.objects.all():
                    self.check_not_copied(entry, "summary")
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
        if not passage.is_of_current_edition:
            return False  # What cites it is in doubt.
        text = self.texts[passage.source_id]
        lines = text.lines[passage.first_line - 1 : passage.last_line]
        passed = self.report.check(
            passage.last_line <= len(text.lines) and any(line.strip() for line in lines),
            passage,
            "there are no such lines, or they are empty",
        ) and self.report.check(
            not passage.section or text.has_heading(passage.section, passage.last_line),
            passage,
            f"no heading “{passage.section}” stands before it",
        )
        if passed:
            self.verified_places.add(passage.natural_key())
        return passed

    def is_heading_only(self, passage: Passage) -> bool:
        """Return whether all lines of a passage that are not empty are headings of its source."""
        lines = self.texts[passage.source_id].lines[passage.first_line - 1 : passage.last_line]
        return all(normalize_name(line) in self.headings[passage.source_id] for line in lines if line.strip())

    def check_statement(self, statement: Statement, related: RelatedRecords) -> None:
        """Check that a cited passage mentions each entry of the statement, and that its texts are not copied.

        `related` holds the records to which its fields refer, or will refer once it is saved.
        """
        cited = [passage for passage in related["citations"] if isinstance(passage, Passage)]
        self.report.citation_states.append((statement, self.check_citations(statement, related, cited)))
        columns = [f.name for f in statement._meta.fields if f.get_internal_type() in {"CharField", "SlugField"}]
        if any(passage.natural_key() in self.verified_places for passage in cited):
            self.check_not_copied(statement, *columns)

    def check_citations(self, statement: Statement, related: RelatedRecords, cited: Sequence[Passage]) -> CitationState:
        """Check that the cited passages mention each entry of the statement, and return whether the words are there."""
        replaced = {p.source for p in cited if p.source_id in self.texts.keys() - self.verified_source_ids}
        for source in sorted(replaced, key=str):
            self.report.in_doubt.append(FailedCheck(statement, REPLACED_TEXT.format(source)))
        earlier = [p for p in cited if not p.is_of_current_edition]
        for passage in earlier:
            why = EARLIER_EDITION.format(passage, passage.get_state_display())
            self.report.in_doubt.append(FailedCheck(statement, why))
        is_partial = any(p.source_id not in self.texts for p in cited)
        if is_partial and any(p.source_id in self.texts for p in cited):
            self.report.not_checkable.append(FailedCheck(statement, "one of its sources could not be checked"))
        passages = [p for p in cited if p.natural_key() in self.verified_places]
        if not (passages or replaced or earlier):
            reason = "it cites nothing" if not cited else "none of its passages can be checked"
            self.report.not_checkable.append(FailedCheck(statement, reason))
        failed = any(p.source_id in self.verified_source_ids and p not in passages for p in cited if p not in earlier)
        failed |= bool(passages) and not self.check_mentions(statement, related, passages)
        if replaced or earlier:
            return CitationState.IN_DOUBT
        if failed:
            return CitationState.FAILED
        return CitationState.NOT_CHECKED if is_partial or not cited else CitationState.PASSED

    def check_mentions(self, statement: Statement, related: RelatedRecords, passages: Sequence[Passage]) -> bool:
        """Check that passages are more than headings and mention each entry of the statement; return whether all do."""
        places = "; ".join(str(passage) for passage in passages)
        results = [
            self.report.check(
                not all(map(self.is_heading_only, passages)), statement, f"it cites nothing but a heading: {places}"
            )
        ]
        for field_name, records in related.items():
            for entry in records:
                if isinstance(entry, Entry):
                    is_mentioned = self.is_mentioned(entry, statement, passages)
                    why = f"“{entry}” is not spoken of in {places}"
                    results.append(self.report.check(is_mentioned, statement, why, field_name))
        return all(results)

    def is_mentioned(self, entry: Entry, statement: Statement, passages: Sequence[Passage]) -> bool:
        """Return whether one of these passages mentions an entry of a statement."""
        names = find_name_stems(entry, statement)
        return any(self.texts[p.source_id].mentions(names, p, self.headings[p.source_id]) for p in passages)

    def check_not_copied(self, record: Entry | Statement, *columns: str) -> None:
        """Check that no sequence of MIN_COPIED_WORDS words in these columns stands in a source as well."""
        ngrams = {ngram: column for column in reversed(columns) for ngram in word_ngrams(getattr(record, column) or "")}
        copied = next((ngram for source in self.texts.values() for ngram in ngrams.keys() & source.ngrams), ())
        column = ngrams.get(copied, "")
        self.report.check(not copied, record, f"“{' '.join(copied)}” is copied from a source", column)
