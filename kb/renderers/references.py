"""The records that a response references, loaded for formats that need more than their names and URLs."""

from collections import defaultdict
from functools import cache
from urllib.parse import urlsplit

from kb.models import Entry, Record, models_by_resource_name
from kb.renderers.qualifiers import is_reference

COMPANION_FIELDS = {"opposite_roles", "serious_harms"}  # Other statements in short, each with a page of its own.


def get_model_by_url(url):
    """Return the model of the record at an API URL."""
    name = urlsplit(url).path.rstrip("/").split("/")[-2]
    return cached_models()[name]


cached_models = cache(models_by_resource_name)


def iterate_references(value):
    """Yield every nested record of a response, at any depth; none of what is only told beside a statement."""
    if isinstance(value, list):
        for item in value:
            yield from iterate_references(item)
    elif isinstance(value, dict):
        if is_reference(value):
            yield value
        for name, item in value.items():
            if name not in COMPANION_FIELDS:
                yield from iterate_references(item)


def load_entries(answer):
    """Return the entries that a response is about or references, by URL; one query per model."""
    urls_by_slug: dict[type[Record], dict[str, str]] = defaultdict(dict)
    for reference in iterate_references(answer):
        model = get_model_by_url(reference["url"])
        if issubclass(model, Entry):
            urls_by_slug[model][reference["slug"]] = reference["url"]
    return load_by_slugs(urls_by_slug)


def load_by_slugs(urls_by_slug):
    """Return the records of these slugs by URL, given as URLs by slug for each model."""
    return {
        urls[record.slug]: record
        for model, urls in urls_by_slug.items()
        for record in model.objects.filter(slug__in=urls).order_by()
    }


def get_opposing_urls(statement):
    """Return the URLs of the statements that contest or contradict one, by kind and slug."""
    others = [*(statement.get("contested_by") or []), *(statement.get("disagreements") or [])]
    base_url = statement["url"].rstrip("/").rsplit("/", 2)[0]
    return {(other["kind"], other["slug"]): f"{base_url}/{other['kind']}/{other['slug']}/" for other in others}


def load_opposing_statements(statements):
    """Return the statements that contest or contradict these, by URL; one query per model."""
    urls_by_slug: dict[type[Record], dict[str, str]] = defaultdict(dict)
    for statement in statements:
        for (_, slug), url in get_opposing_urls(statement).items():
            urls_by_slug[get_model_by_url(url)][slug] = url
    return load_by_slugs(urls_by_slug)
