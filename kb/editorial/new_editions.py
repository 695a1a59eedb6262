"""New editions of published sources: proposed with their text, and followed by all that cites the last one."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.text import Truncator

from kb.choices import ChangeState, PassageState, Status, Way
from kb.editorial.editing import EditRequest, get_lock_order, lock_record, propose_change
from kb.editorial.edition_alignment import Placement
from kb.editorial.edition_comparison import place_passages
from kb.editorial.publication_order import Proposal
from kb.editorial.replaced_texts import find_citing_statements
from kb.editorial.snapshot import Content, format_key, serialize_key, serialize_record
from kb.editorial.source_texts import find_edition_texts, store_edition
from kb.editorial.support import carry_over_answers
from kb.editorial.versioning import Attribution, record_versions, versioned_transaction
from kb.models import MAX_REASON_LENGTH, OPEN_STATES, Change, Passage, Source, Statement
from kb.models.editions import compute_fingerprint

Successors = dict[int, tuple[Passage, Placement, Passage | None]]  # By the key of a passage: itself, and what became.


def propose_edition(source: Source, text: str, dated: date | None, edit_request: EditRequest) -> Change:
    """Propose that another text of a published source is read from now on, and keep the text for editors.

    Raise ValidationError if it is the same text, or if that of the last edition is not kept: the lines of both are
    compared once a reviewer approves.
    """
    current = find_edition_texts(source).get(source.edition)
    if current is None:
        raise ValidationError("Keep the text that was read first: without it, nobody can tell what is new in this one.")
    if text.splitlines() == current.lines:
        raise ValidationError("This is the text that is read already: nothing in it is new.")
    if Change.objects.for_records(source).filter(author=edit_request.by, state__in=OPEN_STATES).exists():
        raise ValidationError("You propose another change of this source: have it decided, or withdraw it, before.")
    content = {
        "sha256": compute_fingerprint(text),
        "lines": len(text.splitlines()),
        "dated": dated.isoformat() if dated else None,
        "date_means": source.date_means if dated else "",
        "earlier_editions": source.list_editions_before_next(),
    }
    with versioned_transaction():
        store_edition(source, text)
        return propose_change(source, content, edit_request)


def is_new_edition(change: Change) -> bool:
    """Return whether a change is that of a source to another edition."""
    return change.model is Source and Proposal.from_change(change).is_new_edition


def find_senders(change: Change) -> models.QuerySet[User]:
    """Return whose change it is: its author; of a question that comes of a new edition, whoever has sent that."""
    if change.way != Way.EDITION or change.author_id is not None:
        return User.objects.filter(pk__in=[change.author_id] if change.author_id else [])
    slugs = {slug for slug, *_ in change.base["citations"]}
    kind = ContentType.objects.get_for_model(Source)
    decided = Change.objects.filter(kind=kind, slug__in=slugs).exclude(decided_at=None)
    editions = filter(is_new_edition, decided.prefetch_related("record"))
    return User.objects.filter(pk__in=[edition.author_id for edition in editions])


def follow_new_edition(source: Source, change: Change) -> None:
    """Carry over what is cited as before from the last editions, and ask of each other statement if it still holds.

    To be called in the transaction that approves the change, in which these statements are locked.
    """
    attribution = Attribution(change.author, f"“{source}” is read in edition {source.edition}.", Way.EDITION, change)
    successors = create_successors(source, attribution)
    statements = [*find_citing_statements(source)]
    carried = [statement for statement in statements if carry_over_citations(statement, successors)]
    carry_over_answers(statement for statement in carried if cites_current_editions(statement))
    record_versions(carried, attribution)
    for statement in statements:
        open_changes = Change.objects.for_records(statement).filter(way=Way.EDITION, state__in=OPEN_STATES)
        open_changes.update(state=ChangeState.WITHDRAWN)  # Of the last edition, which nobody reads any more.
        if statement.status == Status.PUBLISHED:
            ask_about_statement(statement, successors, change)


def lock_followers(change: Change) -> None:
    """Lock the statements that follow a change to a new edition until the transaction ends; of other changes, none.

    To be called before the source is locked: who decides on the support of a statement locks the statement first.
    """
    if is_new_edition(change) and isinstance(change.record, Source):
        for statement in sorted(find_citing_statements(change.record), key=get_lock_order):
            lock_record(statement)


def create_successors(source: Source, attribution: Attribution) -> Successors:
    """Set the state of every passage of earlier editions, and create those that stand for them in the current one."""
    successors: Successors = {}
    passages = Passage.objects.filter(source=source, edition__lt=source.edition).select_related("source")
    written: list[Passage] = []
    for passage, placement in place_passages(source, passages):
        if passage.state != placement.state:
            passage.state = placement.state
            passage.save()
            written.append(passage)
        successor = None
        if placement.first_line is not None and placement.last_line is not None:
            successor, is_created = Passage.objects.get_or_create(
                source=source,
                edition=source.edition,
                first_line=placement.first_line,
                last_line=placement.last_line,
                defaults={"section": placement.section},
            )
            written += [successor] if is_created else []
        successors[passage.pk] = passage, placement, successor
    record_versions(written, attribution)
    return successors


def carry_over_citations(statement: Statement, successors: Successors) -> bool:
    """Let a statement cite the new lines where its words stand as before; return whether there are any."""
    found = [successors[passage.pk] for passage in statement.citations.all() if passage.pk in successors]
    same = [(old, new) for old, placement, new in found if new and placement.state == PassageState.AS_CITED]
    if same:
        statement.citations.remove(*(old for old, _ in same))
        statement.citations.add(*(new for _, new in same))
        statement.save()
    return bool(same)


def cites_current_editions(statement: Statement) -> bool:
    """Return whether all that a statement cites is of the edition of its source that is read now."""
    return all(passage.is_of_current_edition for passage in statement.citations.select_related("source"))


def ask_about_statement(statement: Statement, successors: Successors, edition_change: Change) -> None:
    """Send a change for review that cites the lines that may say the same, if one of its passages is not as cited.

    Without any such lines it proposes to leave the citation out, or to retire the statement if it has no other.
    """
    cited = Passage.objects.filter(**{f"{statement._meta.model_name}_set": statement})
    pending = [successors[passage.pk] for passage in cited if passage.pk in successors]
    if not pending or all(not placement.why for _, placement, _ in pending):
        return
    base = serialize_record(type(statement)._default_manager.get(pk=statement.pk))
    author, records = edition_change.author, Change.objects.for_records(statement)
    if records.filter(author=author, state__in=OPEN_STATES).exists():
        author = None  # What they propose of it themselves is left alone.
    Change.objects.create(
        kind=ContentType.objects.get_for_model(statement),
        object_id=statement.pk,
        slug=format_key(serialize_key(statement)),
        base=base,
        content=base | build_proposal(base, pending),
        why=describe_question(pending),
        way=Way.EDITION,
        author=author,
        state=ChangeState.SUBMITTED,
        submitted_at=timezone.now(),
    )


def build_proposal(base: Content, pending: Iterable[tuple[Passage, Placement, Passage | None]]) -> Content:
    """Return the citations with the new lines in place of the old ones; the status `retired` if none are left."""
    keys = {format_key(key): key for key in base["citations"]}
    for old, _, new in pending:
        del keys[format_key(serialize_key(old))]
        if new:
            keys[format_key(serialize_key(new))] = serialize_key(new)
    return {"citations": sorted(keys.values())} if keys else {"status": Status.RETIRED}


def describe_question(pending: Iterable[tuple[Passage, Placement, Passage | None]]) -> str:
    """Return the reason of such a change; it holds no words of a source."""
    reasons = dict.fromkeys(f"{passage}: {placement.why}" for passage, placement, _ in pending)
    return Truncator(f"Its source has a new edition. {' '.join(reasons)}").chars(MAX_REASON_LENGTH)
