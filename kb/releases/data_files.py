"""What a release holds of the data: what the API answers, byte for byte, and the same as one file and one database."""

import json
import sqlite3

from django.urls import resolve

from kb.api.internal_client import get_internally, read_body
from kb.dataset.metadata import ABOUT, DISCLAIMER, NAME, format_dataset_citation
from kb.dataset.version import record_models
from kb.models import DATABASE_MEDIA_TYPE, ReleaseFile, Statement, resource_name
from kb.renderers.json_ld import CONTEXT, JsonLdRenderer
from kb.renderers.tabular import CsvRenderer, NdJsonRenderer, format_cell, get_columns
from kb.utils.urls import build_url

PASSAGE_COLUMNS = ["section", "first_line", "last_line"]
FILE_DESCRIPTIONS = {
    NdJsonRenderer: "Every one of the {kind}, a line of JSON for each, as the API answers.",
    CsvRenderer: "Every one of the {kind}, a row for each, as the API answers.",
}


def get_release_metadata(release):
    """What stands above the data, wherever they go."""
    return {
        "name": NAME,
        "release": release.name,
        "data_version": release.data_version,
        "disclaimer": DISCLAIMER,
        "how_to_cite": format_dataset_citation(release.data_version, release.name),
    }


class ReleaseData:
    """Everything that the API tells, list by list."""

    def __init__(self, release):
        self.release = release
        self.models = {resource_name(model): model for model in record_models()}
        self.files = {
            (name, form): read_body(get_internally(build_url(f"{model._meta.model_name}-list"), format=form.format))
            for name, model in self.models.items()
            for form in FILE_DESCRIPTIONS
        }
        self.records = {
            name: [json.loads(line) for line in self.files[name, NdJsonRenderer].splitlines()] for name in self.models
        }

    def build_files(self):
        """The files of the data."""
        whole = get_release_metadata(self.release) | {"resources": self.records}
        yield ReleaseFile.from_bytes(
            "knowledge.json", encode_json(whole), "application/json", "All records, kind by kind."
        )
        yield ReleaseFile.from_bytes(
            "knowledge.sqlite3",
            self.build_sqlite(),
            DATABASE_MEDIA_TYPE,
            "All records as tables: one for each kind, one for the items of lists, one for the cited places.",
        )
        for (name, form), content in self.files.items():
            says = FILE_DESCRIPTIONS[form].format(kind=name.replace("-", " "))
            yield ReleaseFile.from_bytes(f"{name}.{form.format}", content, form.media_type, says)
        yield ReleaseFile.from_bytes(
            "knowledge.jsonld",
            encode_json(self.build_json_ld()),
            JsonLdRenderer.media_type,
            "All entries and sources as linked data; a reader takes the address of the knowledge base as the base.",
        )
        description = read_body(get_internally(build_url("schema"), format="yaml"))
        yield ReleaseFile.from_bytes(
            "openapi.yaml", description, "application/yaml", "The description of the API of that day."
        )

    def build_json_ld(self):
        """The release, and every entry and source, in the words of schema.org, in one document that needs no other."""
        answers = [
            get_internally(record["url"], format=JsonLdRenderer.format)
            for name, model in self.models.items()
            if not issubclass(model, Statement)
            for record in self.records[name]
        ]
        told = get_release_metadata(self.release)
        dataset = {
            "@type": "Dataset",
            "@id": build_url("release-detail", told["release"]),
            "name": told["name"],
            "version": told["data_version"],
            "description": f"{ABOUT} {told['disclaimer']}",
            "creditText": told["how_to_cite"],
        }
        nodes = [json.loads(read_body(answer)) for answer in answers]
        nodes = [{key: node[key] for key in node if key != "@context"} for node in nodes]
        return {"@context": CONTEXT, "@graph": [dataset, *nodes]}

    def build_sqlite(self):
        """The data as a database of SQLite, in bytes."""
        with sqlite3.connect(":memory:") as base:
            base.execute("CREATE TABLE about (name TEXT PRIMARY KEY, says TEXT)")
            base.executemany("INSERT INTO about VALUES (?, ?)", get_release_metadata(self.release).items())
            base.execute("CREATE TABLE items (kind TEXT, slug TEXT, field TEXT, place INTEGER, item TEXT)")
            base.execute(
                "CREATE TABLE citations (kind TEXT, slug TEXT, source TEXT, section TEXT, first_line INTEGER, "
                "last_line INTEGER)"
            )
            for name, records in self.records.items():
                self.write_table(base, name, records)
        found = base.serialize()
        base.close()
        return found

    def write_table(self, base, name, records):
        """A table of one kind of record, with the columns of its CSV; its lists stand in tables of their own."""
        list_view = resolve(build_url(f"{self.models[name]._meta.model_name}-list")).func.cls
        columns = get_columns(list_view.serializer_class())
        quoted = ", ".join(f'"{column}"{" TEXT PRIMARY KEY" * (column == "slug")}' for column in columns)
        table = name.replace("-", "_")
        base.execute(f'CREATE TABLE "{table}" ({quoted})')
        marks = ", ".join("?" * len(columns))
        base.executemany(
            f'INSERT INTO "{table}" VALUES ({marks})',  # noqa: S608 - names of our own models
            [[to_sql_value(record[field], part) for field, part in columns.values()] for record in records],
        )
        for record in records:
            lists = {field: value for field, value in record.items() if isinstance(value, list)}
            base.executemany(
                "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?)",
                [
                    [name, record["slug"], place["source"]["slug"], *map(place.get, PASSAGE_COLUMNS)]
                    for place in lists.pop("citations", [])
                ],
            )
            base.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?, ?)",
                [
                    [name, record["slug"], field, place, format_cell(item)]
                    for field, value in lists.items()
                    for place, item in enumerate(value, 1)
                ],
            )


def to_sql_value(value, part):
    """A cell of a table of a database: what is not there is null."""
    return None if value is None else format_cell(value, part)


def encode_json(value):
    """A value as the bytes of a file of JSON."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
