"""The HTML pages under /explore/: each shows the answer of the API request that it links to."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.models import Source, Statement, record_models, resource_name
from tests.helpers.lists import get_part

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
    """Return the URLs of the API requests that a page links to."""
    return [url.replace("&amp;", "&") for url in re.findall(r'href="(/api/v1/[^"]*)"', html)]


def iter_statement_paths(payload):
    """Yield the path of every statement in an API response, relative to /api/v1/ and to /explore/."""
    if isinstance(payload, dict):
        if "citations" in payload and "url" in payload:
            yield payload["url"].partition("/api/v1/")[2]
        for value in payload.values():
            yield from iter_statement_paths(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from iter_statement_paths(value)


@pytest.mark.usefixtures("shipped_data", "two_releases")
@pytest.mark.parametrize("path", PAGE_PATHS)
def test_a_page_shows_every_statement_of_the_requests_that_it_links_to(get_page, api, path):
    html = get_page(path)
    assert "not medical advice" in html
    assert "reviewed by a clinician" in html
    assert find_api_urls(html)
    for statement_path in find_api_urls(html):
        response = api.get(statement_path)
        assert response.status_code == 200
        for statement_path in iter_statement_paths(response.json()):
            assert f'"/explore/{statement_path}"' in html or statement_path == path, statement_path


@pytest.mark.usefixtures("shipped_data")
@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_list_and_a_detail_page(get_page, model):
    record = model.objects.first()
    assert f"{record}"[:40] in get_page(f"{resource_name(model)}/?slug={record.slug}").replace("&#x27;", "'")
    html = get_page(f"{resource_name(model)}/{record.slug}/")
    assert find_api_urls(html) == [f"/api/v1/{resource_name(model)}/{record.slug}/"]


@pytest.mark.usefixtures("shipped_data", "two_releases")
@pytest.mark.parametrize(
    ("path", "status", "message", "next_step"),
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
def test_an_error_page_explains_the_error_and_offers_a_next_step(get_page, path, status, message, next_step):
    html = get_page(path, status)
    assert message in html
    assert next_step in html


@pytest.mark.usefixtures("shipped_data")
def test_a_retired_record_links_to_its_replacement(get_page):
    record, replacement = Source.objects.all()[:2]
    Source.objects.filter(pk=record.pk).update(status="retired", replaced_by=replacement)
    assert f'href="/explore/sources/{replacement.slug}/"' in get_page(f"sources/{record.slug}/", 410)


@pytest.mark.usefixtures("shipped_data")
def test_empty_form_fields_are_removed_by_a_redirect(api):
    response = api.get("/explore/?symptom=joint-pain&taking=&taking=Femara")
    assert (response.status_code, response["Location"]) == (302, "/explore/?symptom=joint-pain&taking=Femara")


@pytest.mark.usefixtures("shipped_data")
def test_missing_statements_are_reported_and_nothing_is_called_safe(get_page):
    html = get_page("?symptom=hot-flushes&taking=acupuncture")
    assert "None of the 5 sources read states a way to help that is just for this." in html
    assert "that never means safe" in get_page("?symptom=joint-pain&taking=tamoxifen")


@pytest.mark.usefixtures("shipped_data")
def test_cautions_with_current_treatments_stand_before_the_option(get_page):
    html = get_page("?symptom=joint-pain&taking=tamoxifen")
    option = html[html.index('<h4><a href="/explore/treatments/duloxetine/">') :]
    assert option.index("Care with what is taken") < option.index("duloxetine-relieves") < option.index("<h4>", 9)


@pytest.mark.usefixtures("shipped_data")
def test_a_source_lists_all_statements_that_cite_it_in_order_and_in_few_queries(api, get_json):
    statement_models = [model for model in record_models() if issubclass(model, Statement)]
    for source in Source.objects.all():
        with CaptureQueriesContext(connection) as queries:
            cited_by = get_json(f"sources/{source.slug}/", cited_by_page_size=200)["cited_by"]
        citing_statements = get_part(api, cited_by)
        first_lines = [
            min(c["first_line"] for c in s["citations"] if c["source"]["slug"] == source.slug)
            for s in citing_statements
        ]
        assert first_lines == sorted(first_lines)
        expected_count = sum(
            model.objects.public().filter(citations__source=source).distinct().count() for model in statement_models
        )
        assert len(citing_statements) == cited_by["count"] == expected_count > 0
        assert len(queries) <= 12 + 5 * len(statement_models)


@pytest.mark.usefixtures("shipped_data")
def test_a_cell_of_the_coverage_matrix_leads_to_the_statements_that_it_counts(get_json):
    for row in get_json("coverage/", row="hormonal-therapy")["results"]:
        for cell in row["cells"]:
            statements = get_json("coverage/", row=row["row"]["slug"], col=cell["col"])["said"]
            assert len(statements) == cell["statements"]


@pytest.mark.django_db
def test_the_pages_are_not_part_of_the_openapi_document():
    from django.conf import settings
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator(urlconf=settings.ROOT_URLCONF).get_schema(request=None, public=True)
    assert all(path.startswith("/api/v1/") for path in schema["paths"])


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_data")
def test_a_search_says_which_typing_error_it_corrected(get_page):
    html = get_page("search/?q=letrazole+joint+pain")
    assert "Searched for “letrozole” in place of “letrazole”." in html
    assert 'href="/explore/treatments/letrozole/"' in html
