"""manage.py make_token: issue an API token for a program."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kb.choices import TokenScope
from kb.models import ApiToken
from kb.models.tokens import DEFAULT_VALIDITY_DAYS
from kb.utils.fuzzy import did_you_mean


class Command(BaseCommand):
    """Gives somebody a token for a program, and prints it, this once; it makes no user."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("username", help="Whom the program speaks for; this user must be there already.")
        parser.add_argument("name", help="Which program it is for.")
        parser.add_argument("--scope", action="append", choices=TokenScope.values, help="What it may do; suggest.")
        parser.add_argument(
            "--days",
            type=int,
            default=DEFAULT_VALIDITY_DAYS,
            help=f"For how many days it is valid; {DEFAULT_VALIDITY_DAYS}.",
        )

    def handle(self, *, username, name, scope, days, **options):
        users = get_user_model().objects
        user = users.filter(username=username).first()
        if user is None:
            known = users.values_list("username", flat=True)
            raise CommandError(f"There is no user “{username}”; make one first.{did_you_mean(username, known)}")
        if not 1 <= days <= 3650:
            raise CommandError(f"--days is {days}; it must be a whole number from 1 to 3650.")
        expiry = timezone.now() + timedelta(days=days)
        token = ApiToken(user=user, name=name, scopes=scope or [TokenScope.SUGGEST.value], expiry=expiry)
        try:
            secret = token.issue()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stderr.write(f"The token {token}, valid until {expiry:%Y-%m-%d}; it is shown only now:")
        self.stdout.write(secret)
