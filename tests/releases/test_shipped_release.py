"""A release of the shipped data: its files equal the responses of the API."""

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
from tests.helpers.lists import get_part, get_whole_list
from tests.helpers.openapi import parse_yaml

ENTRIES = ["sources", "cancers", "treatments", "symptoms", "investigations"]
HOST = "http://testserver"
pytestmark = pytest.mark.usefixtures("shipped_data")


def get_paged_records(api, resource):
    """Return every record of a list from its pages, without the host name in URLs."""
    records, url = [], f"/api/v1/{resource}/?page_size=200"
    while url:
        page = api.get(url)
        records += json.loads(page.content.decode().replace(HOST, ""))["results"]
        url = page.json()["next"]
    return records


def test_the_files_of_a_release_equal_the_api(api, tmp_path):
    build_release("2026.12")
    get_file = lambda name: api.get(f"/api/v1/releases/2026.12/{name}").getvalue()  # noqa: E731
    (tmp_path / "x").write_bytes(get_file("knowledge.sqlite3"))
    database = sqlite3.connect(tmp_path / "x")
    resources = json.loads(get_file("knowledge.json"))["resources"]
    for resource in map(resource_name, record_models()):
        records = get_paged_records(api, resource)
        assert [{k: v for k, v in r.items() if k != "red_flags"} for r in resources[resource]] == records
        for file_format in ("ndjson", "csv"):
            assert get_file(f"{resource}.{file_format}").decode() == get_whole_list(
                api, f"{resource}/", file_format
            ).replace(HOST, "")
        columns, *rows = csv.reader(StringIO(get_file(f"{resource}.csv").decode(), newline=""))
        cursor = database.execute(f'SELECT * FROM "{resource.replace("-", "_")}"')  # noqa: S608
        assert [column[0] for column in cursor.description] == columns
        assert [["" if cell is None else str(cell) for cell in row] for row in cursor] == rows
        for record in records[::25]:
            detail = json.loads(api.get(record["url"]).content.decode().replace(HOST, ""))
            assert {name: detail[name] for name in record} == record
    database.close()
    dataset, *nodes = json.loads(get_file("knowledge.jsonld"))["@graph"]
    assert (dataset["@id"], dataset["version"]) == ("/api/v1/releases/2026.12/", data_version())
    assert DISCLAIMER in dataset["description"]
    nodes_by_url = {node["@id"]: node for node in nodes}
    assert len(nodes_by_url) == sum(len(resources[resource]) for resource in ENTRIES)
    cut = 0
    for url in list(nodes_by_url)[::20]:
        detail = json.loads(api.get(f"{url}?format=jsonld").content.decode().replace(HOST, ""))
        assert detail.pop("@context") == "/api/v1/context.jsonld"
        cut += len(detail["mainEntityOfPage"].pop("relatedLink", []))
        claims, whole = find_claims(detail), find_claims(nodes_by_url[url])
        assert claims <= whole
        answer = api.get(url).json()
        parts = [*answer.get("statements", {}).values(), *filter(None, [answer.get("cited_by")])]
        urls = {row["url"].replace(HOST, "") for part in parts for row in get_part(api, part)}
        assert whole == urls | {flag["url"].replace(HOST, "") for flag in answer["red_flags"]}
        if claims == whole:
            assert detail == nodes_by_url[url]
    assert cut
    assert parse_yaml(get_file("openapi.yaml")) == api.get("/api/v1/schema/?format=json").json()


def find_claims(node):
    """Return the addresses of the statements in a node of linked data."""
    if isinstance(node, list):
        return set().union(*map(find_claims, node))
    if not isinstance(node, dict):
        return set()
    own = {node["@id"]} if node.get("@type") == "Claim" else set()
    return own.union(*map(find_claims, node.values()))


def test_the_citation_names_the_source_documents():
    citation = yaml.safe_load(
        ReleaseDocuments(Release(name="2026.12", data_version=data_version()), []).build_citation_cff()
    )
    assert [reference["authors"][0]["name"] for reference in citation["references"]] == [
        "Living Beyond Breast Cancer",
        "Cancer Research UK",
        "WebMD",
    ]
    assert all(source.title in citation["abstract"] for source in Source.objects.all())
