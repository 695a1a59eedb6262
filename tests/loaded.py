"""The shipped data for tests: read from their files once in a process, then put back row by row, which is quick."""

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, models, transaction

from kb.history import by_hand, kept_models
from kb.loading import load
from kb.models import Event, Shipment, Version

ROWS = {}


def tables():
    """Everything that loading fills: records, what links them, and what is kept of them."""
    links = [field.remote_field.through for model in kept_models() for field in model._meta.many_to_many]
    return [*kept_models(), *links, Version, Event, Shipment]


def put_in():
    """Have the shipped data in the database, as `load` leaves them."""
    if not ROWS:
        load()
        ROWS.update({model: list(model._base_manager.all()) for model in tables()})
        for version in ROWS[Version]:
            version.model_then = version.model
        return
    with by_hand(), transaction.atomic():
        for version in ROWS[Version]:  # Where the tables were emptied, the kinds have other keys.
            version.kind_id = ContentType.objects.get_for_model(version.model_then).pk
        for model, rows in ROWS.items():
            models.QuerySet(model).bulk_create(rows, batch_size=500)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
                cursor.execute(statement)
