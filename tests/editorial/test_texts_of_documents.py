"""Texts of documents: what is pasted or taken out of a page is cleaned; a file of plain text stays as it is."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kb.models import Edition, Source
from kb.models.editions import compute_fingerprint

PRINTED = "Osteo\u00ad\nporosis of the ﬁbula\u200b\n10\u00a0mg\n"
CLEANED = "Osteo-\nporosis of the fibula\n10 mg\n"
ADD_URL = reverse("admin:kb_source_from_text")


def get_text(response):
    return html.unescape(response.content.decode())


def add(client, **fields):
    return client.post(ADD_URL, {"title": "On bones", "slug": "bones"} | fields, follow=True)


def test_a_pasted_text_is_cleaned_keeps_its_lines_and_its_editor_is_told(universe, login_as):
    page = get_text(add(login_as("editor"), pasted=PRINTED.replace("\n", "\r\n")))
    edition = Edition.objects.get(source__slug="bones")
    assert edition.text == CLEANED
    assert edition.source.lines == len(CLEANED.splitlines()) == 3
    assert edition.source.sha256 == compute_fingerprint(CLEANED)
    assert "Text: 1 × soft hyphen (U+00AD)" in page
    assert "Text: 1 × zero width space (U+200B) removed." in page


def test_the_text_of_a_page_is_cleaned_too(universe, login_as):
    pytest.importorskip("trafilatura")
    text = "A broken ﬁbula makes walking hard, and this paragraph is long enough to be taken for one of the article."
    page = f"<!DOCTYPE html><html><body><article><h1>Bones</h1><p>{text}</p><p>{text}</p></article></body></html>"
    page = add(login_as("editor"), file=SimpleUploadedFile("x.html", page.encode()))
    assert "A broken fibula makes" in Edition.objects.get(source__slug="bones").text
    assert "latin small ligature fi (U+FB01) written as fi." in get_text(page)


def test_a_file_of_plain_text_stays_as_it_is(universe, login_as):
    page = get_text(add(login_as("editor"), file=SimpleUploadedFile("x.txt", PRINTED.encode())))
    assert Edition.objects.get(source__slug="bones").text == PRINTED
    assert "Cleaned" not in page


@pytest.mark.parametrize("read", [PRINTED, PRINTED.replace("\n", "\r\n"), CLEANED])
def test_the_text_of_a_published_source_is_found_as_it_was_read(universe, login_as, read):
    source = Source.objects.get()
    Source.objects.filter(pk=source.pk).update(sha256=compute_fingerprint(read), lines=3)
    url = reverse("admin:kb_source_text", args=[source.pk])
    assert login_as("editor").post(url, {"pasted": PRINTED}).status_code == 302
    assert Edition.objects.get().text == read


def test_the_title_of_a_document_is_cleaned(universe, login_as):
    page = get_text(add(login_as("editor"), title="On\u00a0bo\u00adnes", pasted="One line."))
    assert Source.objects.get(slug="bones").title == "On bones"
    assert "Title: 1 × no-break space (U+00A0) written as a space." in page
