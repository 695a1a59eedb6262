"""The CSV and NDJSON renderers: a whole filtered list as one streamed file, a line for each record."""

import csv
import json
from itertools import chain
from types import SimpleNamespace

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder

from kb.api.exceptions import InvalidParameters
from kb.api.internal_client import get_internally
from kb.dataset.metadata import build_file_name
from kb.dataset.version import data_version
from kb.filters import BYTE_ORDER_MARK_PARAM
from kb.import_export.cells import escape_formula
from kb.models import resource_name
from kb.models.querysets import BATCH_SIZE
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.red_flags import find_red_flags, find_red_flags_for_each
from kb.renderers.table_columns import format_cell, get_columns
from kb.serializers import MAX_REFERENCES, ReferenceSerializer, build_record_url, build_red_flags_url
from kb.validators import CELL_SEPARATOR

BYTE_ORDER_MARK = "\ufeff"
CSV_METADATA_FORMAT, CSV_METADATA_MEDIA_TYPE = "csvm", "application/csvm+json"  # Of CSV on the Web.


class WholeListRenderer(BaseRenderer):
    """Base of the renderers of a whole filtered list, which is written as it is read."""

    charset = "utf-8"
    count_params = ("count",)  # What of COUNT_PARAMS it can show.
    schema_name = description = ""  # Of the file, in the OpenAPI document.

    @classmethod
    def describe_response(cls, schema):
        slugs = [record["slug"] for page in schema.get_examples() for record in page.value["results"]]
        file = get_internally(schema.path, format=cls.format, slug=slugs).getvalue().decode() if slugs else None
        return {"title": cls.schema_name, "type": "string"}, cls.description, file

    def stream_response(self, view, queryset, counted=()):
        """Return the whole list as a streamed file, or in its place what is counted of it, by these facets.

        Raise InvalidParameters (400) for a parameter of paging.
        """
        reject_paging_params(view, self.format)
        asked = entry_ids_named_by(view.answer_context.entries)
        flags = find_red_flags(asked, view.answer_context.hierarchies, asked)
        links = build_red_flag_links(flags, {"request": view.request})
        absence = None if queryset.exists() else view.describe_absence()
        links += [f'<{answer.url}>; rel="related"; title="Nearest"' for answer in absence.nearest] if absence else []
        links += self.build_links(view)
        content = (
            self.iterate_table_lines(view.iterate_count_rows(counted))
            if counted
            else self.iterate_content(view, serialize_in_batches(view, queryset), absence)
        )
        return StreamingHttpResponse(
            chain(self.build_start(view), content),
            content_type=self.content_type,
            headers={
                "Content-Disposition": build_disposition(queryset.model, self.format, "-counts" if counted else ""),
                # In headers: there may be no row to hold them.
                **({"Link": ", ".join(links)} if links else {}),
                **({"X-KB-Absence": absence.says} if absence else {}),
            },
        )

    @property
    def content_type(self):
        return f"{self.media_type}; charset={self.charset}" if self.charset else self.media_type

    def build_links(self, view):
        """Return the links of the header `Link` that files of this format have besides red flags."""
        return []

    def build_start(self, view):
        """Return what stands before the content."""
        return []

    def iterate_content(self, view, records, absence):
        """Yield the content of the file, from serialized records; `absence` says what it means if there is none."""
        return self.iterate_lines(view.get_serializer(), records)

    def iterate_lines(self, serializer, records):
        """Yield the lines of the file, from serialized records."""
        raise NotImplementedError

    def iterate_table_lines(self, rows):
        """Yield the lines of a file with the same plain values in each row."""
        raise NotImplementedError


class NdJsonRenderer(WholeListRenderer):
    """Renders a line of JSON for each record, as in the lists of the API."""

    media_type, format, schema_name = "application/x-ndjson", "ndjson", "NdjsonFile"
    description = (
        "The whole filtered list, not a page of it: a line of JSON for each record, as in `results`, "
        "with the `red_flags` that touch it. Those of what was asked about stand in the header `Link`; what an empty "
        "file means, in `X-KB-Absence`."
    )

    def iterate_lines(self, serializer, records):
        yield from self.iterate_table_lines(records)

    def iterate_table_lines(self, rows):
        for row in rows:
            yield json.dumps(row, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":")) + "\n"


