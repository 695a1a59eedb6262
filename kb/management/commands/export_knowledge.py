"""manage.py export_knowledge: all records of a kind as a file."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kb import import_export as exchange
from kb.models import versioned_models_by_label
from kb.utils.fuzzy import did_you_mean


def find_model(name):
    """A kind by its name: symptom, or symptoms.symptom."""
    known = {label.partition(".")[2]: model for label, model in versioned_models_by_label().items()}
    try:
        return known[name.lower().rpartition(".")[2]]
    except KeyError:
        hint = did_you_mean(name, known) or f" There are: {', '.join(known)}."
        raise CommandError(f"There is no kind “{name}”.{hint}") from None


class Command(BaseCommand):
    """Writes all records of a kind as CSV, XLSX or YAML, drafts included."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("kind", metavar="KIND", help="What kind of records: symptom, sideeffect, passage …")
        parser.add_argument(
            "--format", choices=[*exchange.MEDIA_TYPES], help="Unless given, the ending of FILE, or csv."
        )
        parser.add_argument("--to", type=Path, metavar="FILE", help="The file to write; standard output unless given.")

    def handle(self, *, kind, to, **options):
        form = options["format"] or (to and to.suffix.lstrip(".").lower()) or "csv"
        if form not in exchange.MEDIA_TYPES:
            raise CommandError(f"“{form}” is no format: {', '.join(exchange.MEDIA_TYPES)}.")
        model = find_model(kind)
        data = exchange.export_records(model.objects.all(), form)
        if to is None:
            sys.stdout.buffer.write(data)
            return
        try:
            to.write_bytes(data)
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{model.objects.count()} {model._meta.verbose_name_plural} written to {to}.")
