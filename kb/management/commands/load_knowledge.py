"""manage.py load_knowledge: the shipped data, into an empty knowledge base."""

from django.core.management.base import BaseCommand

from kb import loading
from kb.about import record_models


class Command(BaseCommand):
    """Loads the shipped data, whole or not at all; leaves a knowledge base that holds records as it is."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Load even so: shipped records take the place of those with the same slug, edits included.",
        )

    def handle(self, *, overwrite, **options):
        with loading.alone():
            if not overwrite and not loading.is_empty():
                self.stdout.write(
                    "Data: kept as they are (load_knowledge --overwrite would put the shipped ones back)."
                )
                return
            self.stdout.write("Data: loading …")
            loading.load()
        self.stdout.write(f"Data: {sum(model.objects.count() for model in record_models())} records loaded.")
