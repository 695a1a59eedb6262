"""Whether the lines support a statement: a second person decides, and it is open again once either side changes."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from kb.choices import CitationState, Way
from kb.dataset.writes import publish_writes
from kb.editorial.snapshot import Content, serialize_record
from kb.models import CitationCheck, Passage, Source, Statement, SupportDecision, Version, VersionedRecord
from kb.models.data_revision import in_versioned_transaction

# Of a statement, what says nothing of what it asserts: its name, whether it is public, and when it was reviewed.
UNASSERTED_FIELDS = {"slug", "status", "replaced_by", "reviewed_on", "review_due"}


def select_assertion(content: Content) -> Content:
    """Return what a content asserts, without the name, the status and the reviews of its statement."""
    return {name: value for name, value in content.items() if name not in UNASSERTED_FIELDS}


def compute_support_digest(statement: Statement) -> str:
    """Return a digest of both sides: of what a statement asserts, and of the places and texts that it cites."""
    asserted = select_assertion(serialize_record(statement))
    asserted["citations"] = sorted(
        [
            passage.source.slug,
            passage.section,
            passage.first_line,
            passage.last_line,
            passage.edition_sha256,
            passage.state,
        ]
        for passage in statement.citations.all()
    )
    return hashlib.sha256(json.dumps(asserted, sort_keys=True).encode()).hexdigest()


def find_authors(statement: Statement) -> set[int]:
    """Return the keys of those who wrote what a statement asserts now, in its first version that says so and after.

    To confirm it is not to write it; nor is it written anew where a new edition of its source has the same words.
    """
    authors: set[int] = set()
    current, is_carried_over = select_assertion(serialize_record(statement)), False
    versions = Version.objects.for_records(statement).select_related("change").order_by("-number")
    for version in versions.iterator(chunk_size=10):
        asserted = select_assertion(version.content or {})
        if is_carried_over:
            current = current | {"citations": asserted.get("citations")}
        if asserted != current:
            break
        is_carried_over = version.change is not None and version.change.kind_id != version.kind_id
        if version.by_id is not None and version.way != Way.REVIEW:
            authors.add(version.by_id)
    return authors


def decide_support(user: User, statement: Statement) -> SupportDecision:
    """Store that this person found the lines of a statement to support it, in place of the last decision.

    The caller has made sure that the person may decide, and holds the lock of the record.
    """
    lock_places(statement.citations.all())
    of_statement = SupportDecision.objects.for_records(statement)
    of_statement.filter(reopened_at=None).update(reopened_at=timezone.now())
    kind = ContentType.objects.get_for_model(statement)
    digest = compute_support_digest(statement)
    return SupportDecision.objects.create(kind=kind, object_id=statement.pk, digest=digest, by=user)


def carry_over_answers(statements: Iterable[Statement]) -> None:
    """Let what was checked and decided hold of statements whose places are others now, though their words are not."""
    for statement in statements:
        digest = compute_support_digest(statement)
        SupportDecision.objects.for_records(statement).filter(reopened_at=None).update(digest=digest)
        CitationCheck.objects.for_records(statement).update(digest=digest)


def save_citation_states(states: Iterable[tuple[Statement, CitationState]]) -> None:
    """Store what a check of the citations found of statements as they were read; those not checked keep their last.

    Nothing is stored of a statement that was changed since it was read.
    """
    by_model: dict[type[Statement], list[CitationCheck]] = {}
    for statement, state in states:
        if state != CitationState.NOT_CHECKED:
            kind, digest = ContentType.objects.get_for_model(statement), compute_support_digest(statement)
            check = CitationCheck(kind=kind, object_id=statement.pk, digest=digest, state=state)
            by_model.setdefault(type(statement), []).append(check)
    with transaction.atomic():
        lock_places(Passage.objects.all())
        for model, checks in by_model.items():
            keys = [check.object_id for check in checks]
            CitationCheck.objects.filter(kind=checks[0].kind, object_id__in=keys).delete()
            CitationCheck.objects.bulk_create(checks)
            reopen_statements(model, keys)
        if not in_versioned_transaction.get():
            publish_writes()  # Readers see the states of the citations.


def lock_places(passages: models.QuerySet[Passage]) -> None:
    """Lock passages and their sources until the transaction ends, so that neither changes after a digest was made."""
    keys = list(passages.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    sources = Source.objects.filter(passages__in=keys).order_by("pk").values("pk")
    list(Source.objects.filter(pk__in=sources).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def reopen_changed_statements(versions: Iterable[tuple[type[VersionedRecord], Version]]) -> None:
    """Reopen the decisions, and drop the checks, of statements that are not what they were, nor are their lines.

    `versions` are what was written, with the model of each: statements themselves, or passages and sources that they
    cite.
    """
    written: dict[type[VersionedRecord], set[int]] = {}
    for model, version in versions:
        written.setdefault(model, set()).add(version.object_id)
    cited = models.Q(citations__in=written.get(Passage, ())) | models.Q(citations__source__in=written.get(Source, ()))
    for relation in Passage._meta.related_objects if written else ():
        if not issubclass(relation.related_model, Statement):
            continue
        model = relation.related_model
        keys = written.get(model, set())
        if Passage in written or Source in written:
            keys = keys | set(model._default_manager.filter(cited).values_list("pk", flat=True))
        if keys:
            reopen_statements(model, keys)


def reopen_statements(model: type[Statement], keys: Iterable[int]) -> None:
    """Reopen the decisions, and drop the checks, of those of these statements that are not what they were."""
    rows = {"kind": ContentType.objects.get_for_model(model), "object_id__in": keys}
    decisions = SupportDecision.objects.filter(**rows, reopened_at=None)
    checks = CitationCheck.objects.filter(**rows)
    answers = [*decisions, *checks]
    if not answers:
        return
    statements = model._default_manager.with_related().in_bulk({answer.object_id for answer in answers})
    digests: Mapping[int, str] = {key: compute_support_digest(statement) for key, statement in statements.items()}
    changed = {answer.object_id for answer in answers if answer.digest != digests.get(answer.object_id)}
    decisions.filter(object_id__in=changed).update(reopened_at=timezone.now())
    checks.filter(object_id__in=changed).delete()
