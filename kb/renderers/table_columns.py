"""The columns of a list as a table: names, types and descriptions, which all files of tables share."""

from dataclasses import dataclass
from enum import Enum
from typing import get_args, get_type_hints

from drf_spectacular.drainage import get_override
from rest_framework import serializers

from kb.editorial.snapshot import write_key
from kb.models import build_passage_key
from kb.serializers import PassageSerializer, ReferenceSerializer, get_record_serializer
from kb.validators import CELL_SEPARATOR

PASSAGE_COLUMNS = ["section", "first_line", "last_line", "edition", "state"]  # Beside the slug of the source.


class ColumnType(Enum):
    """What the cells of a column hold; all formats of tables translate these words."""

    TEXT = "text"
    INTEGER = "integer"
    DATE = "date"
    DATE_TIME = "date-time"
    TEXTS = "texts"  # Any number of texts, or of nested records by slug or name.
    PASSAGES = "passages"  # Any number of cited places.

    @property
    def holds_several(self):
        return self in (ColumnType.TEXTS, ColumnType.PASSAGES)


TYPES_BY_FIELD = {
    serializers.DateField: ColumnType.DATE,
    serializers.DateTimeField: ColumnType.DATE_TIME,
    serializers.IntegerField: ColumnType.INTEGER,
    serializers.ListField: ColumnType.TEXTS,
    serializers.ListSerializer: ColumnType.TEXTS,
}


TYPES_BY_SCHEMA = {
    "array": ColumnType.TEXTS,
    "integer": ColumnType.INTEGER,
    "object": ColumnType.TEXT,
    "string": ColumnType.TEXT,
}
RED_FLAGS = ReferenceSerializer(many=True, help_text="The red flags that touch it.")


@dataclass(frozen=True)
class Column:
    """A column: the field that it shows, of a nested record its slug or its name, and what its cells hold."""

    name: str
    field: str
    part: str
    type: ColumnType
    description: str

    def format_cell(self, record):
        """Return the cell of a serialized record."""
        return format_cell(record[self.field], self.part)


def get_columns(serializer):
    """Return the columns of a table of records, by name."""
    columns = {}
    for name, field in [*serializer.fields.items(), ("red_flags", RED_FLAGS)]:
        description = str(field.help_text or "")
        columns[name] = Column(name, name, "slug", find_column_type(serializer, name, field), description)
        if isinstance(getattr(field, "child", field), ReferenceSerializer):
            column_type = ColumnType.TEXTS if columns[name].type == ColumnType.TEXTS else ColumnType.TEXT
            columns[f"{name}_name"] = Column(
                f"{name}_name", name, "name", column_type, f"The name of what stands in “{name}”."
            )
    return columns


def get_model_columns(model):
    """Return the columns of the whole list of a model, by name."""
    return get_columns(get_record_serializer(model)())


def find_column_type(serializer, name, field):
    """Return what the cells of a field hold; of a field that a method makes, by what OpenAPI is told of it."""
    if isinstance(field, serializers.SerializerMethodField):
        method = getattr(type(serializer), field.method_name or f"get_{name}")
        field = get_override(method, "field") or get_type_hints(method)["return"]
        if isinstance(field, dict):  # A schema in words of OpenAPI.
            names = field.get("type", "string")
            return TYPES_BY_SCHEMA[names if isinstance(names, str) else names[0]]
        types = {field, *get_args(field)}
        if int in types:
            return ColumnType.INTEGER
        if any(getattr(each, "__origin__", None) is list for each in types):
            return ColumnType.TEXTS
    if isinstance(getattr(field, "child", None), PassageSerializer):
        return ColumnType.PASSAGES
    return next((each for cls, each in TYPES_BY_FIELD.items() if isinstance(field, cls)), ColumnType.TEXT)


def format_cell(value, part="slug"):
    """Return a serialized value as one cell: texts with CELL_SEPARATOR between them."""
    if isinstance(value, list):
        return CELL_SEPARATOR.join(str(format_cell(item, part)) for item in value)
    if isinstance(value, dict):
        return format_nested_record(value, part)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value


def format_nested_record(record, part):
    """Return a nested record as text: its slug or name, a passage as source and lines, another object as its fields."""
    if "first_line" in record:
        place = [record[name] for name in ("first_line", "last_line", "edition")]
        return write_key(build_passage_key(record["source"]["slug"], *place))
    if "slug" not in record:
        return "; ".join(f"{name}: {', '.join(list_cells(value))}" for name, value in record.items())
    return f"{record['text']} [{record['slug']}]" if "text" in record else record[part]


def list_cells(value):
    """Return the items of a serialized value, each as a cell."""
    return [str(format_cell(item)) for item in (value if isinstance(value, list) else [value])]
