"""The page of Ask in a real browser: an answer is one printed page, and its address can be copied."""

import io
import re

import pytest
from pdfminer.pdfpage import PDFPage

pytestmark = pytest.mark.django_db(transaction=True)
QUERIES = [
    "symptom=joint-pain&taking=letrozole&taking=Herceptin&taking=tamoxifn",
    "symptom=bone-pain&taking=docetaxel&taking=Neulasta&having=bone-metastasis",
    "symptom=bone-pain",
    "symptom=muscle-pain",
    "symptom=leg-weakness&taking=letrozole",
    "symptom=hypercalcaemia&taking=denosumab",
    "symptom=bone-loss&taking=tamoxifen&taking=chemotherapy&taking=prednisone&taking=letrozole",
]


def test_an_answer_is_one_printed_page_until_all_of_it_is_asked_for(page):
    for query in QUERIES:
        page.goto(f"/explore/?{query}")
        assert count_pages(page.pdf(format="A4")) == 1, query
    page.get_by_text("All of it", exact=True).click()
    assert count_pages(page.pdf(format="A4")) > 1


def count_pages(pdf):
    return sum(1 for _ in PDFPage.get_pages(io.BytesIO(pdf)))


def test_the_address_of_an_answer_is_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/explore/?symptom=joint-pain&taking=letrozole#helps")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("The address is copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"http://[^/]+/explore/\?symptom=joint-pain&taking=letrozole", copied)


def test_the_buttons_come_with_an_answer_that_is_fetched_in_place(page):
    page.goto("/explore/")
    page.select_option("#symptom", "joint-pain")
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("button", name="Print").wait_for()
    assert page.evaluate("document.querySelectorAll('[data-tool]').length") == 2
