"""The tables of a release: their types in OpenAPI, Parquet and SQLite, and readers that know nothing of us."""

import csv
import json
import sqlite3
from io import StringIO

import pytest
from django.core.management import call_command

from kb.dataset.metadata import LICENCE, LICENCE_NAME
from kb.models import record_models, resource_name
from kb.releases import build_release, parquet_files
from tests.helpers.openapi import read_expanded_schema
from treatments.models import Treatment

# By what OpenAPI says of a field: the type in Arrow, in SQLite, in CSV on the Web and in Croissant.
TYPES = {
    ("string", None): ("string", "TEXT", "string", "sc:Text"),
    ("string", "date"): ("date32[day]", "TEXT", "date", "sc:Date"),
    ("string", "date-time"): ("timestamp[us, tz=UTC]", "TEXT", "dateTime", "sc:DateTime"),
    ("integer", None): ("int64", "INTEGER", "integer", "sc:Integer"),
    ("array", None): ("list<element: string>", "TEXT", "string", "sc:Text"),
    ("object", None): ("string", "TEXT", "string", "sc:Text"),
}
KINDS = [resource_name(model) for model in record_models()]


@pytest.fixture
def release_folder(tmp_path, capsys):
    """Make a release, and return the folder with its files."""
    call_command("release", "2026.12", to=tmp_path)
    return tmp_path


