"""The CSV and NDJSON renderers: a whole filtered list as one streamed file, a line for each record."""

import csv
import json
from types import SimpleNamespace

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder

from kb.api.exceptions import InvalidParameters
from kb.api.internal_client import get_internally
from kb.editorial.snapshot import write_key
from kb.import_export.cells import escape_formula
from kb.models import build_passage_key, resource_name
from kb.models.querysets import BATCH_SIZE
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.red_flags import find_red_flags, find_red_flags_for_each
from kb.serializers import MAX_REFERENCES, ReferenceSerializer, build_record_url, build_red_flags_url
from kb.validators import CELL_SEPARATOR


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
        if paging_params := [name for name in view.paginator.parameters if name in view.request.query_params]:
            message = f"The whole list comes as one file of {self.format}: leave this out, or ask for JSON."
            raise InvalidParameters(
                [{"parameter": name, "detail": f"{name}: {message}", "nearest": None} for name in paging_params]
            )
        file_name = f"{resource_name(queryset.model)}{'-counts' if counted else ''}.{self.format}"
        asked = entry_ids_named_by(view.answer_context.entries)
        flags = find_red_flags(asked, view.answer_context.hierarchies, asked)
        links = build_red_flag_links(flags, {"request": view.request})
        absence = None if queryset.exists() else view.describe_absence()
        links += [f'<{answer.url}>; rel="related"; title="Nearest"' for answer in absence.nearest] if absence else []
        lines = (
            self.iterate_table_lines(view.iterate_count_rows(counted))
            if counted
            else self.iterate_lines(view.get_serializer(), serialize_in_batches(view, queryset))
        )
        return StreamingHttpResponse(
            lines,
            content_type=f"{self.media_type}; charset={self.charset}",
            headers={
                "Content-Disposition": f'attachment; filename="{file_name}"',
                # In headers: there may be no row to hold them.
                **({"Link": ", ".join(links)} if links else {}),
                **({"X-KB-Absence": absence.says} if absence else {}),
            },
        )

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

    def iterate_lines(self, serializer, records):
        columns = get_columns(serializer)
        yield write_csv_line(columns)
        for record in records:
            yield write_csv_line(format_cell(record[name], part) for name, part in columns.values())

    def iterate_table_lines(self, rows):
        for number, row in enumerate(rows):
            if not number:
                yield write_csv_line(row)
            yield write_csv_line(format_cell(value) for value in row.values())


def write_csv_line(cells):
    """Return a line of CSV, in which nothing is a formula."""
    writer = csv.writer(SimpleNamespace(write=lambda line: line))
    return writer.writerow([escape_formula(cell) if isinstance(cell, str) else cell for cell in cells])


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


def get_columns(serializer):
    """Return the columns of a table of records: by name, the field and which part of a nested record it shows."""
    columns = {}
    for name, field in [*serializer.fields.items(), ("red_flags", ReferenceSerializer(many=True))]:
        columns[name] = name, "slug"
        if isinstance(getattr(field, "child", field), ReferenceSerializer):
            columns[f"{name}_name"] = name, "name"
    return columns


def format_cell(value, part="slug"):
    """Return a serialized value as one cell: a nested record by its slug or name, a passage by source and lines."""
    if isinstance(value, list):
        return CELL_SEPARATOR.join(str(format_cell(item, part)) for item in value)
    if isinstance(value, dict):
        if "first_line" in value:
            place = [value[name] for name in ("first_line", "last_line", "edition")]
            return write_key(build_passage_key(value["source"]["slug"], *place))
        return f"{value['text']} [{value['slug']}]" if "text" in value else value[part]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value
