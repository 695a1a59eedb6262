"""The data of tests: made once in a process, the shipped ones by reading their files, then put back row by row."""

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, models

from kb.editorial.versioning import versioned_models, versioned_transaction
from kb.import_export.fixtures import load_fixtures
from kb.models import Event, Release, Shipment, Version
from kb.releases.builder import build_archive, build_checksums_file
from kb.releases.documents import ReleaseDocuments

CACHED_ROWS = {}  # What each maker made, by table.


def get_loaded_models():
    """Everything that loading fills: records, what links them, and what is kept of them."""
    links = [field.remote_field.through for model in versioned_models() for field in model._meta.many_to_many]
    return [*versioned_models(), *links, Version, Event, Shipment]


def load_data(make=load_fixtures):
    """Have data in the database as they are made there: the shipped ones, unless others are wanted."""
    if make not in CACHED_ROWS:
        make()
        CACHED_ROWS[make] = {model: list(model._base_manager.all()) for model in get_loaded_models()}
        for version in CACHED_ROWS[make][Version]:
            version.model_then = version.model
        return
    with versioned_transaction():
        for version in CACHED_ROWS[make][Version]:  # Where the tables were emptied, the kinds have other keys.
            version.kind_id = ContentType.objects.get_for_model(version.model_then).pk
        for model, rows in CACHED_ROWS[make].items():
            models.QuerySet(model).bulk_create(rows, batch_size=500)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), get_loaded_models()):
                cursor.execute(statement)


def create_two_releases():
    """Two releases without the data, which are quickly made: 2026.12 tells a change of each sort since 2026.11."""
    told = [
        ("published", "treatments", "letrozole", {}),
        ("published", "treatments", "tamoxifen", {"why": ["Line 2 & <line 3>."]}),
        ("changed", "symptoms", "joint-pain", {"fields": {"codes": {"before": ["icd10:M25.5"], "now": []}}}),
        ("retired", "treatments", "rest", {"replaced_by": "letrozole"}),
        ("removed", "side-effects", "rest-causes-pain", {}),
    ]
    told = [{"event": e, "kind": kind, "slug": slug, "name": slug, "why": []} | more for e, kind, slug, more in told]
    last = None
    for name, changes in {"2026.11": told[:2], "2026.12": told}.items():
        last = Release.objects.create(name=name, data_version=name, version="1", records=9, previous=last)
        files = [*ReleaseDocuments(last, changes).build_files()]
        files.append(build_checksums_file(files))
        for file in [build_archive(last, files), *files]:
            file.release = last
            file.save()
