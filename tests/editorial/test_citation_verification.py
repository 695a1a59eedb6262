"""The command `verify_citations`: findings it stores, their work queue and the admin pages that show them."""

import hashlib

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from kb.dashboard.work_queues import changelist_url
from kb.models import Check, Finding, Passage, Source
from symptoms.models import ManagementOption, SideEffect, Symptom
from tests.helpers.worklist import INDEX_URL, find_worklist_line, get_listed_slugs, get_worklist_count
from tests.helpers.worklist import superuser_client as superuser_client
from treatments.models import Treatment


@pytest.fixture
def text_dir(universe, tmp_path):
    """A directory with the text of the source, which names only one drug."""
    text = b"Head\nBrandol eases an ache in the bone.\n"
    (tmp_path / "page.txt").write_bytes(text)
    Source.objects.update(sha256=hashlib.sha256(text).hexdigest(), lines=2)
    return tmp_path


@pytest.fixture
def verify_citations(text_dir):
    """Check every citation against the texts; return the error message, or None."""

    def verify_citations():
        try:
            call_command("verify_citations", sources=text_dir)
        except CommandError as error:
            return str(error)

    return verify_citations


def test_findings_belong_to_records_and_replace_earlier_ones(verify_citations, users, superuser_client):
    assert verify_citations() == "Not every citation holds."
    statement = SideEffect.objects.get(slug="loner-bone")
    assert [finding.why for finding in Finding.objects.for_records(statement)] == [
        "“Loner” is not spoken of in Page, lines 1–2 (Head)"
    ]
    assert "loner-bone" in get_listed_slugs(superuser_client, changelist_url(SideEffect, work="failing"))
    assert Check.objects.first().failed == Finding.objects.count()
    SideEffect.objects.all().delete()
    ManagementOption.objects.all().delete()
    verify_citations()
    assert get_worklist_count(users["viewer"], "Failing citation checks") == 0
    assert Check.objects.count() == 2


def test_a_failing_passage_is_a_finding_too(verify_citations, users, superuser_client):
    Passage.objects.update(section="Other")
    verify_citations()
    assert find_worklist_line(users["viewer"], "Failing citation checks").breakdown[-1][:2] == ("passages", 1)
    assert superuser_client.get(changelist_url(Passage, work="failing")).context["cl"].result_count == 1


def test_a_long_reason_is_truncated(universe, verify_citations):
    for line in range(1, 3):
        for last in range(line, 3):
            Passage.objects.get_or_create(
                source=universe.source, first_line=line, last_line=last, defaults={"section": ""}
            )
    Source.objects.update(title="T" * 200)
    SideEffect.objects.get(slug="loner-bone").citations.set(Passage.objects.all())
    verify_citations()
    assert max(len(finding.why) for finding in Finding.objects.all()) == 500


def test_without_the_text_earlier_findings_remain(text_dir, verify_citations):
    verify_citations()
    finding_count = Finding.objects.count()
    (text_dir / "page.txt").unlink()
    verify_citations()
    assert (Finding.objects.count(), Check.objects.count()) == (finding_count, 1)


def test_a_finding_says_that_its_record_changed_since(verify_citations, superuser_client):
    verify_citations()
    page = superuser_client.get(reverse("admin:kb_finding_changelist")).content.decode()
    assert "loner-bone" in page
    assert "changed since" not in page
    SideEffect.objects.filter(slug="loner-bone").update(onset="late")
    assert "changed since" in superuser_client.get(reverse("admin:kb_finding_changelist")).content.decode()


def test_the_first_page_shows_the_last_check_and_the_command(verify_citations, superuser_client):
    assert "have not been checked here yet" in superuser_client.get(INDEX_URL).content.decode()
    verify_citations()
    page = superuser_client.get(INDEX_URL).content.decode()
    assert f"last checked on {timezone.localdate():%-d %B %Y}" in page
    assert "manage.py verify_citations --sources DIR" in page
    assert reverse("admin:kb_finding_changelist") in page


