"""The document that is served: openapi.yaml as it is, whatever the database holds."""

import pytest

from kb.openapi.document import DOCUMENT_FILE, read_document
from tests.helpers.openapi import read_committed_schema
from treatments.models import Treatment

SCHEMA_URL = "/api/v1/schema/"
MAX_BYTES = 300_000
MAX_QUERIES = 2  # The mark of the revision, before and after.


@pytest.mark.django_db
@pytest.mark.parametrize("params", [{}, {"format": "yaml"}])
def test_the_file_is_served_as_it_is_without_any_data(api, params):
    response = api.get(SCHEMA_URL, params)
    assert response["Content-Type"] == "application/vnd.oai.openapi"
    assert response.content == DOCUMENT_FILE.read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("params", "accept", "content_type"),
    [
        ({"format": "json"}, "*/*", "application/vnd.oai.openapi+json"),
        ({}, "application/json,*/*", "application/json"),
    ],
)
def test_json_says_the_same(api, params, accept, content_type):
    response = api.get(SCHEMA_URL, params, headers={"accept": accept})
    assert response["Content-Type"] == content_type
    assert response.json() == read_committed_schema()


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_serving_it_takes_no_queries_for_its_examples(universe, api, format, django_assert_max_num_queries):
    api.get(SCHEMA_URL, {"format": format})
    with django_assert_max_num_queries(MAX_QUERIES):
        api.get(SCHEMA_URL, {"format": format})


def test_a_change_of_the_data_changes_neither_document_nor_etag(universe, api):
    before, treatments = api.get(SCHEMA_URL), api.get("/api/v1/treatments/")
    Treatment.objects.filter(slug="drug").update(summary="Another summary.")
    after = api.get(SCHEMA_URL, headers={"if-none-match": before["ETag"]})
    assert (after.status_code, after["ETag"]) == (304, before["ETag"])
    assert api.get(SCHEMA_URL).content == before.content
    assert api.get("/api/v1/treatments/")["ETag"] != treatments["ETag"]


def test_an_upgrade_of_the_document_changes_its_etag(universe, api, tmp_path, settings):
    from kb.api.etags import code_digest

    tags = set()
    settings.BASE_DIR = tmp_path
    (tmp_path / "requirements.txt").write_text("the same")
    for content in ("one", "another"):
        (tmp_path / "openapi.yaml").write_text(content)
        code_digest.cache_clear()
        tags.add(api.get(SCHEMA_URL)["ETag"])
    code_digest.cache_clear()
    assert len(tags) == 2


def test_it_is_small_enough_for_a_browser_and_a_language_model_to_read():
    assert {format: len(read_document(format)) < MAX_BYTES for format in ("yaml", "json")} == {
        "yaml": True,
        "json": True,
    }
