"""Notices: what a reader must know of the sources of a statement, such as that one was withdrawn."""

from kb.choices import PassageState
from kb.models import Source, Statement

STATE_NOTICES = {
    PassageState.MOVED: "stand elsewhere in it",
    PassageState.CHANGED: "are others in it",
    PassageState.GONE: "do not stand in it any more",
}


def describe_citation_notices(statement: Statement) -> list[str]:
    """Return what a reader must know of what a statement cites, a sentence each; an empty list if nothing."""
    cited = list(statement.citations.all())
    sources = {passage.source_id: passage.source for passage in cited}.values()
    withdrawn = [describe_withdrawal(source) for source in sources if source.withdrawn_on]
    return withdrawn + [
        f"“{passage.source}” has a newer edition than the one cited here; the cited words {STATE_NOTICES[state]}."
        for passage in cited
        if (state := PassageState(passage.state)) != PassageState.AS_CITED
    ]


def describe_withdrawal(source: Source) -> str:
    """Return the sentence that a source was withdrawn, when and why."""
    return f"“{source}” was withdrawn on {source.withdrawn_on}: {source.withdrawn_why.rstrip('.')}."
