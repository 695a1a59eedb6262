"""What a reviewer sees of a change: each field with its cited lines, what is new, the conversation, what forbids it."""

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.timesince import timesince

from kb.admin.change_editions import build_edition_context
from kb.admin.change_queue import find_rivals
from kb.admin.documents import get_passages
from kb.editorial.content_rules import is_public, validate_content
from kb.editorial.diff import describe_unchanged, diff_contents
from kb.editorial.editing import is_outdated, three_way_merge
from kb.editorial.impact import compute_impact, may_change_other_answers
from kb.editorial.remarks import diff_since_refusal, find_remarks
from kb.editorial.snapshot import serialize_record
from kb.editorial.source_texts import attach_cited_lines
from kb.editorial.wording import find_wording_conflicts
from kb.models import Finding, Record, Statement
from kb.permissions import WRITE, is_allowed
from kb.utils.urls import build_form_url

PUBLICATION_FIELDS = {field.name for field in Record._meta.fields}


def describe_change(user, change, resolver, trial=None):
    """Return what the template change_parts.html shows of a change.

    `trial` are the obstacles and the impact, None if it was not computed, of a change that was tried with its batch.
    """
    record = change.record
    is_open = change.is_open and record is not None
    moved = is_open and is_outdated(change, record)
    # Of a new record everything is shown: its draft was never reviewed.
    base = {} if record is not None and not is_public(record) else change.base
    context = {
        "change": change,
        "record": record,
        "kind": capfirst(change.kind.name),
        "differences": put_publication_last(diff_contents(change.model, base, change.content, resolver)),
        "unchanged": [],
        "is_new": not base,
        "is_statement": issubclass(change.model, Statement),
        "suggestions": change.suggestions.select_related("sender"),
        "new_since_refusal": diff_since_refusal(change, resolver) if is_open else None,
        "remarks": find_remarks(change),
        "wording_conflicts": find_wording_conflicts(change.content).values() if is_open else (),
        "findings": Finding.objects.for_records(record) if record is not None else (),
        "rivals": find_rivals(change, record) if is_open else (),
        "waits_for": timesince(change.submitted_at, timezone.now(), depth=1) if change.submitted_at else "",
        "moved": moved,
        "obstacles": [],
        "form_url": record and build_form_url(record),
        "history_url": reverse("admin:kb_version_of", args=[change.kind_id, change.object_id]),
    }
    if is_open and not moved:
        unchanged = describe_unchanged(change.model, base, change.content, resolver)
        context["unchanged"] = put_publication_last(unchanged)
    if is_open and (trial or not moved):
        context["obstacles"], context["impact"] = trial or try_alone(record, change)
    if is_allowed(user, WRITE):
        passages = get_passages([*context["differences"], *context["unchanged"]])
        attach_cited_lines(passages)
        context |= build_edition_context(change, passages)
    if moved:
        _, conflicting_fields = three_way_merge(change, record)
        context["since"] = diff_contents(change.model, change.base, serialize_record(record), resolver)
        context["clash"] = [d.field for d in context["differences"] if d.name in conflicting_fields]
    return context


def put_publication_last(fields):
    """Return described fields, those of every record last: a reviewer looks first for what is said."""
    return sorted(fields, key=lambda field: field.name in PUBLICATION_FIELDS)


def try_alone(record, change):
    """Return the messages that refuse the approval of a change, and its impact where none does."""
    try:
        validate_content(record, change.content)
    except ValidationError as error:
        return error.messages, None
    return [], compute_impact(record, change.content) if may_change_other_answers(record, change.content) else None