def test_what_cites_a_text_that_was_replaced_is_in_doubt_and_stands_under_failing(verify_citations, text_dir):
    (text_dir / "page.txt").write_bytes(b"Head\nAnother line.\n")
    assert verify_citations() == "Not every citation holds."
    why = Finding.objects.for_records(SideEffect.objects.get(slug="class-bone")).get().why
    assert why == "The text of “Page” is another one since this was read: see whether its lines still say so."


def test_what_cannot_be_checked_keeps_its_findings_and_is_told(verify_citations, text_dir, capsys):
    verify_citations()
    before = set(Finding.objects.values_list("slug", "why"))
    assert before
    other = Source.objects.create(slug="other", title="Other", sha256="2" * 64, lines=1, status="published")
    (text_dir / "page.txt").rename(text_dir / "gone.txt")
    (text_dir / "other.txt").write_bytes(b"Nothing.\n")
    Source.objects.filter(pk=other.pk).update(sha256=hashlib.sha256(b"Nothing.\n").hexdigest())
    assert verify_citations() == "Not everything could be checked."
    assert set(Finding.objects.values_list("slug", "why")) == before
    assert "not checkable: source page: there is no text page.txt" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"Head\n\n", "it cites nothing but a heading"),
        (b"Head\nBrandol makes bones stronger.\n", "“Weak bones” is not spoken of"),
        (b"Drug and an ache in the bone\nHead\nNothing.\n", "“Drug” is not spoken of"),
    ],
)
def test_a_heading_is_no_evidence_and_strong_is_not_weak(universe, text_dir, verify_citations, text, why):
    (text_dir / "page.txt").write_bytes(text)
    lines = len(text.splitlines())
    Source.objects.update(sha256=hashlib.sha256(text).hexdigest(), lines=lines)
    Passage.objects.update(first_line=lines - 1, last_line=lines)
    Passage.objects.create(source=universe.source, section="Drug and an ache in the bone", first_line=1, last_line=1)
    drug, weak = Treatment.objects.get(slug="drug"), universe.make(Symptom, "weak-bones", name="Weak bones")
    universe.make_statement(SideEffect, "drug-weak", treatment=drug, symptom=weak, text="Drug weakens bones.")
    verify_citations()
    findings = Finding.objects.for_records(SideEffect.objects.get(slug="drug-weak"))
    assert any(why in finding.why for finding in findings), [finding.why for finding in findings]


def test_a_statement_on_strengthening_speaks_of_weak_bones(universe, text_dir, verify_citations):
    text = b"Head\nBrandol makes bones stronger.\n"
    (text_dir / "page.txt").write_bytes(text)
    Source.objects.update(sha256=hashlib.sha256(text).hexdigest(), lines=2)
    drug, weak = Treatment.objects.get(slug="drug"), universe.make(Symptom, "weak-bones", name="Weak bones")
    fields = {"treatment": drug, "symptom": weak, "effect": "strengthens"}
    option = universe.make_statement(ManagementOption, "drug-strong", text="Drug strengthens bones.", **fields)
    verify_citations()
    assert not Finding.objects.for_records(option).exists()


def test_what_is_checked_in_part_keeps_its_findings(universe, text_dir, verify_citations):
    other = Source.objects.create(slug="other", title="Other", sha256="2" * 64, lines=1, status="published")
    passage = Passage.objects.create(source=other, section="", first_line=1, last_line=1)
    statement = SideEffect.objects.get(slug="class-bone")
    statement.citations.add(passage)
    other.sha256 = "3" * 64
    other.save()
    verify_citations()
    verify_citations()
    whys = sorted(Finding.objects.for_records(statement).values_list("why", flat=True))
    assert "The text of “Other” is another one since this was read: see whether its lines still say so." in whys
    assert len(whys) == len(set(whys))
