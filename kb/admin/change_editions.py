"""What the page of a change shows of editions: old and new words, and what a new edition carries over."""

from kb.choices import PassageState
from kb.editorial.edition_comparison import compare_passages, compare_with_text
from kb.editorial.new_editions import is_new_edition
from kb.models import Edition


def build_edition_context(change, passages):
    """Return the template context of a change that names these passages: the old and new words of what it cites."""
    if not change.is_open or change.record is None:
        return {}
    if is_new_edition(change):
        return build_new_edition_context(change)
    return {"comparisons": compare_passages({passage.pk: passage for passage in passages}.values())}


def build_new_edition_context(change):
    """Return how many cited passages a new edition carries over, and the words of the others."""
    text = Edition.objects.filter(source=change.record, sha256=change.content["sha256"]).first()
    comparisons = compare_with_text(change.record, text) if text else []
    asked = [comparison for comparison in comparisons if comparison.state != PassageState.AS_CITED]
    counts = {"all": len(comparisons), "carried": len(comparisons) - len(asked)}
    return {"comparisons": asked, "edition_counts": counts if text else None}
