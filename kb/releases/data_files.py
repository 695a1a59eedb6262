"""The data files of a release: the answers of the API byte for byte, and all records as JSON, SQLite and JSON-LD."""

from collections.abc import Iterator
from functools import partial
from itertools import chain, zip_longest
from urllib.parse import parse_qs, urlsplit

import orjson

from kb.api.internal_client import get_internally
from kb.dataset.metadata import ABOUT, DISCLAIMER, NAME, format_dataset_citation, list_terms
from kb.models import DATABASE_MEDIA_TYPE, PARQUET_MEDIA_TYPE, Statement, models_by_resource_name
from kb.reasoning.hierarchies import HIERARCHIES_CACHE
from kb.releases.database_file import write_database
from kb.releases.graph_files import TSV_MEDIA_TYPE, GraphFiles
from kb.releases.json_stream import iterate_document, iterate_list, iterate_object
from kb.releases.parquet_files import can_write_parquet, write_parquet
from kb.renderers.csv_metadata import build_table_group
from kb.renderers.json_ld import CONTEXT, JsonLdRenderer
from kb.renderers.tabular import CSV_METADATA_MEDIA_TYPE, CsvRenderer, NdJsonRenderer
from kb.utils.urls import build_url

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
    """The published records as the API lists them, on disk, and the files made of them."""

    def __init__(self, release, folder):
        self.release, self.folder = release, folder
        self.models = models_by_resource_name()
        for name, model in self.models.items():
            self.write_lists(name, model)

    def write_lists(self, name, model):
        """Write the list of one model in each format: side by side, so that its rows are serialized once."""
        path = build_url(f"{model._meta.model_name}-list")
        answers = [get_internally(path, format=renderer.format).streaming_content for renderer in FILE_DESCRIPTIONS]
        ndjson, csv = (self.folder.get_path(f"{name}.{renderer.format}") for renderer in FILE_DESCRIPTIONS)
        with ndjson.open("wb") as ndjson_file, csv.open("wb") as csv_file:
            for line, row in zip_longest(*answers, fillvalue=b""):
                ndjson_file.write(line)
                csv_file.write(row)
        HIERARCHIES_CACHE.clear()  # With all that is kept of these rows: nobody reads them again.

    def iterate_lines(self, name) -> Iterator[bytes]:
        """Yield each record of one model as the line of its NDJSON."""
        with self.folder.get_path(f"{name}.{NdJsonRenderer.format}").open("rb") as file:
            yield from file

    def iterate_records(self, name):
        """Yield the records of one model."""
        return map(orjson.loads, self.iterate_lines(name))

    def write_files(self):
        """Write the data files of the release, and add them to its folder."""
        lists = {name: self.iterate_records(name) for name in self.models}
        document = iterate_document(get_release_metadata(self.release), "resources", iterate_object(lists, 1))
        self.folder.write("knowledge.json", document, "application/json", "All records, kind by kind.")
        write_database(
            self.folder.get_path("knowledge.sqlite3"),
            get_release_metadata(self.release),
            {name: (model, partial(self.iterate_records, name)) for name, model in self.models.items()},
        )
        self.folder.add(
            "knowledge.sqlite3",
            DATABASE_MEDIA_TYPE,
            "All records as tables: one for each kind, one for the items of lists, one for the cited places.",
        )
        for name in self.models:
            for renderer, description in FILE_DESCRIPTIONS.items():
                says = description.format(kind=name.replace("-", " "))
                self.folder.add(f"{name}.{renderer.format}", renderer.media_type, says)
        graph = iterate_list(chain([self.build_dataset_node()], self.iterate_nodes()), 1)
        self.folder.write(
            "knowledge.jsonld",
            iterate_document({"@context": CONTEXT}, "@graph", graph),
            JsonLdRenderer.media_type,
            "All entries and sources as linked data; a reader takes the address of the knowledge base as the base.",
        )
        self.write_table_files()
        self.write_graph_files()
        schema = get_internally(build_url("schema"), format="yaml").getvalue()
        self.folder.write("openapi.yaml", [schema], "application/yaml", "The description of the API of that day.")

    def write_table_files(self):
        """Write what the columns of all tables hold, and each table as Parquet, if the package for that is there."""
        terms = list_terms(self.release.data_version, self.release.name)
        group = build_table_group(self.release.data_version, self.release.name, self.models.values())
        self.folder.write(
            "csv-metadata.json",
            [orjson.dumps(group, option=orjson.OPT_INDENT_2)],
            CSV_METADATA_MEDIA_TYPE,
            "What the columns of each CSV file hold, on what terms and of which version: CSV on the Web.",
        )
        for name, model in self.models.items() if can_write_parquet() else ():
            write_parquet(self.folder.get_path(f"{name}.parquet"), model, self.iterate_records(name), terms)
            says = f"Every one of the {name.replace('-', ' ')}, as a table with the columns of the CSV file, typed."
            self.folder.add(f"{name}.parquet", PARQUET_MEDIA_TYPE, says)

    def write_graph_files(self):
        """Write the knowledge graph: entries as nodes, what statements say of two entries as edges."""
        graph = GraphFiles(self.models, self.iterate_records)
        nodes, edges = "Every entry as a node of a knowledge graph: KGX.", "What sources say of two entries: KGX."
        self.folder.write("nodes.tsv", graph.iterate_nodes(), TSV_MEDIA_TYPE, nodes)
        self.folder.write("edges.tsv", graph.iterate_edges(), TSV_MEDIA_TYPE, edges)

    def build_dataset_node(self):
        """Return the JSON-LD node of the release."""
        metadata = get_release_metadata(self.release)
        return {
            "@type": "Dataset",
            "@id": build_url("release-detail", metadata["release"]),
            "name": metadata["name"],
            "version": metadata["data_version"],
            "description": f"{ABOUT} {metadata['disclaimer']}",
            "creditText": metadata["how_to_cite"],
        }

    def iterate_nodes(self):
        """Yield the JSON-LD node of every entry and source, as the API answers."""
        for name, model in self.models.items():
            for record in self.iterate_records(name) if not issubclass(model, Statement) else ():
                node = JsonLdRenderer().build_document(get_whole_answer(record["url"]))
                del node["@context"]
                yield node


def get_whole_answer(url):
    """Return what the API answers about an entry or a source, with every row of its parts."""
    answer = get_answer(url)
    for part in [*answer.get("statements", {}).values(), *filter(None, [answer.get("cited_by")])]:
        while part["next"]:
            page = get_answer(part["next"])
            following = page.get("cited_by", page)  # The rest of a part stands in a list, or on a page of its own.
            part["results"] += following["results"]
            part["next"] = following["next"]
    return answer


def get_answer(url):
    """Return what the API answers at a URL without a host."""
    parts = urlsplit(url)
    return orjson.loads(get_internally(parts.path, **parse_qs(parts.query)).content)
