"""Trials: several records published one after the other in a transaction that is rolled back, and what that tells."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from kb.editorial.content_rules import apply_content
from kb.editorial.diff import field_label
from kb.editorial.dry_run import fetch_stored_record
from kb.editorial.editing import is_outdated
from kb.editorial.impact import Impact, compute_impact, may_change_other_answers
from kb.editorial.publication_order import Proposal
from kb.editorial.snapshot import editable_fields
from kb.editorial.versioning import versioned_transaction
from kb.models import Change, VersionedRecord

MOVED_ON = "It has been changed since it was sent: its author sends it again."
Errors = dict[int, list[str]]  # What is wrong with each proposal, by its position; those without errors are left out.


@dataclass
class Trial:
    """What refuses the publication of some proposals, and the impact of some, by their positions."""

    errors: Errors = field(default_factory=dict)
    impacts: dict[int, Impact] = field(default_factory=dict)


def try_publication(proposals: Sequence[Proposal], impact_of: Collection[int] = ()) -> Trial:
    """Publish proposals one after the other in a transaction that is rolled back; return what that tells.

    `impact_of` are the positions of those whose impact is computed, each as if those before it were published.
    """
    trial = Trial()
    with versioned_transaction():
        for position, (record, _, content) in enumerate(proposals):
            try:
                with transaction.atomic():
                    if position in impact_of and may_change_other_answers(record, content):
                        trial.impacts[position] = compute_impact(record, content)
                    apply_content(fetch_stored_record(record), content)
            except ValidationError as error:
                trial.errors[position] = describe_errors(record, error)
        transaction.set_rollback(True)
    return trial


def describe_errors(record: VersionedRecord, error: ValidationError) -> list[str]:
    """Return the messages of an error of a record, each with the name of its field."""
    if not hasattr(error, "error_dict"):
        return list(error.messages)
    fields = {field.name: field_label(field) for field in editable_fields(type(record))}
    return [
        message if name == NON_FIELD_ERRORS else f"{fields.get(name, name)}: {message}"
        for name, messages in error.message_dict.items()
        for message in messages
    ]


def try_changes(changes: Sequence[Change], impact_of: Collection[int] = ()) -> Trial:
    """Try to publish changes in this order; return what refuses which, and the impact of those at these positions."""
    positions = [n for n, change in enumerate(changes) if not is_outdated(change, change.record)]
    wanted = [n for n, position in enumerate(positions) if position in impact_of]
    trial = try_publication([Proposal.from_change(changes[position]) for position in positions], wanted)
    errors = {positions[n]: messages for n, messages in trial.errors.items()}
    errors |= {n: [MOVED_ON] for n in range(len(changes)) if n not in positions}
    return Trial(dict(sorted(errors.items())), {positions[n]: impact for n, impact in trial.impacts.items()})
