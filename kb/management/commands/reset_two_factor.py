"""manage.py reset_two_factor: for somebody who lost phone and recovery codes, when nobody else gets in either."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from kb.accounts.two_factor import remove_two_factor


class Command(BaseCommand):
    """Takes somebody's second factor away; they set up another at the next sign-in, if their role needs one."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("username", help="Whose.")

    def handle(self, *, username, **options):
        person = get_user_model().objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"Nobody has the user name “{username}”.")
        removed = remove_two_factor(person)
        self.stdout.write(f"The second factor of {person} is removed." if removed else f"{person} had none.")
