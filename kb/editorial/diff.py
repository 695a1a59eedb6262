"""Two states of a record side by side, field by field, in words that people read."""

import difflib
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models

from kb.editorial.snapshot import NaturalKeyResolver, editable_fields, format_key
from kb.models import Passage


@dataclass
class Difference:
    """One field in which two states differ: `before` and `after` are lists of readable items."""

    name: str
    field: str
    before: list
    after: list
    is_list: bool = False  # Whether its items are single things, such as citations and synonyms.

    @property
    def removed(self):
        return [item for item in self.before if item not in self.after]

    @property
    def added(self):
        return [item for item in self.after if item not in self.before]

    @property
    def unchanged(self):
        return [item for item in self.after if item in self.before]

    @property
    def word_changes(self):
        """A text with what is left out and what is put in: pairs of *equal*, *out* or *in* and words."""
        old, new = (re.findall(r"\S+\s*", " ".join(map(str, side))) for side in (self.before, self.after))
        for sign, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
            if sign == "equal":
                yield "equal", "".join(old[a:b])
                continue
            if old[a:b]:
                yield "out", "".join(old[a:b])
            if new[c:d]:
                yield "in", "".join(new[c:d])


def diff_contents(model, before, after, library=None):
    """The fields in which two contents of a kind of record differ; one of them may be None: nothing was there."""
    library, before, after = library or NaturalKeyResolver(), before or {}, after or {}
    return [
        Difference(
            field.name,
            field_label(field),
            format_value(field, before.get(field.name), library),
            format_value(field, after.get(field.name), library),
            field.many_to_many or isinstance(field, models.JSONField),
        )
        for field in changed_fields(model, before, after)
    ]


def changed_fields(model, before, after):
    """The fields themselves; that one side lacks a field which is empty on the other is no difference."""
    return [
        field
        for field in editable_fields(model)
        if before.get(field.name) != after.get(field.name) and (before.get(field.name) or after.get(field.name))
    ]


def field_label(field):
    """What a field is called on the screen."""
    name = str(field.verbose_name)
    return name[:1].upper() + name[1:]


def format_value(field, value, library):
    """A value as items that people read: labels of enumerations, names of records, places in sources."""
    if value in (None, "", []):
        return []
    if field.is_relation:
        keys = value if field.many_to_many else [value]
        return [format_related_record(field.related_model, key, library) for key in keys]
    words = dict(field.flatchoices or getattr(getattr(field, "enum", None), "choices", ()))
    return [words.get(item, item) for item in (value if isinstance(value, list) else [value])]


def format_related_record(model, key, library):
    """The name of a record, with its slug where the name alone is a sentence; its key, where it is gone."""
    try:
        record = library.resolve(model, key)
    except ValidationError:
        return f"{format_key(key)} (not there)"
    return record if model is Passage else str(record)
