"""Whether two accounts are two people: neither could sign in as the other (decision 26).

Whoever makes an account, sets its password or takes its second factor away can be behind it, and so can whoever is
behind them. Account events tell who that was.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.auth.models import User

from kb.models import AccountEvent

EventType = AccountEvent.EventType
CONTROLLING = [EventType.CREATED, EventType.PASSWORD, EventType.REMOVED]
Hands = dict[str, set[str]]


def find_hands() -> tuple[Hands, Hands]:
    """Return for each user name who can be behind the account; the second time, until its user sets a password.

    A password that somebody else sets, or a command on the server, ends what was before. The user's own may have been
    set by whoever is behind the account: it ends nothing, unless the real user would notice, being locked out.
    """
    behind: Hands = defaultdict(set)
    behind_given_password: Hands = defaultdict(set)
    events = AccountEvent.objects.filter(what__in=CONTROLLING).order_by("pk")
    for what, username, by, on_server in events.values_list("what", "username", "by", "on_server").iterator():
        if not by and not on_server:
            if what == EventType.PASSWORD:
                behind_given_password[username] = set()
            continue
        hands = {by} | behind[by] if by else set()
        for people in (behind, behind_given_password):
            people[username] = people[username] | hands if what == EventType.REMOVED else hands
    return behind, behind_given_password


def find_dependence(reviewer: User, authors: Iterable[User]) -> str:
    """Return why a reviewer may be the same person as one of the authors, in words; "" if none may."""
    others = {author.get_username() for author in authors} - {reviewer.get_username()}
    if not others:
        return ""
    behind, behind_given_password = find_hands()
    name = reviewer.get_username()
    for author in sorted(others):
        if author in behind[name]:
            return (
                f"“{author}”, whose work this is, had a hand in the account “{name}”: made it, set its password or "
                "removed its second factor. Somebody else must decide, or another administrator sets its password."
            )
        if name in behind_given_password[author]:
            return (
                f"You had a hand in the account “{author}”, whose work this is: made it, set its password or removed "
                f"its second factor. Somebody else must decide, or “{author}” chooses a password of their own first."
            )
    return ""
