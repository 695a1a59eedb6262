"""The metadata of CSV files, in the vocabulary of the W3C's CSV on the Web: columns, version, licence, citation."""

from django.http import JsonResponse

from kb.dataset.metadata import LICENCE, LICENCE_NAME, NAME, format_dataset_citation
from kb.dataset.version import data_version
from kb.models import resource_name
from kb.renderers.table_columns import ColumnType, get_columns, get_model_columns
from kb.renderers.tabular import (
    CSV_METADATA_FORMAT,
    CSV_METADATA_MEDIA_TYPE,
    WholeListRenderer,
    build_disposition,
    build_format_url,
    reject_paging_params,
)
from kb.validators import CELL_SEPARATOR

JSON_STYLE = {"ensure_ascii": False}
CSVW_CONTEXT = "http://www.w3.org/ns/csvw"
DATATYPES = {ColumnType.INTEGER: "integer", ColumnType.DATE: "date", ColumnType.DATE_TIME: "dateTime"}


class CsvMetadataRenderer(WholeListRenderer):
    """Renders what the CSV of a list is, in place of its rows: the table description of CSV on the Web."""

    media_type, format, schema_name = CSV_METADATA_MEDIA_TYPE, CSV_METADATA_FORMAT, "CsvMetadata"
    count_params = ()

    @classmethod
    def describe_response(cls, schema):
        description = (
            "What the CSV of this list is, as CSV on the Web tells it: columns, data version, licence, citation."
        )
        return {"title": cls.schema_name, "type": "object"}, description, None

    def stream_response(self, view, queryset, counted=()):
        """Return the table description; raise InvalidParameters (400) for a parameter of paging."""
        reject_paging_params(view, self.format)
        url, columns = build_format_url(view.request, "csv"), get_columns(view.get_serializer())
        title = str(queryset.model._meta.verbose_name_plural)
        table = {"@context": CSVW_CONTEXT, **build_terms(data_version()), **build_table(url, title, columns)}
        headers = {"Content-Disposition": build_disposition(queryset.model, "csv-metadata.json")}
        return JsonResponse(table, content_type=self.media_type, headers=headers, json_dumps_params=JSON_STYLE)


def build_terms(version, release=None):
    """Return which version of the data a table is of, on what terms it may be used, and how to cite it."""
    return {
        "dc:isPartOf": NAME,
        "dc:hasVersion": version,
        "dc:rights": f"{LICENCE_NAME}: {LICENCE}",
        "dc:bibliographicCitation": format_dataset_citation(version, release),
    }


def build_table(url, title, columns):
    """Return the description of a table at a URL."""
    return {
        "url": url,
        "dc:title": title,
        "tableSchema": {
            "columns": [describe_column(column) for column in columns.values()],
            **({"primaryKey": "slug"} if "slug" in columns else {}),
        },
    }


def describe_column(column):
    """Return the description of a column: what it holds, and what stands between several things in a cell."""
    return {
        "name": column.name,
        "titles": column.name,
        "datatype": DATATYPES.get(column.type, "string"),
        **({"separator": CELL_SEPARATOR} if column.type.holds_several else {}),
        **({"dc:description": column.description} if column.description else {}),
    }


def build_table_group(version, release, models):
    """Return the description of all tables of a release, whose files lie beside it."""
    return {
        "@context": CSVW_CONTEXT,
        **build_terms(version, release),
        "tables": [
            build_table(f"{resource_name(model)}.csv", str(model._meta.verbose_name_plural), get_model_columns(model))
            for model in models
        ],
    }
