"""manage.py restore_administrator: let somebody back in where no administrator can sign in any more."""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from kb.accounts.lockouts import lift_lockout


class Command(BaseCommand):
    """Makes an account an active superuser, and ends its lockouts; the account is made if there is none.

    Its password and its second factor stay as they are: `changepassword` and `reset_two_factor` are for these.
    """

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("username", nargs="?", default="admin", help="Whose account; admin unless told otherwise.")

    def handle(self, *, username, **options):
        try:
            created = self.let_in(username)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(
            f"“{username}” is an administrator with all rights{', made just now' if created else ''}. "
            f"manage.py changepassword {username} sets a password, "
            f"manage.py reset_two_factor {username} removes a lost second factor."
        )

    def let_in(self, username):
        """Make the account an active superuser, end its lockouts, and return whether it is new."""
        with transaction.atomic():
            user, created = get_user_model().objects.get_or_create(username=username)
            user.is_active = user.is_superuser = user.is_staff = True
            if created:
                user.set_unusable_password()
            user.save()
            lift_lockout(username)
        return created
