"""Template tags and filters of the public pages: URLs, labels and tables of the answers of the API."""

import json
from collections import defaultdict
from urllib.parse import parse_qsl, urlencode, urlsplit

from django import template
from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from kb.api.exceptions import API_V1_PREFIX, HTML_PREFIX
from kb.code_systems import build_code_url
from kb.dataset import metadata, version
from kb.models import ARCHIVE_MEDIA_TYPE, Entry, ReleaseFile, Statement, concrete_models, resource_name
from kb.reasoning.hierarchies import EntryHierarchy
from kb.releases import documents
from kb.renderers.qualifiers import format_lines, humanize_value, is_reference
from kb.serializers.support import SUPPORT_FIELDS
from kb.utils.log_format import current_request_id

MAX_SHOWN_CHANGES_SIZE = 2 * 2**20  # Bytes of changes.json: a page of more would be too long for anybody.
register = template.Library()
COMMON_FIELDS = {"slug", "url", "kind", "text", "scope", "basis", "via", "contested_by", "disagreements", "citations"}
COMMON_FIELDS |= {
    "limits",
    "notices",
    "reviewed_on",
    "updated_at",
    "red_flags",
    "fit",
    "possible_effect",
    "cautions",
    "own_cautions",
    "more_cautions",
    "given",
    "word",
    *SUPPORT_FIELDS,
}

register.simple_tag(metadata.describe_review_status, name="review")
register.filter("code_url", build_code_url)
register.filter("moment", parse_datetime)
register.filter("lines", format_lines)
register.filter("words", humanize_value)
register.filter("shown", documents.format_value)


@register.simple_tag
def disclaimer():
    return metadata.DISCLAIMER


@register.simple_tag
def request_id():
    """Return what the request is called in the log; empty where it did not come through the server."""
    return current_request_id.get() or ""


@register.simple_tag
def site_name():
    return metadata.NAME


@register.simple_tag
def how_to_cite():
    """Return the citation of the current version of the data."""
    return metadata.format_dataset_citation(version.data_version())


@register.simple_tag(takes_context=True)
def api_path(context):
    """Return the path of the API request that gives the answer shown on this page."""
    return context["request"].get_full_path().replace(HTML_PREFIX, API_V1_PREFIX, 1)


@register.simple_tag(takes_context=True)
def query_form_templates(context):
    """Return the template of the query form of this page, and the one that stands in where there is none."""
    match = context["request"].resolver_match
    return [f"explore/ask/{match.url_name if match else 'nothing'}.html", "explore/ask/nothing.html"]


@register.simple_tag(takes_context=True)
def query_values(context, parameter):
    """Return every value of a query parameter, as it was given."""
    return context["request"].GET.getlist(parameter)


@register.filter
def page_url(url):
    """Return the path of the page that shows the answer at a URL of the API."""
    parts = urlsplit(url)
    return parts.path.replace(API_V1_PREFIX, HTML_PREFIX, 1) + (f"?{parts.query}" if parts.query else "")


@register.filter
def first_page(url):
    """Return the URL of the first page of a list, of which a URL gives another page."""
    parts = urlsplit(url)
    params = [(name, value) for name, value in parse_qsl(parts.query) if name not in {"page", "page_size"}]
    return f"{parts.path}?{urlencode(params)}"


@register.filter
def resource_label(url):
    """Return the resource name in the URL of a record, in words: side effects."""
    return urlsplit(url).path.strip("/").split("/")[-2].replace("-", " ")


@register.filter
def sibling_url(url, slug):
    """Return the URL of another record of the same kind."""
    return f"{url.rstrip('/').rpartition('/')[0]}/{slug}/"


@register.filter
def other_kind_url(url, named):
    """Return the URL of another record, given by its kind and slug, from that of any record."""
    return f"{url.rstrip('/').rsplit('/', 2)[0]}/{named['kind']}/{named['slug']}/"


@register.filter
def other_disagreements(statement):
    """Return the disagreements of a statement with others than those that contest it."""
    contesting = [(other["kind"], other["slug"]) for other in statement.get("contested_by") or []]
    others = statement.get("disagreements") or []
    return [other for other in others if (other["kind"], other["slug"]) not in contesting]


