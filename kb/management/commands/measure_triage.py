"""manage.py measure_triage: measure how well the lines that say something are told from the others."""

from django.core.management.base import BaseCommand, CommandError

from kb.editorial.line_triage import TriageMeasure, measure_triage

MIN_RECALL, MIN_PRECISION = 0.86, 0.87


class Command(BaseCommand):
    """Measures the marks “unread” over the texts that are kept, each left out in turn, against what is cited."""

    help = __doc__

    def handle(self, **options):
        total, measures = TriageMeasure(source=None), list(measure_triage())
        if not measures:
            raise CommandError("No text is kept whose lines published statements cite: see manage.py keep_texts.")
        for measure in measures:
            self.print_measure(measure.source.slug, measure)
            total.hits, total.missed = total.hits + measure.hits, total.missed + measure.missed
            total.needless += measure.needless
        self.print_measure("all lines together", total)
        if total.recall < MIN_RECALL or total.precision < MIN_PRECISION:
            raise CommandError(f"Less than recall {MIN_RECALL} and precision {MIN_PRECISION}.")

    def print_measure(self, name, measure):
        self.stdout.write(
            f"{name}: recall {measure.recall:.3f}, precision {measure.precision:.3f} "
            f"({measure.hits} right, {measure.missed} missed, {measure.needless} needless)"
        )
