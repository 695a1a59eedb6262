"""The records that an answer names, for formats that say more of them than their names and addresses."""

from collections import defaultdict
from urllib.parse import urlsplit

from kb.models import Entry, Record, concrete_models, resource_name
from kb.renderers.qualifiers import is_reference


def get_model_by_url(url):
    """The kind of the record at an address."""
    name = urlsplit(url).path.rstrip("/").split("/")[-2]
    return next(model for model in concrete_models(Record) if resource_name(model) == name)


def iterate_references(value):
    """Every record that an answer names inside another, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from iterate_references(item)
    elif isinstance(value, dict):
        if is_reference(value):
            yield value
        for item in value.values():
            yield from iterate_references(item)


def load_entries(answer):
    """The entries that an answer is about or names, by their addresses: one query for each kind."""
    slugs = defaultdict(dict)
    for reference in iterate_references(answer):
        model = get_model_by_url(reference["url"])
        if issubclass(model, Entry):
            slugs[model][reference["slug"]] = reference["url"]
    return load_by_slugs(slugs)


def load_by_slugs(slugs):
    """The records of these slugs, by the addresses that stand beside them."""
    return {
        addresses[record.slug]: record
        for model, addresses in slugs.items()
        for record in model.objects.filter(slug__in=addresses).order_by()
    }


def get_opposing_urls(statement):
    """The slugs of the statements that contest or contradict one, with their addresses."""
    slugs = [*(statement.get("contested_by") or []), *(one["slug"] for one in statement.get("disagreements") or [])]
    where = statement["url"].rstrip("/").rpartition("/")[0]
    return {slug: f"{where}/{slug}/" for slug in slugs}


def load_opposing_statements(statements):
    """The statements that contest or contradict these, by their addresses: one query for each kind."""
    slugs = defaultdict(dict)
    for statement in statements:
        if rivals := get_opposing_urls(statement):
            slugs[get_model_by_url(statement["url"])] |= rivals
    return load_by_slugs(slugs)
