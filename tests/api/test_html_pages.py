"""The pages for people: each is the API's own answer, for everybody, with JavaScript or without."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.models import Source, Statement, record_models, resource_name

EXPLAIN_QUERY = "?symptom=bone-pain&taking=letrozole&taking=pegfilgrastim"
PAGE_PATHS = [
    "",
    EXPLAIN_QUERY,
    "?symptom=joint-pain",
    f"explain/{EXPLAIN_QUERY}",
    "differential/",
    "differential/?question=bone-or-joint",
    "differential/?question=treatment-or-metastasis&feature=metastasis-timing-worse-at-night",
    "paths/",
    "paths/?from=chemotherapy&to=bone-pain&max_hops=3",
    "disagreements/",
    "coverage/",
    "coverage/?rows=cancers&cols=symptoms",
    "coverage/?rows=treatments&cols=symptoms&row=letrozole&col=joint-pain",
    "search/",
    "search/?q=letrazole+joint+pain",
    "treatments/",
    "treatments/letrozole/",
    "treatments/?causes=bone-pain&manages=bone-pain",
    "symptoms/hypercalcaemia/",
    "sources/",
    "sources/treatments-for-bone-metastasis/",
    "management-options/?symptom=joint-pain&taking=tamoxifen&page_size=5",
    "side-effects/aromatase-inhibitors-causes-bone-pain/",
    "guidance/?page_size=5",
    "releases/",
    "releases/2026.11/",
    "releases/2026.12/",
]
INVALID_PATHS = [
    "?symptom=jont-pain&taking=letrozole",
    "paths/?from=chemotherpy&to=bone-pain",
    "treatments/letrozol/",
    "x/",
]
INVALID_PATHS += ["releases/latest/"]
MODELS = [pytest.param(model, id=resource_name(model)) for model in record_models()]


def find_api_urls(html):
    """The requests to the API that a page says give the same."""
    return [url.replace("&amp;", "&") for url in re.findall(r'href="(/api/v1/[^"]*)"', html)]


def iter_statement_paths(answer):
    """The address of every statement in an answer of the API, as that of its page."""
    if isinstance(answer, dict):
        if "citations" in answer and "url" in answer:
            yield answer["url"].partition("/api/v1/")[2]
        for value in answer.values():
            yield from iter_statement_paths(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from iter_statement_paths(value)


@pytest.mark.usefixtures("shipped_data", "two_releases")
@pytest.mark.parametrize("path", PAGE_PATHS)
def test_a_page_shows_every_statement_of_the_requests_that_it_links_to(get_page, api, path):
    html = get_page(path)
    assert "not medical advice" in html
    assert "reviewed by a clinician" in html
    assert find_api_urls(html)
    for call in find_api_urls(html):
        answer = api.get(call)
        assert answer.status_code == 200
        for url in iter_statement_paths(answer.json()):
            assert f'"/explore/{url}"' in html or url == path, url


@pytest.mark.usefixtures("shipped_data")
@pytest.mark.parametrize("model", MODELS)
def test_every_kind_of_record_has_its_pages(get_page, model):
    record = model.objects.first()
    assert f"{record}"[:40] in get_page(f"{resource_name(model)}/?slug={record.slug}").replace("&#x27;", "'")
    html = get_page(f"{resource_name(model)}/{record.slug}/")
    assert find_api_urls(html) == [f"/api/v1/{resource_name(model)}/{record.slug}/"]


@pytest.mark.usefixtures("shipped_data", "two_releases")
@pytest.mark.parametrize(
    ("path", "status", "words", "form"),
    [
        (INVALID_PATHS[0], 400, "Did you mean “joint-pain”?", 'name="symptom"'),
        (INVALID_PATHS[1], 400, "Did you mean “chemotherapy”?", 'name="from"'),
        (INVALID_PATHS[2], 404, "Did you mean “letrozole”?", "Ask about a symptom"),
        (INVALID_PATHS[3], 404, "There is nothing at this address", "Ask about a symptom"),
        (INVALID_PATHS[4], 404, "The newest is “2026.12”", 'href="/explore/releases/"'),
        ("treatments/?page=99", 404, "page", "Begin this page again"),
        ("treatments/?colour=red", 400, "There is no parameter “colour” here", "Begin this page again"),
    ],
)
def test_what_is_not_understood_is_told_in_words_with_a_way_on(get_page, path, status, words, form):
    html = get_page(path, status)
    assert words in html
    assert form in html


@pytest.mark.usefixtures("shipped_data")
def test_a_retired_record_leads_to_what_stands_in_its_place(get_page):
    record, heir = Source.objects.all()[:2]
    Source.objects.filter(pk=record.pk).update(status="retired", replaced_by=heir)
    assert f'href="/explore/sources/{heir.slug}/"' in get_page(f"sources/{record.slug}/", 410)


@pytest.mark.usefixtures("shipped_data")
def test_what_a_form_sends_empty_is_left_out(api):
    answer = api.get("/explore/?symptom=joint-pain&taking=&taking=Femara")
    assert (answer.status_code, answer["Location"]) == (302, "/explore/?symptom=joint-pain&taking=Femara")


@pytest.mark.usefixtures("shipped_data")
def test_nothing_stated_is_said_so_and_no_help_is_called_safe(get_page):
    html = get_page("?symptom=hot-flushes&taking=acupuncture")
    assert "No statement in these sources." in html
    assert "that never means safe" in get_page("?symptom=joint-pain&taking=tamoxifen")


@pytest.mark.usefixtures("shipped_data")
def test_care_with_what_is_taken_stands_before_the_option(get_page):
    html = get_page("?symptom=joint-pain&taking=tamoxifen")
    option = html[html.index('<h4><a href="/explore/treatments/duloxetine/">') :]
    assert option.index("Care with what is taken") < option.index("duloxetine-relieves") < option.index("<h4>", 9)


@pytest.mark.usefixtures("shipped_data")
def test_a_source_shows_all_that_is_cited_from_it_in_order_and_in_few_queries(get_json):
    kinds = [model for model in record_models() if issubclass(model, Statement)]
    for source in Source.objects.all():
        with CaptureQueriesContext(connection) as queries:
            cited = get_json(f"sources/{source.slug}/")["cited_by"]
        firsts = [min(c["first_line"] for c in s["citations"] if c["source"]["slug"] == source.slug) for s in cited]
        assert firsts == sorted(firsts)
        citing = sum(kind.objects.filter(citations__source=source).distinct().count() for kind in kinds)
        assert len(cited) == citing > 0
        assert len(queries) <= 12 + 5 * len(kinds)


@pytest.mark.usefixtures("shipped_data")
def test_a_cell_of_the_matrix_leads_to_the_statements_that_it_counts(get_json):
    for row in get_json("coverage/", row="hormonal-therapy")["results"]:
        for cell in row["cells"]:
            said = get_json("coverage/", row=row["row"]["slug"], col=cell["col"])["said"]
            assert len(said) == cell["statements"]


@pytest.mark.django_db
def test_the_pages_stand_in_no_description_of_the_api():
    from django.conf import settings
    from drf_spectacular.generators import SchemaGenerator

    described = SchemaGenerator(urlconf=settings.ROOT_URLCONF).get_schema(request=None, public=True)
    assert all(path.startswith("/api/v1/") for path in described["paths"])


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_data")
def test_a_search_says_what_it_took_for_a_typing_error(get_page):
    html = get_page("search/?q=letrazole+joint+pain")
    assert "Searched for “letrozole” in place of “letrazole”." in html
    assert 'href="/explore/treatments/letrozole/"' in html
