"""verify_citations leaves what it found on the desk."""

import hashlib

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from kb.dashboard.work_queues import address
from kb.models import Check, Finding, Passage, Source
from symptoms.models import ManagementOption, SideEffect
from tests.helpers.worklist import INDEX, at, count, listed
from tests.helpers.worklist import chief as chief


@pytest.fixture
def folder(universe, tmp_path):
    """The folder with the text of the source, which speaks of one drug alone."""
    text = b"Head\nBrandol eases an ache in the bone.\n"
    (tmp_path / "page.txt").write_bytes(text)
    Source.objects.update(sha256=hashlib.sha256(text).hexdigest(), lines=2)
    return tmp_path


@pytest.fixture
def verify(folder):
    """Check every citation against the texts, and get what was wrong with that."""

    def verify():
        try:
            call_command("verify_citations", sources=folder)
        except CommandError as error:
            return str(error)

    return verify


def test_each_is_about_its_record_and_takes_the_place_of_the_last(verify, people, chief):
    assert verify() == "Not every citation holds."
    said = SideEffect.objects.get(slug="loner-bone")
    assert [finding.why for finding in Finding.objects.about(said)] == [
        "“Loner” is not spoken of in Page, lines 1–2 (Head)"
    ]
    assert "loner-bone" in listed(chief, address(SideEffect, work="failing"))
    assert Check.objects.first().failed == Finding.objects.count()
    SideEffect.objects.all().delete()
    ManagementOption.objects.all().delete()
    verify()
    assert count(people["viewer"], "Failing citation checks") == 0
    assert Check.objects.count() == 2


def test_a_passage_that_fails_is_one_too(verify, people, chief):
    Passage.objects.update(section="Other")
    verify()
    assert at(people["viewer"], "Failing citation checks").parts[-1][:2] == ("passages", 1)
    assert chief.get(address(Passage, work="failing")).context["cl"].result_count == 1


def test_a_long_reason_is_kept_short(universe, verify):
    for line in range(1, 3):
        for last in range(line, 3):
            Passage.objects.get_or_create(
                source=universe.source, first_line=line, last_line=last, defaults={"section": ""}
            )
    Source.objects.update(title="T" * 200)
    SideEffect.objects.get(slug="loner-bone").citations.set(Passage.objects.all())
    verify()
    assert max(len(finding.why) for finding in Finding.objects.all()) == 500


def test_where_there_is_no_text_what_is_known_stays(folder, verify):
    verify()
    before = Finding.objects.count()
    (folder / "page.txt").unlink()
    verify()
    assert (Finding.objects.count(), Check.objects.count()) == (before, 1)


def test_a_record_that_was_changed_since_is_told_so(verify, chief):
    verify()
    page = chief.get(reverse("admin:kb_finding_changelist")).content.decode()
    assert "loner-bone" in page
    assert "changed since" not in page
    SideEffect.objects.filter(slug="loner-bone").update(onset="late")
    assert "changed since" in chief.get(reverse("admin:kb_finding_changelist")).content.decode()


def test_the_first_page_tells_when_the_last_check_was_and_how_to_make_one(verify, chief):
    assert "have not been checked here yet" in chief.get(INDEX).content.decode()
    verify()
    page = chief.get(INDEX).content.decode()
    assert f"last checked on {timezone.localdate():%-d %B %Y}" in page
    assert "manage.py verify_citations --sources DIR" in page
    assert reverse("admin:kb_finding_changelist") in page
