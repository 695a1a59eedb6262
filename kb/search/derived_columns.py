"""Upkeep of derived columns after migrations: what was derived by other code is derived anew."""

import hashlib
import sys
import unicodedata
from itertools import chain
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from kb import fields
from kb.dataset.counts import has_few_records
from kb.models import Record, Shipment, record_models
from kb.utils import fuzzy, text_analysis


def refresh_stale_columns(app_config: AppConfig, current: list[type[Record]], using: str, can_keep: bool) -> None:
    """Derive the columns of the records of an app anew, unless they are many and were derived as they would be now.

    `current` are its models whose tables have all their columns. The mark of the last time is kept beside what the
    shipped files said, if `can_keep` says that its table is there.
    """
    tables = {*connections[using].introspection.table_names()}  # Other apps may be migrated later.
    are_all_there = all(model._meta.db_table in tables for model in record_models())
    can_keep = bool(current) and can_keep and are_all_there and not has_few_records(using)
    lookup = {"model": "", "key": f"derived columns of {app_config.label}"}
    marks, mark = models.QuerySet(Shipment, using=using), compute_mark(app_config, using)
    if can_keep and marks.filter(**lookup, content=mark).exists():
        return
    for model in current:
        with transaction.atomic(using=using):  # Of each model, so that others can write in between.
            model.objects.using(using).refresh_derived_columns()
    if can_keep:
        marks.update_or_create(**lookup, defaults={"content": mark})


def compute_mark(app_config: AppConfig, using: str) -> str:
    """Return a digest of the code that derives columns, its packages, and the migrations applied to the app."""
    classes = chain.from_iterable(model.__mro__ for model in app_config.get_models() if issubclass(model, Record))
    own = {config.name for config in apps.get_app_configs()}
    names = {cls.__module__ for cls in classes if cls.__module__.partition(".")[0] in own}
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    digest.update(unicodedata.unidata_version.encode())
    for name in sorted(names | {fields.__name__, fuzzy.__name__, text_analysis.__name__}):
        digest.update(Path(str(sys.modules[name].__file__)).read_bytes())
    applied = MigrationRecorder(connections[using]).applied_migrations()
    digest.update(repr(sorted(key for key in applied if key[0] == app_config.label)).encode())
    return digest.hexdigest()
