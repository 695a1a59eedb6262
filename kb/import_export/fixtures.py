"""The fixture files: reading them, loading them into a database, and noting which contents were applied last."""

import hashlib
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.core.management.base import CommandError
from django.core.serializers.base import DeserializationError
from django.core.serializers.python import Deserializer
from django.db import DatabaseError
from django.db.models import F

from kb.choices import ChangeState, Way
from kb.editorial.snapshot import editable_fields
from kb.editorial.versioning import Attribution, record_untracked_changes, versioned_transaction
from kb.import_export.cells import get_empty_value
from kb.import_export.rows import RECORD_FORMAT_MESSAGE, has_record_format, parse_fixture_records
from kb.models import OPEN_STATES, Change, Entry, Shipment, concrete_models, record_models
from kb.models.records import PrintableTextMixin
from kb.utils.uploads.limits import UnreadableUploadError
from kb.utils.uploads.texts import decode_text
from kb.utils.uploads.yaml_records import read_yaml_records

# The digest of the applied files is stored beside their contents: a start compares it and parses nothing.
DIGEST_LOOKUP = {"model": "", "key": "digest"}
LOADING_ERRORS = (
    DeserializationError,
    FieldDoesNotExist,
    ObjectDoesNotExist,
    ValidationError,
    DatabaseError,
    TypeError,
    ValueError,
)


def get_fixture_files():
    """Return the paths of the fixture files in load order."""
    return sorted((path for folder in settings.FIXTURE_DIRS for path in folder.glob("*.yaml")), key=lambda p: p.stem)


def compute_fixtures_digest():
    """Return the SHA-256 of all fixture files."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in get_fixture_files())).hexdigest()


def read_fixtures():
    """Return the records of all fixture files in load order, as pairs of a place and what YAML says there.

    A place reads "10_side_effects.yaml, line 120". This is the only parser of the files: first load and upgrade both
    take what it returns. The files belong to the program: they are read in this process, with the limits of an upload.
    """
    records = []
    for path in get_fixture_files():
        try:
            parsed = [(f"{path.name}, {at}", data) for at, data in read_yaml_records(decode_text(path.read_bytes()))]
        except UnreadableUploadError as error:
            raise build_reading_error(path.name, [str(error)]) from None
        if not parsed:
            raise build_reading_error(path.name, ["The file holds no records."])
        records += parsed
    return records


def build_reading_error(place, messages):
    return CommandError(f"Nothing was loaded: {place}: {' '.join(messages)}")


def get_fixture_fields(model):
    """Return the fields that fixtures set: the editable ones without those internal to an installation."""
    return [f for f in editable_fields(model) if f.name not in getattr(model, "internal", ())]


def get_fixture_contents(records):
    """Return the content of each record that `read_fixtures()` gave, by model and key.

    A field that a record leaves out has its default. Raise CommandError at the first record with errors.
    """
    contents = {}
    for row in parse_fixture_records(records):
        problems = [
            f"{column}: {message}" if column else message for column, texts in row.errors.items() for message in texts
        ]
        if problems or row.notes:  # What ships is clean: nothing of it is changed unseen.
            raise build_reading_error(row.at, [*problems, *row.notes])
        contents[row.model_class, row.key] = {
            f.name: row.words.get(f.name, get_empty_value(f)) for f in get_fixture_fields(row.model_class)
        }
    return contents


def save_fixture_contents(contents):
    """Store these contents, and the digest of the files, as those applied last."""
    Shipment.objects.exclude(model="", key__startswith="derived").delete()
    Shipment.objects.bulk_create(
        [Shipment(model=model._meta.label_lower, key=key, content=values) for (model, key), values in contents.items()]
    )
    Shipment.objects.create(**DIGEST_LOOKUP, content=compute_fixtures_digest())


def is_up_to_date():
    """Whether the files are byte for byte those applied last."""
    last = Shipment.objects.filter(**DIGEST_LOOKUP).first()
    return last is not None and last.content == compute_fixtures_digest()


def has_no_records():
    """Whether the database holds no record of any kind."""
    return not any(model.objects.exists() for model in record_models())


def load_fixtures():
    """Write the fixture files over what the database holds; raise CommandError and keep nothing if any is invalid."""
    records = read_fixtures()
    contents = get_fixture_contents(records)  # Before anything is written: each record is what a record has to be.
    # No versions while writing: record_untracked_changes makes one of each record.
    with locate_errors("the fixture files"), versioned_transaction():
        clear_parents(records)
        save_records(records)
        if errors := list(validation_errors()):
            raise CommandError("Nothing was loaded, since the data are not sound:\n- " + "\n- ".join(errors))
        record_untracked_changes(
            Attribution(way=Way.SHIPPED, why=f"Came with the shipped data of version {settings.VERSION}.")
        )
        mark_fixtures_applied(contents)


def clear_parents(records):
    """Remove the parents of the entries that are about to be written: with old ones, new ones could make a circle."""
    fields = [data["fields"] for _, data in records if has_record_format(data)]
    slugs = [slug for values in fields if isinstance(slug := values.get("slug"), str)]
    for model in concrete_models(Entry):
        for entry in model.objects.filter(slug__in=slugs).exclude(parents=None).distinct():
            entry.parents.clear()


def save_records(records):
    """Save records with Django's deserializer, as loaddata does: forward references in a second pass."""
    deferred = []
    for place, data in records:
        with locate_errors(place):
            if not has_record_format(data) or "model" not in data:
                raise ValueError(RECORD_FORMAT_MESSAGE)
            for instance in Deserializer([data], handle_forward_references=True):
                if isinstance(instance.object, PrintableTextMixin):
                    instance.object.fold_texts()
                instance.save()
                if instance.deferred_fields:
                    deferred.append((place, instance))
    for place, instance in deferred:
        with locate_errors(place):
            instance.save_deferred_fields()


@contextmanager
def locate_errors(place):
    """Turn an error of loading into a CommandError that says where it was: in which file and line a record stands."""
    try:
        yield
    except LOADING_ERRORS as error:
        reason = " ".join(error.messages) if isinstance(error, ValidationError) else error
        raise CommandError(f"Nothing was loaded: {place}: {reason}") from error


def validation_errors():
    """Yield what is wrong with the records in the database, one sentence each."""
    for model in record_models():
        for record in model.objects.with_related():
            messages = [message for _, message in record.publication_errors()]
            try:
                record.full_clean(validate_unique=False, validate_constraints=False)  # The database checks these.
            except ValidationError as error:
                messages += [f"{name}: {message}" for name, texts in error.message_dict.items() for message in texts]
            yield from (f"{model._meta.verbose_name} {record.slug}: {message}" for message in messages)


def mark_fixtures_applied(contents):
    """Store that every record is as the files say, and withdraw what earlier files had proposed."""
    save_fixture_contents(contents)
    proposed = Change.objects.filter(author=None, way=Way.SHIPPED, state__in=OPEN_STATES)
    proposed.update(state=ChangeState.WITHDRAWN, lock=F("lock") + 1)
