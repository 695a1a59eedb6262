"""What a release holds of the data: what the API answers, byte for byte, and the same as one file and one database."""

import json
import sqlite3

from django.urls import resolve

from kb.api.internal_client import asked, body
from kb.dataset.metadata import ABOUT, DISCLAIMER, NAME, how_to_cite
from kb.dataset.version import record_models
from kb.models import DATABASE, ReleaseFile, Statement, resource
from kb.renderers.json_ld import CONTEXT, JsonLd
from kb.renderers.tabular import Csv, NdJson, cell, columns_of
from kb.utils.urls import address_of

PLACE = ["section", "first_line", "last_line"]
SAYS = {
    NdJson: "Every one of the {kind}, a line of JSON for each, as the API answers.",
    Csv: "Every one of the {kind}, a row for each, as the API answers.",
}


def about(release):
    """What stands above the data, wherever they go."""
    return {
        "name": NAME,
        "release": release.name,
        "data_version": release.data_version,
        "disclaimer": DISCLAIMER,
        "how_to_cite": how_to_cite(release.data_version, release.name),
    }


class Told:
    """Everything that the API tells, list by list."""

    def __init__(self, release):
        self.release = release
        self.models = {resource(model): model for model in record_models()}
        self.files = {
            (name, form): body(asked(address_of(f"{model._meta.model_name}-list"), format=form.format))
            for name, model in self.models.items()
            for form in SAYS
        }
        self.records = {
            name: [json.loads(line) for line in self.files[name, NdJson].splitlines()] for name in self.models
        }

    def as_files(self):
        """The files of the data."""
        whole = about(self.release) | {"resources": self.records}
        yield ReleaseFile.of("knowledge.json", as_json(whole), "application/json", "All records, kind by kind.")
        yield ReleaseFile.of(
            "knowledge.sqlite3",
            self.database(),
            DATABASE,
            "All records as tables: one for each kind, one for the items of lists, one for the cited places.",
        )
        for (name, form), content in self.files.items():
            says = SAYS[form].format(kind=name.replace("-", " "))
            yield ReleaseFile.of(f"{name}.{form.format}", content, form.media_type, says)
        yield ReleaseFile.of(
            "knowledge.jsonld",
            as_json(self.linked()),
            JsonLd.media_type,
            "All entries and sources as linked data; a reader takes the address of the knowledge base as the base.",
        )
        description = body(asked(address_of("schema"), format="yaml"))
        yield ReleaseFile.of("openapi.yaml", description, "application/yaml", "The description of the API of that day.")

    def linked(self):
        """The release, and every entry and source, in the words of schema.org, in one document that needs no other."""
        answers = [
            asked(record["url"], format=JsonLd.format)
            for name, model in self.models.items()
            if not issubclass(model, Statement)
            for record in self.records[name]
        ]
        told = about(self.release)
        dataset = {
            "@type": "Dataset",
            "@id": address_of("release-detail", told["release"]),
            "name": told["name"],
            "version": told["data_version"],
            "description": f"{ABOUT} {told['disclaimer']}",
            "creditText": told["how_to_cite"],
        }
        nodes = [json.loads(body(answer)) for answer in answers]
        nodes = [{key: node[key] for key in node if key != "@context"} for node in nodes]
        return {"@context": CONTEXT, "@graph": [dataset, *nodes]}

    def database(self):
        """The data as a database of SQLite, in bytes."""
        with sqlite3.connect(":memory:") as base:
            base.execute("CREATE TABLE about (name TEXT PRIMARY KEY, says TEXT)")
            base.executemany("INSERT INTO about VALUES (?, ?)", about(self.release).items())
            base.execute("CREATE TABLE items (kind TEXT, slug TEXT, field TEXT, place INTEGER, item TEXT)")
            base.execute(
                "CREATE TABLE citations (kind TEXT, slug TEXT, source TEXT, section TEXT, first_line INTEGER, "
                "last_line INTEGER)"
            )
            for name, records in self.records.items():
                self.tabulate(base, name, records)
        found = base.serialize()
        base.close()
        return found

    def tabulate(self, base, name, records):
        """A table of one kind of record, with the columns of its CSV; its lists stand in tables of their own."""
        list_view = resolve(address_of(f"{self.models[name]._meta.model_name}-list")).func.cls
        columns = columns_of(list_view.serializer_class())
        quoted = ", ".join(f'"{column}"{" TEXT PRIMARY KEY" * (column == "slug")}' for column in columns)
        table = name.replace("-", "_")
        base.execute(f'CREATE TABLE "{table}" ({quoted})')
        marks = ", ".join("?" * len(columns))
        base.executemany(
            f'INSERT INTO "{table}" VALUES ({marks})',  # noqa: S608 - names of our own models
            [[stored(record[field], part) for field, part in columns.values()] for record in records],
        )
        for record in records:
            lists = {field: value for field, value in record.items() if isinstance(value, list)}
            base.executemany(
                "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?)",
                [
                    [name, record["slug"], place["source"]["slug"], *map(place.get, PLACE)]
                    for place in lists.pop("citations", [])
                ],
            )
            base.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?, ?)",
                [
                    [name, record["slug"], field, place, cell(item)]
                    for field, value in lists.items()
                    for place, item in enumerate(value, 1)
                ],
            )


def stored(value, part):
    """A cell of a table of a database: what is not there is null."""
    return None if value is None else cell(value, part)


def as_json(value):
    """A value as the bytes of a file of JSON."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
