"""Replaced texts: when the text of a source becomes another one, all that cites it is to be checked."""

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_save, pre_save

from kb.choices import CitationState
from kb.editorial.snapshot import format_key, serialize_key
from kb.editorial.support import save_citation_states
from kb.models import Finding, Source, Statement, concrete_models

REPLACED_TEXT = "The text of “{}” is another one since this was read: see whether its lines still say so."


def find_citing_statements(source: Source) -> Iterable[Statement]:
    """Yield the statements that cite a source, drafts included and retired ones left out."""
    for model in concrete_models(Statement):
        citing = model.objects.not_retired().filter(citations__source=source).distinct()
        yield from citing.prefetch_related("citations__source")


def open_checks_of_citing_statements(source: Source) -> None:
    """Put every statement that cites a source on the list of failing checks: its text was replaced."""
    why, statements = REPLACED_TEXT.format(source), list(find_citing_statements(source))
    for statement in statements:
        Finding.objects.for_records(statement).filter(why=why).delete()
    Finding.objects.bulk_create(
        Finding(
            kind=ContentType.objects.get_for_model(statement),
            object_id=statement.pk,
            slug=format_key(serialize_key(statement)),
            why=why,
        )
        for statement in statements
    )
    save_citation_states((statement, CitationState.IN_DOUBT) for statement in statements)


def remember_stored_text(sender: type[Source], instance: Source, **kwargs: Any) -> None:
    """Keep the fingerprint of the text that is stored, to be compared once the source is saved.

    None where a new edition is saved: its lines are compared with those of the last one (kb.editorial.new_editions).
    """
    stored = Source.objects.filter(pk=instance.pk).first()
    is_new_edition = stored is not None and stored.edition != instance.edition
    instance.stored_sha256 = None if stored is None or is_new_edition else stored.sha256


def open_checks_if_text_was_replaced(sender: type[Source], instance: Source, created: bool, **kwargs: Any) -> None:
    if not created and instance.stored_sha256 not in {None, instance.sha256}:
        open_checks_of_citing_statements(instance)


def connect_signal_handlers() -> None:
    """Connect the handlers that open checks when the text of a source is replaced."""
    pre_save.connect(remember_stored_text, sender=Source)
    post_save.connect(open_checks_if_text_was_replaced, sender=Source)
