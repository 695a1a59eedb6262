"""What a statement says besides its sentence, in words, for formats that have no fields of their own for it."""

import re

from kb.reasoning.inheritance import Basis

NON_QUALIFIER_FIELDS = {"slug", "url", "text", "citations", "reviewed_on", "updated_at", "red_flags", "via"}


def humanize_value(value):
    """A word of an enumeration, a slug, or several, as plain words."""
    if isinstance(value, list):
        return ", ".join(map(humanize_value, value))
    return re.sub(r"[-_]", " ", value) if re.fullmatch(r"[\w-]+", str(value)) else value


def format_lines(place):
    """The lines of a place in a source, in words."""
    first, last = place["first_line"], place["last_line"]
    return f"line {first}" if first == last else f"lines {first}–{last}"


def format_passage(cited):
    """A cited place in words: its source, the heading that it stands under, its lines."""
    return ", ".join(filter(None, [cited["source"]["name"], cited["section"], format_lines(cited)]))


def is_reference(value):
    """Whether a value is a record as it appears inside another, or a list of them."""
    value = value[0] if isinstance(value, list) and value else value
    return isinstance(value, dict) and "url" in value


def get_qualifiers(model, statement):
    """What limits or explains a statement, as pairs of a name and words; what the source does not say is left out."""
    enumerations = {field.name: dict(field.flatchoices) for field in model._meta.fields if field.choices}
    not_told = NON_QUALIFIER_FIELDS if "kind" in enumerations else {*NON_QUALIFIER_FIELDS, "kind"}
    found = []
    for name, value in statement.items():
        if name in not_told or not value or value == "unstated" or is_reference(value):
            continue
        if name == "basis":
            value = f"{Basis(value).label} ({' > '.join(statement['via'])})"
        elif name == "disagreements":
            value = "; ".join(
                f"{other['slug']} on its {humanize_value(other['point'])}: {other['verdict']}" for other in value
            )
        elif name in enumerations:  # Its kind as a resource is none of them, and stands in its address.
            value = enumerations[name].get(value)
        elif isinstance(value, list):
            value = ", ".join(value)
        found.append((humanize_value(name).capitalize(), value))
    return [(name, value) for name, value in found if value]
