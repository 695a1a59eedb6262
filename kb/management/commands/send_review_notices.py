"""manage.py send_review_notices: tell the reviewers of what came since their last message."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kb.editorial.notifications import notify_reviewers


class Command(BaseCommand):
    """Sends each reviewer one message of the changes that came since the last; for a timer, such as cron."""

    help = __doc__

    def handle(self, **options):
        if not settings.SENDS_MAIL:
            raise CommandError("No mail server is set: give EMAIL_URL and EMAIL_FROM.")
        self.stdout.write(f"{notify_reviewers()} told.")
