"""The data files of a release: the answers of the API byte for byte, and all records as JSON, SQLite and JSON-LD."""

import json
import sqlite3
from urllib.parse import parse_qs, urlsplit

from django.urls import resolve

from kb.api.internal_client import get_internally
from kb.dataset.metadata import ABOUT, DISCLAIMER, NAME, format_dataset_citation
from kb.models import DATABASE_MEDIA_TYPE, ReleaseFile, Statement, models_by_resource_name
from kb.renderers.json_ld import CONTEXT, JsonLdRenderer
from kb.renderers.tabular import CsvRenderer, NdJsonRenderer, format_cell, get_columns
from kb.utils.urls import build_url

PASSAGE_COLUMNS = ["section", "first_line", "last_line", "edition", "state"]
FILE_DESCRIPTIONS = {
    NdJsonRenderer: "Every one of the {kind}, a line of JSON for each, as the API answers.",
    CsvRenderer: "Every one of the {kind}, a row for each, as the API answers.",
}


def get_release_metadata(release):
    """Return the metadata that each file of all records begins with."""
    return {
        "name": NAME,
        "release": release.name,
        "data_version": release.data_version,
        "disclaimer": DISCLAIMER,
        "how_to_cite": format_dataset_citation(release.data_version, release.name),
    }


class ReleaseData:
    """The published records as the API lists them, and the files made of them."""

    def __init__(self, release):
        self.release = release
        self.models = models_by_resource_name()
        self.files = {
            (name, renderer): get_internally(
                build_url(f"{model._meta.model_name}-list"), format=renderer.format
            ).getvalue()
            for name, model in self.models.items()
            for renderer in FILE_DESCRIPTIONS
        }
        self.records = {
            name: [json.loads(line) for line in self.files[name, NdJsonRenderer].splitlines()] for name in self.models
        }

    def build_files(self):
        """Yield the data files of the release, not yet saved."""
        document = get_release_metadata(self.release) | {"resources": self.records}
        yield ReleaseFile.from_bytes(
            "knowledge.json", encode_json(document), "application/json", "All records, kind by kind."
        )
        yield ReleaseFile.from_bytes(
            "knowledge.sqlite3",
            self.build_sqlite(),
            DATABASE_MEDIA_TYPE,
            "All records as tables: one for each kind, one for the items of lists, one for the cited places.",
        )
        for (name, renderer), content in self.files.items():
            description = FILE_DESCRIPTIONS[renderer].format(kind=name.replace("-", " "))
            yield ReleaseFile.from_bytes(f"{name}.{renderer.format}", content, renderer.media_type, description)
        yield ReleaseFile.from_bytes(
            "knowledge.jsonld",
            encode_json(self.build_json_ld()),
            JsonLdRenderer.media_type,
            "All entries and sources as linked data; a reader takes the address of the knowledge base as the base.",
        )
        schema = get_internally(build_url("schema"), format="yaml").getvalue()
        yield ReleaseFile.from_bytes(
            "openapi.yaml", schema, "application/yaml", "The description of the API of that day."
        )

    def build_json_ld(self):
        """Return the release with every entry and source as one JSON-LD document with its context inline."""
        answers = (
            get_whole_answer(record["url"])
            for name, model in self.models.items()
            if not issubclass(model, Statement)
            for record in self.records[name]
        )
        metadata = get_release_metadata(self.release)
        dataset = {
            "@type": "Dataset",
            "@id": build_url("release-detail", metadata["release"]),
            "name": metadata["name"],
            "version": metadata["data_version"],
            "description": f"{ABOUT} {metadata['disclaimer']}",
            "creditText": metadata["how_to_cite"],
        }
        nodes = [JsonLdRenderer().build_document(answer) for answer in answers]
        nodes = [{key: node[key] for key in node if key != "@context"} for node in nodes]
        return {"@context": CONTEXT, "@graph": [dataset, *nodes]}

    def build_sqlite(self):
        """Return the bytes of an SQLite database of all records."""
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE TABLE about (name TEXT PRIMARY KEY, says TEXT)")
            connection.executemany("INSERT INTO about VALUES (?, ?)", get_release_metadata(self.release).items())
            connection.execute("CREATE TABLE items (kind TEXT, slug TEXT, field TEXT, place INTEGER, item TEXT)")
            connection.execute(
                "CREATE TABLE citations (kind TEXT, slug TEXT, source TEXT, section TEXT, first_line INTEGER, "
                "last_line INTEGER, edition INTEGER, state TEXT)"
            )
            for name, records in self.records.items():
                self.write_table(connection, name, records)
        database = connection.serialize()
        connection.close()
        return database

    def write_table(self, connection, name, records):
        """Create and fill the table of one model, with the columns of its CSV; lists go to tables of their own."""
        list_view = resolve(build_url(f"{self.models[name]._meta.model_name}-list")).func.cls
        columns = get_columns(list_view.serializer_class())
        quoted = ", ".join(f'"{column}"{" TEXT PRIMARY KEY" * (column == "slug")}' for column in columns)
        table = name.replace("-", "_")
        connection.execute(f'CREATE TABLE "{table}" ({quoted})')
        placeholders = ", ".join("?" * len(columns))
        connection.executemany(
            f'INSERT INTO "{table}" VALUES ({placeholders})',  # noqa: S608 - the names are those of models and fields
            [[to_sql_value(record[field], part) for field, part in columns.values()] for record in records],
        )
        for record in records:
            lists = {field: value for field, value in record.items() if isinstance(value, list)}
            connection.executemany(
                "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    [name, record["slug"], passage["source"]["slug"], *map(passage.get, PASSAGE_COLUMNS)]
                    for passage in lists.pop("citations", [])
                ],
            )
            connection.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?, ?)",
                [
                    [name, record["slug"], field, position, format_cell(item)]
                    for field, value in lists.items()
                    for position, item in enumerate(value, 1)
                ],
            )


def get_whole_answer(url):
    """Return what the API answers about an entry or a source, with every row of its parts."""
    answer = get_answer(url)
    for part in [*answer.get("statements", {}).values(), *filter(None, [answer.get("cited_by")])]:
        while part["next"]:
            page = get_answer(part["next"])
            following = page.get("cited_by", page)  # The rest of a part stands in a list, or on a page of its own.
            part |= {"results": part["results"] + following["results"], "next": following["next"]}
    return answer


def get_answer(url):
    """Return what the API answers at a URL without a host."""
    parts = urlsplit(url)
    return json.loads(get_internally(parts.path, **parse_qs(parts.query)).content)


def to_sql_value(value, part):
    """Return a value as a cell of an SQL table: None stays null."""
    return None if value is None else format_cell(value, part)


def encode_json(value):
    """Return a value as the bytes of a JSON file."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
