"""manage.py check_data_version: count all public data anew, and compare with what the data version is made of."""

from django.core.management.base import BaseCommand, CommandError

from kb.dataset.tallies import find_disagreements
from kb.dataset.version import data_version
from kb.dataset.writes import publish_everything
from kb.models import Revision
from kb.utils.locks import exclusive_transaction


class Command(BaseCommand):
    """Counts all public data anew, and says whether the data version that every write brings in step agrees."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--repair", action="store_true", help="Store what was counted where it disagrees.")

    def handle(self, *, repair, **options):
        mark, version = Revision.objects.current_mark(), data_version()
        disagreements = find_disagreements()
        if Revision.objects.current_mark() != mark:
            raise CommandError("The data changed while they were counted: run it again.")
        if not disagreements:
            self.stdout.write(f"The data version {version} is that of all public data.")
            return
        described = "; ".join(
            f"{model._meta.verbose_name_plural} ({stale} records differ)" for model, stale in disagreements.items()
        )
        if not repair:
            raise CommandError(f"The data version is not that of all public data: {described}. Run it with --repair.")
        with exclusive_transaction():
            publish_everything()
        self.stdout.write(f"Repaired: {described}. The data version is {data_version()}.")