def find_type(schema, schemas):
    """Return the type and the format of a field in OpenAPI, without null."""
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            if part.get("type") != "null":
                return find_type(part, schemas)
    if "$ref" in schema:
        return find_type(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    (name,) = {*types} - {"null"}
    return name, schema.get("format")


def read_declared_types():
    """Return the type of each field of each kind, as openapi.yaml declares it."""
    document = read_expanded_schema()
    schemas = document["components"]["schemas"]
    lists = {kind: document["paths"][f"/api/v1/{kind}/"]["get"]["responses"]["200"] for kind in KINDS}
    pages = {kind: answer["content"]["application/json"]["schema"]["$ref"] for kind, answer in lists.items()}
    declared = {}
    for kind, page in pages.items():
        rows = schemas[page.rpartition("/")[2]]["properties"]["results"]["items"]["$ref"]
        record = schemas[rows.rpartition("/")[2]]
        declared[kind] = {name: find_type(field, schemas) for name, field in record["properties"].items()}
    return declared


def test_the_types_of_openapi_parquet_sqlite_csv_metadata_and_croissant_agree(universe, release_folder):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: requirements-tables.txt")
    database = sqlite3.connect(release_folder / "knowledge.sqlite3")
    tables = json.loads((release_folder / "csv-metadata.json").read_text())["tables"]
    csvw = {table["url"].removesuffix(".csv"): table["tableSchema"]["columns"] for table in tables}
    record_sets = json.loads((release_folder / "croissant.json").read_text())["recordSet"]
    croissant = {
        each["@id"]: {field["@id"].partition("/")[2]: field for field in each["field"]} for each in record_sets
    }
    compared = 0
    for kind, declared in read_declared_types().items():
        arrow = {field.name: str(field.type) for field in parquet.read_schema(release_folder / f"{kind}.parquet")}
        sql = {row[1]: row[2] for row in database.execute(f'PRAGMA table_info("{kind.replace("-", "_")}")')}
        columns = {column["name"]: column for column in csvw[kind]}
        assert list(arrow) == list(sql) == list(columns) == list(croissant[kind])
        for name, openapi_type in declared.items():
            expected = TYPES[openapi_type]
            if name == "citations":
                assert arrow[name].startswith("list<element: struct<source: string, section: string, first_line: int64")
                assert croissant[kind][name]["subField"][2]["dataType"] == "sc:Integer"
            else:
                found = (arrow[name], sql[name], columns[name]["datatype"], croissant[kind][name]["dataType"])
                assert found == expected, (kind, name)
            assert ("separator" in columns[name]) == (openapi_type[0] == "array") == arrow[name].startswith("list<")
            compared += 1
    database.close()
    assert compared > 300


def test_parquet_holds_the_rows_of_the_csv_file_in_groups(universe, release_folder, monkeypatch, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: requirements-tables.txt")
    for kind in KINDS:
        rows = list(csv.DictReader(StringIO((release_folder / f"{kind}.csv").read_text(), newline="")))
        table = parquet.read_table(release_folder / f"{kind}.parquet").to_pylist()
        assert [row["slug"] for row in table] == [row["slug"] for row in rows]
        for found, row in zip(table, rows, strict=True):
            assert [str(found["red_flags"]).count("'") // 2] == [len([*filter(None, row["red_flags"].split(" | "))])]
            assert {name for name, value in found.items() if value in (None, [], "")} == {
                name for name, cell in row.items() if cell == ""
            }
    (citation,) = parquet.read_table(release_folder / "side-effects.parquet").to_pylist()[0]["citations"]
    assert (citation["source"], citation["first_line"], citation["last_line"]) == ("page", 1, 2)
    metadata = parquet.read_schema(release_folder / "treatments.parquet").metadata
    assert metadata[b"licence"].decode() == f"{LICENCE_NAME}: {LICENCE}"
    assert b"release 2026.12, data version" in metadata[b"how to cite"]
    monkeypatch.setattr(parquet_files, "ROWS_PER_GROUP", 2)
    lines = (release_folder / "side-effects.ndjson").read_text().splitlines()
    parquet_files.write_parquet(tmp_path / "x", record_models_by_kind()["side-effects"], map(json.loads, lines), {})
    assert [parquet.ParquetFile(tmp_path / "x").metadata.row_group(group).num_rows for group in (0, 1)] == [2, 2]


def record_models_by_kind():
    return {resource_name(model): model for model in record_models()}


def test_pandas_duckdb_and_croissant_read_the_release(extended_universe, release_folder):
    reason = "mlcroissant, duckdb and pandas are not installed: requirements-dev.txt"
    mlcroissant, duckdb, pandas = (
        pytest.importorskip(name, reason=reason) for name in ("mlcroissant", "duckdb", "pandas")
    )
    dataset = mlcroissant.Dataset(jsonld=release_folder / "croissant.json")
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    assert [warning.rpartition("] ")[2] for warning in issues.warnings] == [
        'Property "https://schema.org/license" is recommended, but does not exist.'  # None has been chosen.
    ]
    for kind in KINDS:
        path = release_folder / f"{kind}.parquet"
        slugs = pandas.read_csv(release_folder / f"{kind}.csv")["slug"].tolist()
        assert pandas.read_parquet(path)["slug"].tolist() == slugs
        assert [row[0] for row in duckdb.sql(f"SELECT slug FROM '{path}'").fetchall()] == slugs  # noqa: S608
        assert [row[f"{kind}/slug"].decode() for row in dataset.records(kind)] == slugs
    (first, *_) = dataset.records("side-effects")
    assert first["side-effects/citations"][0]["side-effects/citations/first_line"] == 1
    lines = duckdb.sql(
        f"SELECT count(*) FROM (SELECT unnest(citations) FROM '{release_folder / 'side-effects.parquet'}')"  # noqa: S608
    ).fetchall()
    assert lines == [(len(pandas.read_parquet(release_folder / "side-effects.parquet")),)]


def test_a_release_without_pyarrow_has_no_parquet_and_says_so(universe, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(parquet_files, "PACKAGE", "no_such_package")
    call_command("release", "2026.12", to=tmp_path)
    assert "no Parquet files" in capsys.readouterr().out
    assert not list(tmp_path.glob("*.parquet"))
    croissant = json.loads((tmp_path / "croissant.json").read_text())
    tables = {field["source"]["fileObject"]["@id"] for each in croissant["recordSet"] for field in each["field"]}
    assert tables == {f"{kind}.csv" for kind in KINDS}
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed: requirements-dev.txt")
    dataset = mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")
    assert not dataset.metadata.ctx.issues.errors
    assert [row["treatments/slug"].decode() for row in dataset.records("treatments")][:2] == ["class", "drug"]


def test_the_same_data_make_the_same_bytes(universe, tmp_path):
    first = build_release("2026.12")
    Treatment.objects.filter(slug="drug").update(summary="Another.")
    build_release("2026.12.1")
    Treatment.objects.filter(slug="drug").update(summary="")
    sums = dict(build_release("2026.12.2").files.values_list("name", "sha256"))
    same = {name for name, sha256 in first.files.values_list("name", "sha256") if sums.get(name) == sha256}
    assert {"nodes.tsv", "edges.tsv", "treatments.ndjson", "side-effects.csv"} <= same
