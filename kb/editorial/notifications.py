"""Notifications by e-mail of what waits for somebody: sent after the commit, and never in the way of saving.

They name a record and a page, and hold no words of documents, remarks or other people.
"""

import logging
from datetime import timedelta
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kb.choices import ChangeState, SuggestionState
from kb.models import Change, ReviewNotice, Suggestion
from kb.permissions import PUBLISH
from kb.utils.urls import build_form_url

logger = logging.getLogger(__name__)
OUTCOMES = {
    ChangeState.RETURNED: "A reviewer sent back your change of {}: something is to be done before it can be published.",
    ChangeState.REJECTED: "A reviewer rejected your change of {}. It can be taken up again as you typed it.",
    SuggestionState.PUBLISHED: "A change that came of your suggestion about {} is public now.",
    SuggestionState.DECLINED: "Your suggestion about {} was declined; the editors' answer stands with it.",
}


def notify_author(change: Change) -> None:
    """Tell the author, once the transaction is committed, that a change was sent back or rejected."""
    subject = f"{change.get_state_display()}: {change.kind.name} {change.slug}"
    text = OUTCOMES[ChangeState(change.state)].format(f"{change.kind.name} {change.slug}")
    send_after_commit(change.author, subject, text, build_form_url(change))


def notify_sender(suggestion: Suggestion) -> None:
    """Tell the sender, once the transaction is committed, that a suggestion was published or declined."""
    about = f"{suggestion.kind}/{suggestion.slug}"
    subject = f"Your suggestion about {about}: {suggestion.get_state_display().lower()}"
    text = OUTCOMES[SuggestionState(suggestion.state)].format(about)
    send_after_commit(suggestion.sender, subject, text, reverse("suggestion-detail", args=[suggestion.pk]))


def notify_reviewers_after_commit() -> None:
    """Tell the reviewers, once the transaction is committed, that changes wait for them."""
    if settings.SENDS_MAIL:
        transaction.on_commit(notify_reviewers, robust=True)


def notify_reviewers() -> int:
    """Tell each reviewer of whom changes wait that came since the last message; return how many were told.

    Each gets one message within EMAIL_REVIEW_MINUTES at most, however many changes came.
    """
    count = 0
    users = User.objects.with_perm(PUBLISH, backend="django.contrib.auth.backends.ModelBackend")
    for user in users.exclude(email="") if settings.SENDS_MAIL else ():
        if waiting := claim_review_notice(user):
            changes = "1 change waits" if waiting == 1 else f"{waiting} changes wait"
            count += send(user.email, f"{changes} for review", f"{changes} for your review.", build_queue_url())
    return count


def build_queue_url() -> str:
    """Return the path of the list of the changes that wait, without those of whoever opens it."""
    return reverse("admin:kb_change_changelist") + "?state__exact=submitted&whose=others"


def claim_review_notice(user: User) -> int:
    """Return how many changes wait for a reviewer, and keep that they are told now; 0 if there is nothing to tell."""
    now = timezone.now()
    with transaction.atomic():
        ReviewNotice.objects.get_or_create(user=user)
        notice = ReviewNotice.objects.select_for_update().get(user=user)
        waiting = Change.objects.filter(state=ChangeState.SUBMITTED).exclude(author=user)
        if notice.sent_at is not None:
            if notice.sent_at > now - timedelta(minutes=settings.EMAIL_REVIEW_MINUTES):
                return 0
            if not waiting.filter(submitted_at__gt=notice.sent_at).exists():
                return 0
        count = waiting.count()
        if count:
            notice.sent_at = now
            notice.save()
    return count


def send_after_commit(user: User | None, subject: str, text: str, path: str) -> None:
    """Send a message to somebody who gave an address, once the transaction is committed."""
    if settings.SENDS_MAIL and user is not None and user.is_active and user.email:
        transaction.on_commit(partial(send, user.email, subject, text, path), robust=True)


def send(address: str, subject: str, text: str, path: str) -> bool:
    """Send one message with the address of a page; return whether the server took it. What fails is logged."""
    body = f"{text}\n\n{settings.SITE_URL}{path}\n"
    try:
        EmailMessage(subject, body, to=[address]).send()
    except (SMTPException, OSError):
        logger.warning("A message could not be sent: %s", subject, exc_info=True)
        return False
    return True
