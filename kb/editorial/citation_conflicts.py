"""What the check of the citations would find wrong with a statement, before it is saved."""

from collections import defaultdict

from kb.editorial.citation_verification import CitationVerifier, VerificationReport
from kb.editorial.source_texts import find_editions
from kb.editorial.text_matching import SourceText
from kb.models import Passage, RelatedRecords, Statement
from kb.utils.fuzzy import normalize_name


def find_citation_conflicts(statement: Statement, related: RelatedRecords) -> dict[str, list[str]]:
    """Return by field what `verify_citations` would find wrong with a statement, were it saved as it is.

    `related` holds the records to which its fields will refer; passages may be new ones. Only the texts that are kept
    of the sources that it cites are looked at: nothing is wrong where none is.
    """
    conflicts: dict[str, list[str]] = defaultdict(list)
    for failed in verify_statement(statement, related).failed_checks:
        conflicts[failed.field].append(f"The check of the citations finds: {failed.why}.")
    return dict(conflicts)


def verify_statement(statement: Statement, related: RelatedRecords) -> VerificationReport:
    """Return what `verify_citations` finds of one statement, by the texts that are kept of its sources."""
    passages = [passage for passage in related["citations"] if isinstance(passage, Passage)]
    editions = find_editions(passage.source_id for passage in passages)
    verifier = CitationVerifier({key: SourceText(edition.text.encode()) for key, edition in editions.items()})
    verifier.verified_source_ids = set(editions)
    for passage in passages:
        if passage.section:
            verifier.headings[passage.source_id].add(normalize_name(passage.section))
        verifier.check_passage(passage)
    verifier.check_statement(statement, related)
    return verifier.report
