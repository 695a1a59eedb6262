"""How the answers of the API read on a page: addresses, words, and tables."""

import json
from collections import defaultdict
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from kb.api.exceptions import API_V1_PREFIX, HTML_PREFIX
from kb.code_systems import build_code_url
from kb.dataset import metadata, version
from kb.models import ARCHIVE_MEDIA_TYPE, Entry, ReleaseFile, concrete_models, resource_name
from kb.reasoning.trees import EntryTree
from kb.releases import documents as released
from kb.renderers.qualifiers import format_lines, humanize_value, is_reference

register = template.Library()
COMMON_FIELDS = {"slug", "url", "kind", "text", "scope", "basis", "via", "contested_by", "disagreements", "citations"}
COMMON_FIELDS |= {
    "reviewed_on",
    "updated_at",
    "red_flags",
    "fit",
    "cautions",
    "own_cautions",
    "given",
    "word",
    "population",
}

register.simple_tag(metadata.describe_review_status, name="review")
register.filter("code_url", build_code_url)
register.filter("moment", parse_datetime)
register.filter("lines", format_lines)
register.filter("words", humanize_value)
register.filter("shown", released.format_value)


@register.simple_tag
def disclaimer():
    return metadata.DISCLAIMER


@register.simple_tag
def site_name():
    return metadata.NAME


@register.simple_tag
def how_to_cite():
    """How to name the data as they are now."""
    return metadata.format_dataset_citation(version.data_version())


@register.simple_tag(takes_context=True)
def api_path(context):
    """The request that gives a program the same answer."""
    return context["request"].get_full_path().replace(HTML_PREFIX, API_V1_PREFIX, 1)


@register.simple_tag(takes_context=True)
def query_form_templates(context):
    """The form of this page, if it has one, for who must ask again."""
    found = context["request"].resolver_match
    return [f"explore/ask/{found.url_name if found else 'nothing'}.html", "explore/ask/nothing.html"]


@register.simple_tag(takes_context=True)
def query_values(context, parameter):
    """Every value of a parameter, as it was asked."""
    return context["request"].GET.getlist(parameter)


@register.filter
def page_url(url):
    """The page that shows what an address of the API answers."""
    parts = urlsplit(url)
    return parts.path.replace(API_V1_PREFIX, HTML_PREFIX, 1) + (f"?{parts.query}" if parts.query else "")


@register.filter
def resource_label(url):
    """The kind of the record at an address, in words: side effects."""
    return urlsplit(url).path.strip("/").split("/")[-2].replace("-", " ")


@register.filter
def sibling_url(url, slug):
    """The address of another record of the same kind."""
    return f"{url.rstrip('/').rpartition('/')[0]}/{slug}/"


@register.filter
def choice_label(value, enumeration):
    """What a word of an enumeration means."""
    module = next(module for module, names in settings.ENUMERATIONS.items() if enumeration in names)
    return import_string(f"{module}.{enumeration}")(value).label


@register.filter
def statement_facts(statement):
    """What a statement states besides its sentence, as names and values; what the source does not say is left out."""
    stated = {
        name: value for name, value in statement.items() if name not in COMMON_FIELDS and not name.endswith("_max")
    }
    return [
        (humanize_value(name), value)
        for name, value in stated.items()
        if value and value != "unstated" and not is_reference(value) and (name, value) != ("certainty", "definite")
    ]


@register.filter
def named_entries(statement):
    """The entries that a statement names, each once."""
    found = [value if isinstance(value, list) else [value] for value in statement.values()]
    return list({one["url"]: one for some in found for one in some if is_reference(one) and "text" not in one}.values())


@register.simple_tag
def published_entries(*resources):
    """The published entries of these kinds, in the order of their trees, each with its depth in it."""
    found = []
    for model in concrete_models(Entry):
        if resource_name(model) in resources:
            tree, known = EntryTree(model), model.objects.public().in_bulk()
            for entry in known.values():
                line = [known[key].name for key in tree.get_self_and_ancestors(entry.pk) if key in known]
                entry.depth, entry.place = len(line) - 1, (resources.index(resource_name(model)), line[::-1])
            found += known.values()
    return sorted(found, key=lambda entry: entry.place)


@register.filter
def indent(depth):
    """Blank space in front of an option, since an option has no other way to show its depth."""
    return "\u2003" * depth


@register.filter
def statements_by_passage(source):
    """The statements that cite a source, under each of the places in it, in the order of its lines."""
    places = defaultdict(list)
    for statement in source["cited_by"]:
        for cited in statement["citations"]:
            if cited["source"]["slug"] == source["slug"]:
                places[cited["first_line"], cited["last_line"], cited["section"]].append(statement)
    return [
        {"first_line": first, "last_line": last, "section": section, "statements": places[first, last, section]}
        for first, last, section in sorted(places)
    ]


@register.filter
def coverage_table(coverage):
    """The columns of a coverage in which something stands, and its rows with a cell for each of them."""
    filled = {cell["col"] for row in coverage["results"] for cell in row["cells"]}
    cols = [col for col in coverage["cols"] if col["slug"] in filled]
    rows = []
    for row in coverage["results"]:
        cells = {cell["col"]: cell for cell in row["cells"]}
        rows.append({"row": row["row"], "cells": [(col, cells.get(col["slug"])) for col in cols]})
    return {"cols": cols, "rows": rows, "left_out": len(coverage["cols"]) - len(cols)}


@register.filter
def heat_level(cell):
    """How deep the colour of a cell is, from 0 to 4."""
    return sum(cell["statements"] >= bound for bound in (1, 2, 4, 8))


@register.filter
def archive_file(release):
    """The file of a release that holds all the others."""
    return next((file for file in release["files"] if file["media_type"] == ARCHIVE_MEDIA_TYPE), None)


@register.simple_tag
def release_file_text(release, name):
    """What a file of a release says, as text."""
    return ReleaseFile.objects.get(release__name=release["name"], name=name).content.decode()


@register.simple_tag
def release_changes(release):
    """What happened since the release before, in words, to how many records of which kind, and the changes."""
    return released.group_by_event(json.loads(release_file_text(release, "changes.json"))["changes"])
