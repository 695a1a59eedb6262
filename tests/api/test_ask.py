"""`/ask/` and its page: one computation of what explain and management options answer, and what is shown of it."""

import json
import re
from html import unescape

import pytest

from kb.models import Source
from symptoms.choices import MOST_URGENT_FIRST

pytestmark = pytest.mark.usefixtures("shipped_data")
CASES = [
    {"symptom": "joint-pain", "taking": ["letrozole", "Herceptin"]},
    {"symptom": "bone-pain", "taking": ["docetaxel", "pegfilgrastim"], "having": ["bone-metastasis"]},
    {"symptom": "jaw-pain", "taking": ["denosumab"]},
    {"symptom": "muscle-pain"},
    {"symptom": "hair-loss", "taking": ["letrozole"]},
]
for_each_case = pytest.mark.parametrize("params", CASES, ids=[case["symptom"] for case in CASES])


@for_each_case
def test_it_says_what_explain_and_management_options_say(get_json, params):
    answer, explained = get_json("ask/", **params), get_json("explain/", **params)
    for name in explained.keys() - {"red_flags"}:
        assert answer[name] == explained[name], name
    options = get_json("management-options/", **params, page_size=200)
    for name in options.keys() - {"unknown", "interpreted"}:  # Told once, at the beginning.
        assert answer["options"][name] == options[name], name


@for_each_case
def test_it_has_the_red_flags_of_both_the_most_urgent_first(get_json, params):
    answer = get_json("ask/", **params)
    flags = get_json("explain/", **params)["red_flags"] + get_json("management-options/", **params)["red_flags"]
    assert {flag["slug"] for flag in answer["red_flags"]} == {flag["slug"] for flag in flags}
    ranks = [MOST_URGENT_FIRST.index(flag["urgency"]) for flag in answer["red_flags"]]
    assert ranks == sorted(ranks)
    names = list(answer)
    assert names.index("unknown") < names.index("red_flags") < names.index("taking") < names.index("options")


def test_the_rest_of_what_helps_has_the_address_of_the_list(get_json, monkeypatch):
    monkeypatch.setattr("symptoms.views.ask.MAX_OPTIONS", 2)
    options = get_json("ask/", symptom="joint-pain", taking="letrozole")["options"]
    assert len(options["results"]) == 2
    assert "/api/v1/management-options/?" in options["next"]
    following = get_json(options["next"].partition("/api/v1/")[2])
    assert following["previous"]
    assert following["results"][0]["slug"] not in [option["slug"] for option in options["results"]]


def test_the_page_answers_in_short_before_all_of_it(get_page, get_json):
    html = get_page("?symptom=joint-pain&taking=letrozole")
    answer = get_json("ask/", symptom="joint-pain", taking="letrozole")
    short, whole = html.partition('<details class="whole"')[::2]
    assert "In short" in short
    for flag in answer["red_flags"]:
        assert flag["text"] in unescape(short)
    for option in answer["options"]["results"]:
        assert option["url"].partition("/api/v1/")[2] in whole
    assert "/api/v1/ask/?symptom=joint-pain&amp;taking=letrozole&amp;shape=brief" in html


def test_a_name_that_is_not_known_stays_in_the_form_with_the_nearest_beside_it(get_page):
    form = get_page("?symptom=joint-pain&taking=tamoxifn&taking=letrozole&taking=Herceptin").partition('id="answer"')[0]
    assert re.findall(r'name="taking" list="taken"[^>]* value="([^"]*)"', form) == ["tamoxifn", "Herceptin"]
    assert 'href="?symptom=joint-pain&amp;taking=tamoxifen&amp;taking=letrozole&amp;taking=Herceptin#answer"' in form
    assert "no name is near to it" in form


def test_what_is_taken_stays_in_the_form_where_the_symptom_is_not_understood(get_page):
    page = get_page("?symptom=jont-pain&taking=Femara&taking=tamoxifen", status=400)
    assert re.findall(r'name="taking" list="taken"[^>]* value="([^"]*)"', page) == ["Femara"]
    assert re.search(r'value="tamoxifen" checked', page)


def test_the_page_of_a_statement_cites_what_is_known_and_nothing_else(get_page, get_json):
    path = "management-options/duloxetine-relieves-joint-pain-from-aromatase-inhibitors/"
    bibtex, csl = (unescape(text) for text in re.findall(r'<pre class="copy">(.*?)</pre>', get_page(path), re.S))
    statement, source = get_json(path), Source.objects.get(slug="bone-and-joint-pain")
    own, document = json.loads(csl)
    assert own["title"] == statement["text"]
    assert own["URL"] == statement["url"]
    assert document == {
        "id": source.slug,
        "type": "document",
        "title": source.title,
        "publisher": source.publisher,
        "note": "Cited: line 156",
        "issued": {"date-parts": [[source.dated.year, source.dated.month, source.dated.day]]},
    }
    assert bibtex.count("@misc{") == 2
    assert f"year = {{{source.dated.year}}}" in bibtex
    assert "author" not in bibtex + csl


def test_a_document_without_date_publisher_and_address_is_cited_without_them(get_page):
    Source.objects.filter(slug="bone-and-joint-pain").update(dated=None, date_means="", publisher="", address="")
    page = get_page("management-options/duloxetine-relieves-joint-pain-from-aromatase-inhibitors/")
    bibtex, csl = (unescape(text) for text in re.findall(r'<pre class="copy">(.*?)</pre>', page, re.S))
    assert json.loads(csl)[1].keys() == {"id", "type", "title", "note"}
    assert "year" not in bibtex


def test_the_front_page_begins_with_asking(api):
    page = api.get("/").content.decode()
    main = page.partition("<main")[2]
    assert re.search(r"<(form|nav|p|h2)\b", main)[1] == "form"
    assert main.index('name="symptom"') < main.index("Swagger UI")
