"""manage.py export_knowledge: write all records of one model to a file."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kb.import_export import MEDIA_TYPES, export_records
from kb.models import versioned_models_by_label
from kb.utils.fuzzy import did_you_mean


def find_model(name):
    """Return the model with this name (`symptom` or `symptoms.symptom`), or raise CommandError with the nearest."""
    models = {label.partition(".")[2]: model for label, model in versioned_models_by_label().items()}
    try:
        return models[name.lower().rpartition(".")[2]]
    except KeyError:
        hint = did_you_mean(name, models) or f" There are: {', '.join(models)}."
        raise CommandError(f"There is no kind “{name}”.{hint}") from None


class Command(BaseCommand):
    """Writes all records of a kind as CSV, XLSX or YAML, drafts included."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("kind", metavar="KIND", help="What kind of records: symptom, sideeffect, passage …")
        parser.add_argument("--format", choices=[*MEDIA_TYPES], help="Unless given, the ending of FILE, or csv.")
        parser.add_argument("--to", type=Path, metavar="FILE", help="The file to write; standard output unless given.")

    def handle(self, *, kind, to, **options):
        file_format = options["format"] or (to and to.suffix.lstrip(".").lower()) or "csv"
        if file_format not in MEDIA_TYPES:
            raise CommandError(f"“{file_format}” is no format: {', '.join(MEDIA_TYPES)}.")
        model = find_model(kind)
        data = export_records(model.objects.all(), file_format)
        if to is None:
            sys.stdout.buffer.write(data)
            return
        try:
            to.write_bytes(data)
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{model.objects.count()} {model._meta.verbose_name_plural} written to {to}.")
