"""What a database holds, as values that JSON can carry: tables, roles, data, triggers; for use in subprocesses."""

from functools import reduce
from operator import or_

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q
from rest_framework.test import APIClient

from kb.dataset.version import data_version, record_models
from kb.models import Event, Passage, Statement, concrete_models
from kb.search.fulltext import search_full_text
from symptoms.models import Manifestation, SideEffect, Symptom

OWN_TABLES = ("kb_", "treatments_", "symptoms_")
UNNAMED_CONSTRAINTS = ("fk_", "__unnamed")  # SQLite's introspection numbers them in the order of the columns.


def create_tables_from_models():
    """Create the tables as they are made for tests: from the models, without migrations."""
    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)


def remove_what_earlier_tables_cannot_hold():
    """Delete the statements with limits or values of enumerations that did not exist before the migrations 0006."""
    for model in concrete_models(Statement):
        new_values = Q(certainty="aim") | Q(population="people-with-cancer-that-affects-bone")
        for name in model.use_field_names():
            new_values |= Q(**{f"{name}__isnull": False})
        if model is SideEffect:
            new_values |= Q(effect="raises-risk") | Q(seriousness="serious")
        if model is Manifestation:
            has_cause = [Q(**{f"{name}__isnull": False}) for name in model.cause_field_names()]
            new_values = reduce(or_, has_cause, new_values | ~Q(involvement=""))
        for record in model.objects.filter(new_values):
            model.objects.filter(replaced_by=record).update(replaced_by=None)
            record.delete()


def describe_schema():
    """Return the names of all tables, and columns, constraints and indexes of the tables of our own apps, by table."""
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - {"django_migrations"})
        own_tables = [table for table in tables if table.startswith(OWN_TABLES)]
        return {table: describe_table(cursor, table) for table in own_tables} | {
            "tables": tables,
            "definitions": get_definitions(cursor),
        }


def describe_table(cursor, table):
    """Return columns with type, nullability and default, the primary key, and constraints and indexes."""
    constraints = connection.introspection.get_constraints(cursor, table)
    return {
        "columns": sorted(
            [*map(str, column)] for column in connection.introspection.get_table_description(cursor, table)
        ),
        "primary_key": connection.introspection.get_primary_key_columns(cursor, table),
        "constraints": sorted(
            ["" if name.startswith(UNNAMED_CONSTRAINTS) else name, *sorted(f"{k}: {v}" for k, v in constraint.items())]
            for name, constraint in constraints.items()
        ),
    }


def get_definitions(cursor):
    """Return, by name, the SQL of what introspection does not show: triggers on SQLite, conditions on PostgreSQL."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
    else:
        cursor.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'")
    return dict(cursor.fetchall())


def describe_roles():
    """Return the permissions of each group."""
    columns = ("content_type__app_label", "content_type__model", "codename", "name")
    return {group.name: sorted(map(list, group.permissions.values_list(*columns))) for group in Group.objects.all()}


def describe_data():
    """Return the keys of all records, the number of their citations, the public events and the data version."""
    event_fields = ("event", "kind", "slug", "name", "fields", "at", "heir")
    return {
        "records": {
            model._meta.label: sorted(model._base_manager.values_list("pk", "slug")) for model in record_models()
        },
        "citations": {
            relation.field.model._meta.label: relation.through.objects.count()
            for relation in Passage._meta.related_objects
            if relation.many_to_many
        },
        "events": list(Event.objects.order_by("kind", "slug", "at", "pk").values_list(*event_fields)),
        "version": data_version(),
    }


def check_readiness_with_a_missing_migration():
    """Forget the last migration of kb, and return what the readiness probe answers."""
    MigrationRecorder(connection).migration_qs.filter(app="kb").latest("pk").delete()
    response = APIClient().get("/health/ready/", HTTP_HOST="localhost")
    return response.status_code, response.json()["checks"]


def list_symptom_triggers():
    """Return the names of the triggers on the table of symptoms, which exist on SQLite only."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'symptoms_symptom'")
        return sorted(name for (name,) in cursor.fetchall())


def create_and_find_symptom():
    """Create a symptom and return the slugs that a full-text search for its name finds."""
    Symptom.objects.create(slug="new", name="Xyzzy")
    return [record.slug for record in search_full_text(Symptom.objects.all(), "xyzzy")]