@register.filter
def choice_label(value, enumeration):
    """Return the label of a value of an enumeration of settings.ENUMERATIONS."""
    module = next(module for module, names in settings.ENUMERATIONS.items() if enumeration in names)
    return import_string(f"{module}.{enumeration}")(value).label


@register.filter
def statement_facts(statement):
    """Return the fields of a statement's own as pairs of label and value.

    Not those that are unstated, and not those that limit it: its `limits` say them in words.
    """
    hidden = COMMON_FIELDS.union(*(model.limit_field_names() for model in concrete_models(Statement)))
    fields = {name: value for name, value in statement.items() if name not in hidden and not name.endswith("_max")}
    return [
        (humanize_value(name), value)
        for name, value in fields.items()
        if value and value != "unstated" and not is_reference(value) and (name, value) != ("certainty", "definite")
    ]


@register.filter
def named_entries(statement):
    """Return the references of a statement to entries, each once."""
    values = [item for value in statement.values() for item in (value if isinstance(value, list) else [value])]
    entries = [item for item in values if is_reference(item) and "text" not in item]  # Only statements have a text.
    return list({entry["url"]: entry for entry in entries}.values())


@register.simple_tag
def published_entries(*resources):
    """Return the published entries of these resources in the order of their hierarchies, each with its `depth`.

    An entry of several classes stands once, below the class that is nearest to the top.
    """
    entries = []
    for model in concrete_models(Entry):
        if resource_name(model) in resources:
            hierarchy, published = EntryHierarchy(model), model.objects.public().in_bulk()
            for entry in published.values():
                path = [published[key].name for key in hierarchy.find_path_to_root(entry.pk) if key in published]
                entry.depth, entry.sort_key = len(path) - 1, (resources.index(resource_name(model)), path[::-1])
            entries += published.values()
    return sorted(entries, key=lambda entry: entry.sort_key)


@register.filter
def indent(depth):
    """Return an em space for each level: the only way to indent the text of an <option>."""
    return "\u2003" * depth


@register.filter
def statements_by_passage(source):
    """Group the statements that cite a source by the cited passage, in the order of its lines."""
    groups = defaultdict(list)
    for statement in source["cited_by"]["results"]:
        for citation in statement["citations"]:
            if citation["source"]["slug"] == source["slug"]:
                place = [citation[name] for name in ("first_line", "last_line", "section", "edition", "state")]
                groups[-citation["edition"], *place].append(statement)
    return [
        {"first_line": first, "last_line": last, "section": section, "edition": edition, "state": state}
        | {"statements": groups[key]}
        for key in sorted(groups)
        for _, first, last, section, edition, state in [key]
    ]


@register.filter
def coverage_table(coverage):
    """Return the columns of a coverage answer that are not empty, and its rows with a cell for each of these."""
    filled = {cell["col"] for row in coverage["results"] for cell in row["cells"]}
    cols = [col for col in coverage["cols"]["results"] if col["slug"] in filled]
    rows = []
    for row in coverage["results"]:
        cells = {cell["col"]: cell for cell in row["cells"]}
        rows.append({"row": row["row"], "cells": [(col, cells.get(col["slug"])) for col in cols]})
    return {"cols": cols, "rows": rows, "left_out": len(coverage["cols"]["results"]) - len(cols)}


@register.filter
def heat_level(cell):
    """Return how deep to colour a cell of the coverage table, from 0 to 4."""
    return sum(cell["statements"] >= bound for bound in (1, 2, 4, 8))


@register.filter
def archive_file(release):
    """Return the archive of a release, which contains all its other files; None where it has none."""
    return next((file for file in release["files"] if file["media_type"] == ARCHIVE_MEDIA_TYPE), None)


@register.simple_tag
def release_file_text(release, name):
    """Return the content of a file of a release as text."""
    return ReleaseFile.objects.get(release__name=release["name"], name=name).content.decode()


@register.simple_tag
def release_changes(release):
    """Return the changes since the previous release, grouped by event and by kind; None if too many to show."""
    file = ReleaseFile.objects.get(release__name=release["name"], name="changes.json")
    if file.size > MAX_SHOWN_CHANGES_SIZE:
        return None
    return documents.group_by_event(json.loads(file.content)["changes"])
