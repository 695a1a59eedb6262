"""A release of the shipped data holds exactly what the API answers."""

import csv
import json
import sqlite3
from io import StringIO

import pytest
import yaml

from kb.dataset.metadata import DISCLAIMER
from kb.dataset.version import data_version
from kb.models import Release, Source, record_models, resource_name
from kb.releases import build_release
from kb.releases.documents import ReleaseDocuments
from tests.helpers.lists import get_whole_list

ENTRIES = ["sources", "cancers", "treatments", "symptoms", "investigations"]
HOST = "http://testserver"
pytestmark = pytest.mark.usefixtures("shipped_data")


def get_paged_records(api, kind):
    """Every record of a list as its pages tell it, without the name of the host."""
    found, url = [], f"/api/v1/{kind}/?page_size=200"
    while url:
        page = api.get(url)
        found += json.loads(page.content.decode().replace(HOST, ""))["results"]
        url = page.json()["next"]
    return found


def test_a_release_holds_exactly_what_the_api_answers(api, tmp_path):
    build_release("2026.12")
    file = lambda name: api.get(f"/api/v1/releases/2026.12/{name}").content  # noqa: E731
    (tmp_path / "x").write_bytes(file("knowledge.sqlite3"))
    base = sqlite3.connect(tmp_path / "x")
    kept = json.loads(file("knowledge.json"))["resources"]
    for kind in map(resource_name, record_models()):
        answered = get_paged_records(api, kind)
        assert [{k: v for k, v in r.items() if k != "red_flags"} for r in kept[kind]] == answered
        for form in ("ndjson", "csv"):
            assert file(f"{kind}.{form}").decode() == get_whole_list(api, f"{kind}/", form).replace(HOST, "")
        columns, *rows = csv.reader(StringIO(file(f"{kind}.csv").decode(), newline=""))
        cursor = base.execute(f'SELECT * FROM "{kind.replace("-", "_")}"')  # noqa: S608
        assert [column[0] for column in cursor.description] == columns
        assert [["" if cell is None else str(cell) for cell in row] for row in cursor] == rows
        for record in answered[::25]:
            shown = json.loads(api.get(record["url"]).content.decode().replace(HOST, ""))
            assert {name: shown[name] for name in record} == record
    base.close()
    dataset, *nodes = json.loads(file("knowledge.jsonld"))["@graph"]
    assert (dataset["@id"], dataset["version"]) == ("/api/v1/releases/2026.12/", data_version())
    assert DISCLAIMER in dataset["description"]
    linked = {node["@id"]: node for node in nodes}
    assert len(linked) == sum(len(kept[kind]) for kind in ENTRIES)
    for url in list(linked)[::20]:
        shown = json.loads(api.get(f"{url}?format=jsonld").content.decode().replace(HOST, ""))
        assert shown.pop("@context") == "/api/v1/context.jsonld"
        assert shown == linked[url]
    assert yaml.safe_load(file("openapi.yaml")) == yaml.safe_load(api.get("/api/v1/schema/").content)


def test_the_shipped_data_are_cited_with_the_documents_they_were_read_out_of():
    told = yaml.safe_load(
        ReleaseDocuments(Release(name="2026.12", data_version=data_version()), []).build_citation_cff()
    )
    assert [reference["authors"][0]["name"] for reference in told["references"]] == [
        "Living Beyond Breast Cancer",
        "Cancer Research UK",
        "WebMD",
    ]
    assert all(source.title in told["abstract"] for source in Source.objects.all())
