"""A list whole, in one stream: a row of a table for each record (CSV), or a line of JSON (NDJSON)."""

import csv
import json
from types import SimpleNamespace

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder

from kb.api.exceptions import InvalidParameters
from kb.import_export.cells import escape_formula, format_list_item
from kb.models import resource_name
from kb.reasoning.red_flags import entry_ids_named_by, find_red_flags, find_red_flags_for_each
from kb.serializers import ReferenceSerializer, build_record_url
from kb.validators import CELL_SEPARATOR

BATCH_SIZE = 500  # Records that are fetched at a time.


class WholeListRenderer(BaseRenderer):
    """A format of lists: the whole filtered result, not a page of it, written as it is read."""

    charset = "utf-8"
    description = ""  # What the file holds, in the description of the API.

    @classmethod
    def describe_response(cls, schema):
        serializer = schema.view.get_serializer_class()()
        shown = [example.value | {"red_flags": []} for example in schema.get_examples()]
        return {"type": "string"}, cls.description, "".join(cls().iterate_lines(serializer, shown)) or None

    def stream_response(self, view, queryset):
        """The whole of a list, as a file."""
        if cut := [name for name in view.paginator.parameters if name in view.request.query_params]:
            words = f"The whole list comes as one file of {self.format}: leave this out, or ask for JSON."
            raise InvalidParameters(
                [{"parameter": name, "detail": f"{name}: {words}", "nearest": None} for name in cut]
            )
        file = f"{resource_name(queryset.model)}.{self.format}"
        flags = find_red_flags(entry_ids_named_by(view.filter_context.get("named", [])))
        links = [
            f'<{build_record_url(flag, {"request": view.request})}>; rel="related"; title="Red flag"' for flag in flags
        ]
        return StreamingHttpResponse(
            self.iterate_lines(view.get_serializer(), serialize_in_batches(view, queryset)),
            content_type=f"{self.media_type}; charset={self.charset}",
            headers={
                "Content-Disposition": f'attachment; filename="{file}"',
                **({"Link": ", ".join(links)} if links else {}),  # Where no row matches, none could carry them.
            },
        )

    def iterate_lines(self, serializer, records):
        """The file in parts, from records as the API tells them."""
        raise NotImplementedError


class NdJsonRenderer(WholeListRenderer):
    """A line of JSON for each record, as in the lists of the API."""

    media_type, format = "application/x-ndjson", "ndjson"
    description = (
        "The whole filtered list, not a page of it: a line of JSON for each record, as in `results`, "
        "with the `red_flags` that touch it. Those of what was asked about stand in the header `Link`."
    )

    def iterate_lines(self, serializer, records):
        for record in records:
            yield json.dumps(record, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":")) + "\n"


class CsvRenderer(WholeListRenderer):
    """A row for each record, with the same columns whatever is in them; a text that a spreadsheet would run is not."""

    media_type, format = "text/csv", "csv"
    description = (
        "The whole filtered list, not a page of it: a row of names, then a row for each record, with the same columns "
        "always. Another record stands as its slug, with its name in the next column; several things in one cell have "
        f"`{CELL_SEPARATOR}` between them; a cited place is `source:first-last`. The last columns are the "
        "`red_flags` that touch the record; those of what was asked about stand in the header `Link`. Before what a "
        "spreadsheet would run as a formula stands an apostrophe."
    )

    def iterate_lines(self, serializer, records):
        columns = get_columns(serializer)
        writer = csv.writer(SimpleNamespace(write=lambda line: line))
        yield writer.writerow(columns)
        for record in records:
            found = [format_cell(record[name], part) for name, part in columns.values()]
            yield writer.writerow([escape_formula(text) if isinstance(text, str) else text for text in found])


def serialize_in_batches(view, queryset):
    """Every record of a list as the API tells it, with the red flags that touch it; some hundreds at a time."""
    keys = list(dict.fromkeys(queryset.values_list("pk", flat=True)))
    for start in range(0, len(keys), BATCH_SIZE):
        records = list(queryset.filter(pk__in=keys[start : start + BATCH_SIZE]))
        shown = view.get_serializer(records, many=True).data
        flags = find_red_flags_for_each(records)
        for fields, touching in zip(shown, flags, strict=True):
            yield fields | {
                "red_flags": ReferenceSerializer(touching, many=True, context={"request": view.request}).data
            }


def get_columns(serializer):
    """The columns of a table of records: for each, the field that it shows, and which part of it."""
    columns = {}
    for name, field in [*serializer.fields.items(), ("red_flags", ReferenceSerializer(many=True))]:
        columns[name] = name, "slug"
        if isinstance(getattr(field, "child", field), ReferenceSerializer):
            columns[f"{name}_name"] = name, "name"
    return columns


def format_cell(value, part="slug"):
    """What a field says, as one cell: another record by its slug or name, a cited place by its lines."""
    if isinstance(value, list):
        return CELL_SEPARATOR.join(str(format_cell(one, part)) for one in value)
    if isinstance(value, dict):
        if "first_line" in value:
            return format_list_item([value["source"]["slug"], value["first_line"], value["last_line"]])
        return f"{value['text']} [{value['slug']}]" if "text" in value else value[part]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value
