"""Template tags of answers to a question: the brief form, what was typed, and how a statement is cited."""

from django import template

from kb.renderers import statement_citation
from kb.serializers import build_brief

MAX_PAGE_BYTES = 6_500  # Of an answer in brief: what a printed page holds.
register = template.Library()

register.filter("citation_items", statement_citation.build_citation)
register.filter("bibtex", statement_citation.format_bibtex)
register.filter("csl_json", statement_citation.format_csl_json)


@register.filter
def brief(answer):
    """Return the brief form of an answer, short enough for a printed page."""
    return build_brief(answer, "", MAX_PAGE_BYTES)


@register.filter
def cited_sources(answer):
    """Return the sources that an answer cites: their references, by their slugs."""
    return {source["slug"]: source for source in iterate_sources(answer)}


def iterate_sources(node):
    """Yield the source of each citation in an answer."""
    if isinstance(node, dict):
        for citation in node.get("citations") or ():
            yield citation["source"]
        for value in node.values():
            yield from iterate_sources(value)
    elif isinstance(node, list):
        for value in node:
            yield from iterate_sources(value)


PART_HEADINGS = {
    "taking": "Could it come from what is taken?",
    "cautions": "Care is needed between two of the things that are taken",
    "options": "What helps",
    "kinds": "What helps with kinds of it",
    "broader": "What helps with what is broader",
    "switches": "What may be taken in place of what is taken",
    "comparisons": "How what is taken compares",
    "guidance": "What the sources say of help in other ways",
    "shown_in": "In what else it is said to show",
    "features": "Telling the treatment from spread to the bone",
    "disagreements": "Where the sources disagree on such a pain",
}


@register.filter
def part_heading(part):
    """Return the heading of a part of an answer in brief."""
    return PART_HEADINGS.get(part["part"]) or part["part"].replace("_", " ").capitalize()


@register.filter
def first_line(lines):
    """Return the first of the lines of a sentence, which are given such as 14-16."""
    return lines.partition("-")[0]


@register.filter
def sentence_lines(lines):
    """Return the lines of a sentence in words."""
    first, _, last = lines.partition("-")
    return f"lines {first}–{last}" if last else f"line {first}"


@register.filter
def get_item(mapping, key):
    return mapping.get(key)


@register.filter
def taken_entries(suspects):
    """Return the references of the things that are taken, by their slugs."""
    return {suspect["treatment"]["slug"]: suspect["treatment"] for suspect in suspects or ()}


@register.simple_tag(takes_context=True)
def typed_names(context, parameter, entries):
    """Return the names that were typed for a parameter and mean none of these entries, each with what is nearest.

    Where there is an answer, they are those that it does not know; else those that are no slug.
    """
    if answer := context.get("answer"):
        return [reading for reading in answer.get("unknown", ()) if reading["parameter"] == parameter]
    slugs = {entry.slug for entry in entries}
    return [{"value": name} for name in context["request"].GET.getlist(parameter) if name and name not in slugs]


@register.simple_tag(takes_context=True)
def replace_value(context, parameter, old, new):
    """Return the query of this page with one value of a parameter replaced by another."""
    query = context["request"].GET.copy()
    query.setlist(parameter, [new if value.strip() == old else value for value in query.getlist(parameter)])
    return query.urlencode()
