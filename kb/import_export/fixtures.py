"""How the shipped data come in: whole and sound, or not at all."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.serializers.base import DeserializationError
from django.db import DatabaseError

from kb.choices import Way
from kb.dataset.version import record_models
from kb.editorial.versioning import Attribution, record_untracked_changes, versioned_transaction
from kb.import_export import fixture_upgrade as shipping


def get_fixture_labels():
    """The shipped data, one file a model, in the order in which they are loaded."""
    return [path.stem for path in shipping.get_fixture_files()]


def has_no_records():
    """Whether no record of any kind is there."""
    return not any(model.objects.exists() for model in record_models())


def validation_errors():
    """What is wrong with the records that are there, one sentence each; nothing, where all are sound."""
    for model in record_models():
        for record in model.objects.with_related():
            found = [words for field, words in record.publication_errors()]
            try:
                record.full_clean(validate_unique=False, validate_constraints=False)  # The database holds these.
            except ValidationError as error:
                found += [
                    f"{field}: {message}" for field, messages in error.message_dict.items() for message in messages
                ]
            yield from (f"{model._meta.verbose_name} {record.slug}: {fault}" for fault in found)


def load_fixtures():
    """Load the shipped data; refuse them whole where anything is wrong, and say what."""
    try:
        with (
            versioned_transaction()
        ):  # What the files link is no writing past the editor: catch_up writes all of it down, once.
            call_command("loaddata", *get_fixture_labels(), verbosity=0)
            if wrong := list(validation_errors()):
                raise CommandError("Nothing was loaded, since the data are not sound:\n- " + "\n- ".join(wrong))
            record_untracked_changes(
                Attribution(way=Way.SHIPPED, why=f"Came with the shipped data of version {settings.VERSION}.")
            )
            shipping.mark_fixtures_applied()
    except (DeserializationError, DatabaseError, TypeError, ValueError) as error:
        raise CommandError(f"Nothing was loaded: {error}") from error
