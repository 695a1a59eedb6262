"""The Croissant description of a release (JSON-LD): its files, and what the columns of its tables hold.

Croissant 1.0 of MLCommons is read by loaders of data sets; mlcroissant checks the description in the tests.
"""

from kb.dataset.metadata import ABOUT, AUTHORS, DISCLAIMER, LICENCE, NAME, format_dataset_citation
from kb.models import PARQUET_MEDIA_TYPE, resource_name
from kb.releases.parquet_files import PASSAGE_NUMBERS
from kb.renderers.table_columns import PASSAGE_COLUMNS, ColumnType, get_model_columns

CROISSANT_MEDIA_TYPE = "application/ld+json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
CROISSANT_TERMS = (
    "citeAs column equivalentProperty extract field fileObject fileProperty fileSet format includes isLiveDataset "
    "jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source "
    "subField transform"
).split()
CONTEXT = {  # The one that the specification gives, whole.
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{term: f"cr:{term}" for term in CROISSANT_TERMS},
}
DATA_TYPES = {ColumnType.INTEGER: "sc:Integer", ColumnType.DATE: "sc:Date", ColumnType.DATE_TIME: "sc:DateTime"}


def build_croissant(release, files, models):
    """Return the description of a release, of which these files are written; no licence is named that is not chosen.

    The rows of a kind are read from its Parquet file; from its CSV, where the release has none.
    """
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": NAME,
        "description": f"{ABOUT} {DISCLAIMER}",
        "version": release.name,
        "datePublished": f"{release.made_at:%Y-%m-%d}",
        "creator": {"@type": "sc:Organization", "name": AUTHORS},
        "citeAs": format_dataset_citation(release.data_version, release.name),
        "conditionsOfAccess": LICENCE,
        "distribution": [describe_file(file) for file in files.values()],
        "recordSet": [describe_records(model, choose_table(resource_name(model), files)) for model in models],
    }


def choose_table(name, files):
    """Return the name of the file from which the rows of a kind are read."""
    parquet = f"{name}.parquet"
    return parquet if parquet in files else f"{name}.csv"


def describe_file(file):
    """Return the description of a file, which lies beside this one, in the archive and at its address."""
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": file.says,
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "encodingFormat": file.media_type.replace(PARQUET_MEDIA_TYPE, "application/x-parquet"),  # Croissant's name.
        "sha256": file.sha256,
    }


def describe_records(model, table):
    """Return the description of the rows of one model: its columns, and their types."""
    name = resource_name(model)
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": model.__doc__,
        "key": {"@id": f"{name}/slug"},
        "field": [describe_field(name, column, table) for column in get_model_columns(model).values()],
    }


def describe_field(kind, column, table):
    """Return the description of a column; in CSV, a cell holds several things as one text."""
    is_typed = table.endswith(".parquet")
    key = f"{kind}/{column.name}"
    field = {
        "@type": "cr:Field",
        "@id": key,
        "name": key,
        "description": column.description,
        "source": {"fileObject": {"@id": table}, "extract": {"column": column.name}},
    }
    if is_typed and column.type == ColumnType.PASSAGES:
        parts = ["source", *PASSAGE_COLUMNS]
        return field | {"repeated": True, "subField": [describe_part(field, part) for part in parts]}
    repeated = {"repeated": True} if is_typed and column.type.holds_several else {}
    return field | {"dataType": DATA_TYPES.get(column.type, "sc:Text")} | repeated


def describe_part(field, part):
    """Return the description of one part of a cited place."""
    return {
        "@type": "cr:Field",
        "@id": f"{field['@id']}/{part}",
        "name": f"{field['name']}/{part}",
        "dataType": "sc:Integer" if part in PASSAGE_NUMBERS else "sc:Text",
        "source": field["source"] | {"transform": {"jsonPath": part}},
    }
