"""Notifications by e-mail: who hears of what, how often, what a message holds, and a server that fails."""

import socketserver
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from kb.editorial.notifications import notify_reviewers, send
from kb.editorial.review import approve, reject, send_back, submit, withdraw
from kb.models import Change, ReviewNotice
from symptoms.models import SideEffect
from tests.helpers.changes import propose_change as propose_change

REMARK = "Say which line, Anna."


@pytest.fixture
def addresses(users, settings):
    """Mail is on, and everybody has an address."""
    settings.SENDS_MAIL, settings.SITE_URL = True, "https://kb.example.org"
    for name, user in users.items():
        user.email = f"{name.replace(' ', '-')}@example.org"
        user.save()


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Return a context in which what is sent after the commit is sent at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def get_recipients():
    return sorted(message.to[0].partition("@")[0] for message in mail.outbox)


def test_the_author_hears_that_a_change_was_sent_back_or_rejected(addresses, statement, users, propose_change, commit):
    change = propose_change(statement, frequency="rare")
    with commit():
        send_back(users["reviewer"], change, change.lock, REMARK)
    submit(users["editor"], change, change.lock)
    with commit():
        reject(users["reviewer"], change, change.lock, REMARK)
    assert [message.subject for message in mail.outbox] == [
        "Sent back: side effect class-bone",
        "Rejected: side effect class-bone",
    ]
    for message in mail.outbox:
        assert message.to == ["editor@example.org"]
        assert f"https://kb.example.org/admin/kb/change/{change.pk}/" in message.body
        for private in ("Anna", "which line", "reviewer@", change.why, "Page,"):
            assert private not in message.body + message.subject


def test_of_many_changes_each_reviewer_gets_one_message(addresses, universe, users, propose_change, commit):
    with commit():
        for statement in SideEffect.objects.all():
            propose_change(statement, by="reviewer", frequency="common")
    assert get_recipients() == ["administrator", "second-reviewer"]  # Not the author.
    assert {message.subject for message in mail.outbox} == {"4 changes wait for review"}
    assert "https://kb.example.org/admin/kb/change/?state__exact=submitted" in mail.outbox[0].body


def test_within_the_interval_nothing_more_is_sent_and_after_it_only_what_is_new(
    addresses, universe, users, propose_change, commit, settings
):
    first, second, *_ = SideEffect.objects.all()
    with commit():
        propose_change(first, frequency="common")
    with commit():
        propose_change(second, frequency="common")
    assert {message.subject for message in mail.outbox} == {"1 change waits for review"}
    mail.outbox.clear()
    ReviewNotice.objects.update(sent_at=timezone.now() - timedelta(minutes=settings.EMAIL_REVIEW_MINUTES + 1))
    assert notify_reviewers() == 3
    assert {message.subject for message in mail.outbox} == {"2 changes wait for review"}
    ReviewNotice.objects.update(sent_at=timezone.now() - timedelta(minutes=settings.EMAIL_REVIEW_MINUTES + 1))
    Change.objects.update(submitted_at=timezone.now() - timedelta(days=1))
    assert notify_reviewers() == 0


def test_nothing_is_sent_of_what_is_not_sent_for_review_or_was_undone(
    addresses, statement, users, propose_change, commit
):
    with commit():
        change = propose_change(statement, frequency="rare", send=False)
    assert mail.outbox == []
    with commit():
        submit(users["editor"], change, change.lock)
        withdraw(users["editor"], change, change.lock)
    assert mail.outbox == []


def test_who_has_no_address_or_no_account_gets_nothing(addresses, statement, users, propose_change, commit):
    change = propose_change(statement, frequency="rare")
    users["editor"].is_active, users["reviewer"].email = False, ""
    for name in ("editor", "reviewer"):
        users[name].save()
    change.refresh_from_db()
    with commit():
        send_back(users["second reviewer"], change, change.lock, REMARK)
    assert mail.outbox == []
    Change.objects.filter(pk=change.pk).update(state="submitted")
    notify_reviewers()
    assert get_recipients() == ["administrator", "second-reviewer"]


def test_without_a_server_nothing_is_sent(addresses, statement, users, propose_change, commit, settings):
    settings.SENDS_MAIL = False
    with commit():
        change = propose_change(statement, frequency="rare")
        send_back(users["reviewer"], change, change.lock, REMARK)
    assert mail.outbox == []
    with pytest.raises(CommandError, match="EMAIL_URL"):
        call_command("send_review_notices")


def test_a_server_that_fails_is_logged_and_never_breaks_saving(
    addresses, statement, users, propose_change, commit, settings, caplog
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with commit():
        change = propose_change(statement, frequency="rare")
    with commit():
        send_back(users["reviewer"], change, change.lock, REMARK)
    assert Change.objects.get(pk=change.pk).state == "returned"
    messages = [record.getMessage() for record in caplog.records]
    assert "A message could not be sent: Sent back: side effect class-bone" in messages
    assert "@example.org" not in "".join(messages)


class SmtpHandler(socketserver.StreamRequestHandler):
    """Takes one message as SMTP has it (RFC 5321), and keeps its lines."""

    def handle(self):
        self.answer("220 here")
        in_data = False
        for line in self.rfile:
            text = line.decode().rstrip("\r\n")
            self.server.lines.append(text)
            if in_data:
                in_data = text != "."
                if not in_data:
                    self.answer("250 taken")
            elif text.upper() == "DATA":
                in_data = True
                self.answer("354 go on")
            elif text.upper() == "QUIT":
                self.answer("221 bye")
                return
            else:
                self.answer("250 well")

    def answer(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def smtp_server(settings):
    """A mail server on this machine, to which messages go."""
    with socketserver.TCPServer(("127.0.0.1", 0), SmtpHandler) as server:
        server.lines = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.DEFAULT_FROM_EMAIL = "kb@example.org"
        yield server
        server.shutdown()


def test_a_real_server_takes_a_message(smtp_server, settings):
    settings.SITE_URL = "https://kb.example.org"
    assert send("anna@example.org", "1 change waits for review", "1 change waits for your review.", "/admin/")
    text = "\n".join(smtp_server.lines)
    assert "mail FROM:<kb@example.org>" in text
    assert "rcpt TO:<anna@example.org>" in text
    assert "Subject: 1 change waits for review" in text
    assert "https://kb.example.org/admin/" in text


def test_the_command_sends_what_was_held_back(addresses, universe, users, propose_change, commit, capsys):
    first, second, *_ = SideEffect.objects.all()
    with commit():
        propose_change(first, frequency="common")
    earlier = timezone.now() - timedelta(days=1)
    ReviewNotice.objects.update(sent_at=earlier)
    Change.objects.update(submitted_at=earlier - timedelta(minutes=1))
    mail.outbox.clear()
    call_command("send_review_notices")
    assert (capsys.readouterr().out, mail.outbox) == ("0 told.\n", [])
    propose_change(second, frequency="common")
    call_command("send_review_notices")
    assert capsys.readouterr().out == "3 told.\n"
    assert {message.subject for message in mail.outbox} == {"2 changes wait for review"}


def test_what_was_approved_waits_no_more(addresses, statement, users, propose_change):
    change = propose_change(statement, frequency="rare")
    approve(users["reviewer"], change, change.lock)
    assert notify_reviewers() == 0
