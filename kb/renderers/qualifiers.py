"""The qualifiers of a statement in words, for formats that have no fields for them."""

import re

from kb.choices import UNLIMITED_POPULATIONS
from kb.reasoning.inheritance import Basis
from kb.serializers.support import SUPPORT_FIELDS

NON_QUALIFIER_FIELDS = {"slug", "url", "text", "citations", "reviewed_on", "updated_at", "red_flags", "via"}
NON_QUALIFIER_FIELDS |= {*SUPPORT_FIELDS}


def humanize_value(value):
    """Return an enumeration value or a slug with spaces for hyphens, a nested statement in its words; lists joined."""
    if isinstance(value, list):
        return ("; " if value and isinstance(value[0], dict) else ", ").join(map(humanize_value, value))
    if isinstance(value, dict):
        return value["text"].removesuffix(".")
    return re.sub(r"[-_]", " ", value) if re.fullmatch(r"[\w-]+", str(value)) else value


def format_lines(passage):
    """Return the line numbers of a passage in words."""
    first, last = passage["first_line"], passage["last_line"]
    return f"line {first}" if first == last else f"lines {first}–{last}"


def format_passage(passage):
    """Return a passage in words: its source, section and lines."""
    return ", ".join(filter(None, [passage["source"]["name"], passage["section"], format_lines(passage)]))


def is_reference(value):
    """Whether a value is a nested record, or a list of them."""
    value = value[0] if isinstance(value, list) and value else value
    return isinstance(value, dict) and {"url", "name"} <= value.keys()


def get_qualifiers(model, statement):
    """Return what limits or explains a statement as pairs of a label and a text, without unstated values.

    The values of the fields that limit it are in the sentences of its `limits`, not beside them.
    """
    enumerations = {field.name: dict(field.flatchoices) for field in model._meta.fields if field.choices}
    excluded = NON_QUALIFIER_FIELDS if "kind" in enumerations else {*NON_QUALIFIER_FIELDS, "kind"}
    qualifiers = []
    for name, value in statement.items():
        if name in excluded or not value or value == "unstated" or is_reference(value):
            continue
        if name in model.limit_field_names() and value not in UNLIMITED_POPULATIONS:
            continue
        if name == "basis":
            value = f"{Basis(value).label} ({' > '.join(statement['via'])})"
        elif name == "contested_by":
            value = ", ".join(other["slug"] for other in value)
        elif name == "disagreements":
            value = "; ".join(
                f"{other['slug']} on its {humanize_value(other['point'])}: {other['verdict']}" for other in value
            )
        elif name in ("limits", "notices"):
            value = " ".join(value).removesuffix(".")
        elif name in enumerations:  # `kind` may be the resource name instead, which has no label.
            value = enumerations[name].get(value)
        elif isinstance(value, list):
            value = humanize_value(value) if isinstance(value[0], dict) else ", ".join(value)
        qualifiers.append((humanize_value(name).capitalize(), value))
    return [(name, value) for name, value in qualifiers if value]