class CsvRenderer(WholeListRenderer):
    """Renders a row for each record, with the same columns for every list of a model and with formulas escaped."""

    media_type, format, schema_name = "text/csv", "csv", "CsvFile"
    description = (
        "The whole filtered list, not a page of it: a row of names, then a row for each record, with the same columns "
        "always. Another record stands as its slug, with its name in the next column; several things in one cell have "
        f"`{CELL_SEPARATOR}` between them; a cited place is `source:first-last`. The last columns are the "
        "`red_flags` that touch the record; those of what was asked about stand in the header `Link`; what "
        "an empty file means, in `X-KB-Absence`. Before what a spreadsheet would run as a formula stands an apostrophe."
    )

    def build_links(self, view):
        """Return the link to what the columns hold, on what terms and of which version, as CSV on the Web finds it."""
        url = build_format_url(view.request, CSV_METADATA_FORMAT)
        return [f'<{url}>; rel="describedby"; type="{CSV_METADATA_MEDIA_TYPE}"']

    def build_start(self, view):
        return [BYTE_ORDER_MARK] if BYTE_ORDER_MARK_PARAM in view.request.query_params else []

    def iterate_lines(self, serializer, records):
        columns = get_columns(serializer)
        yield write_csv_line(columns)
        for record in records:
            yield write_csv_line(column.format_cell(record) for column in columns.values())

    def iterate_table_lines(self, rows):
        for number, row in enumerate(rows):
            if not number:
                yield write_csv_line(row)
            yield write_csv_line(format_cell(value) for value in row.values())


def write_csv_line(cells):
    """Return a line of CSV, in which nothing is a formula."""
    writer = csv.writer(SimpleNamespace(write=lambda line: line))
    return writer.writerow(escape_cells(cells))


def escape_cells(cells):
    """Return cells, with what a spreadsheet would run as a formula escaped."""
    return [escape_formula(cell) if isinstance(cell, str) else cell for cell in cells]


def reject_paging_params(view, file_format):
    """Raise InvalidParameters if a request for a file asks for a page of it."""
    if paging_params := [name for name in view.paginator.parameters if name in view.request.query_params]:
        message = f"The whole list comes as one file of {file_format}: leave this out, or ask for JSON."
        raise InvalidParameters(
            [{"parameter": name, "detail": f"{name}: {message}", "nearest": None} for name in paging_params]
        )


def build_disposition(model, file_format, suffix=""):
    """Return the header Content-Disposition of the file of a list; its name tells the data version and the licence."""
    return f'attachment; filename="{build_file_name(resource_name(model) + suffix, file_format, data_version())}"'


def build_format_url(request, file_format):
    """Return the URL of a request in another format, of which nothing else differs."""
    params = request.query_params.copy()
    params.pop(BYTE_ORDER_MARK_PARAM, None)
    params["format"] = file_format
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def build_red_flag_links(flags, context):
    """Return a link of the header `Link` to each of these red flags, or to the first ones and to a list of all."""
    urls = [(build_record_url(flag, context), "Red flag") for flag in flags[:MAX_REFERENCES]]
    if len(flags) > len(urls):
        urls.append((build_red_flags_url(flags, context), "All red flags"))
    return [f'<{url}>; rel="related"; title="{title}"' for url, title in urls]


def serialize_in_batches(view, queryset):
    """Yield every record of a list as the API serializes it, with the red flags that concern it."""
    keys = list(dict.fromkeys(queryset.values_list("pk", flat=True)))
    for start in range(0, len(keys), BATCH_SIZE):
        records = list(queryset.filter(pk__in=keys[start : start + BATCH_SIZE]))
        payloads = view.get_serializer(records, many=True).data
        flags = find_red_flags_for_each(records, view.answer_context.hierarchies)
        for payload, red_flags in zip(payloads, flags, strict=True):
            references = ReferenceSerializer(red_flags, many=True, context={"request": view.request})
            yield payload | {"red_flags": references.data}
