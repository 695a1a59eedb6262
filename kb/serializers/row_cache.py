"""The row cache: records as they are serialized whatever was asked, for one state of the data."""

from functools import cached_property

from django.urls import get_script_prefix
from rest_framework.serializers import SerializerMethodField

from kb.serializers.context import get_answer_context
from kb.utils.bounded_dict import BoundedDict

MAX_ROWS = 5_000  # Of some 8 kB each; a row counts once more for each disagreement that it tells.


class RowCache(BoundedDict):
    """Serialized records, by the class of their serializer, their key, and the address of the host in their URLs.

    It is derived from the hierarchies, which are read anew whenever a record is written, and inside each transaction
    that writes: a row is never older than what it is shown with. Rows are shared: whoever gets one must not change it.
    """

    def __init__(self, hierarchies):
        super().__init__(MAX_ROWS, lambda row: 1 + len(row.get("disagreements", ())))


class RowCacheMixin:
    """A serializer that serializes the fields that depend on the record alone once for each state of the data."""

    question_fields = frozenset()  # Fields whose values depend on what was asked; all others on the record alone.
    selected_fields = None  # The names of the fields that are shown; None for all of them.
    always_shown = frozenset()  # Fields that are shown whatever is selected.

    @cached_property
    def row_cache(self):
        return get_answer_context(self.context).hierarchies.derive(RowCache)

    @cached_property
    def host_url(self):
        request = self.context.get("request")
        return request.build_absolute_uri(get_script_prefix()) if request else get_script_prefix()

    @cached_property
    def shown_fields(self):
        """The names of the fields that are shown; None for all of them."""
        return None if self.selected_fields is None else frozenset(self.selected_fields).union(self.always_shown)

    def get_row_key(self, record):
        return type(self), type(record), record.pk, self.host_url, self.shown_fields

    @cached_property
    def held_rows(self):
        """The rows that were found for a list: the cache may be emptied before all of it is serialized."""
        return {}

    def find_without_row(self, records):
        """Return those of these records of which every field must be serialized anew; hold the rows of the others."""
        keys = {self.get_row_key(record): record for record in records}
        self.held_rows = {key: row for key in keys if (row := self.row_cache.get(key)) is not None}
        return [record for key, record in keys.items() if key not in self.held_rows]

    def get_question_fields(self, record):
        """Return the names of the fields whose values depend on more than the record."""
        return self.question_fields

    def to_representation(self, record):
        """Return the fields of a record; those that depend on the record alone are serialized once for a state."""
        key, question_fields = self.get_row_key(record), self.get_question_fields(record)
        row = self.held_rows.get(key) or self.row_cache.get(key)
        if row is None:
            row = self.row_cache.remember(
                key, {n: None if n in question_fields else self.serialize_field(n, record) for n in self.fields}
            )
        shown = row.copy()
        for name in question_fields:
            if name in shown:
                shown[name] = self.serialize_field(name, record)
        return shown

    def serialize_field(self, name, record):
        """Return a field of a record as it is shown.

        A field that is a method is called as such: to build all the fields of a serializer takes longer than a list.
        """
        if isinstance(self._declared_fields.get(name), SerializerMethodField):
            return getattr(self, f"get_{name}")(record)
        field = self.fields[name]
        return None if (value := field.get_attribute(record)) is None else field.to_representation(value)
