"""The records that an answer names, for formats that say more of them than their names and addresses."""

from collections import defaultdict
from urllib.parse import urlsplit

from kb.models import Entry, Record, kinds_of, resource
from kb.renderers.qualifiers import is_reference


def kind_at(url):
    """The kind of the record at an address."""
    name = urlsplit(url).path.rstrip("/").split("/")[-2]
    return next(model for model in kinds_of(Record) if resource(model) == name)


def named_in(value):
    """Every record that an answer names inside another, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from named_in(item)
    elif isinstance(value, dict):
        if is_reference(value):
            yield value
        for item in value.values():
            yield from named_in(item)


def entries_in(answer):
    """The entries that an answer is about or names, by their addresses: one query for each kind."""
    slugs = defaultdict(dict)
    for reference in named_in(answer):
        model = kind_at(reference["url"])
        if issubclass(model, Entry):
            slugs[model][reference["slug"]] = reference["url"]
    return found_by(slugs)


def found_by(slugs):
    """The records of these slugs, by the addresses that stand beside them."""
    return {
        addresses[record.slug]: record
        for model, addresses in slugs.items()
        for record in model.objects.filter(slug__in=addresses).order_by()
    }


def rivals_of(statement):
    """The slugs of the statements that contest or contradict one, with their addresses."""
    slugs = [*(statement.get("contested_by") or []), *(one["slug"] for one in statement.get("disagreements") or [])]
    where = statement["url"].rstrip("/").rpartition("/")[0]
    return {slug: f"{where}/{slug}/" for slug in slugs}


def rivals_in(statements):
    """The statements that contest or contradict these, by their addresses: one query for each kind."""
    slugs = defaultdict(dict)
    for statement in statements:
        if rivals := rivals_of(statement):
            slugs[kind_at(statement["url"])] |= rivals
    return found_by(slugs)
