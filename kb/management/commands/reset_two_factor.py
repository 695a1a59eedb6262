"""manage.py reset_two_factor: remove the second factor of a user who lost it and the recovery codes."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from kb.accounts.two_factor import remove_two_factor


class Command(BaseCommand):
    """Takes somebody's second factor away; they set up another at the next sign-in, if their role needs one."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("username", help="Whose.")

    def handle(self, *, username, **options):
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"Nobody has the user name “{username}”.")
        removed = remove_two_factor(user)
        self.stdout.write(f"The second factor of {user} is removed." if removed else f"{user} had none.")
