"""One search over all kinds of records, from the header of every page of the admin."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from kb.choices import Status
from kb.dashboard.work_queues import changelist_url
from kb.models import Passage, Source, Statement
from kb.permissions import VIEW, is_allowed
from kb.reasoning.hierarchies import get_current_hierarchies
from kb.reasoning.record_cache import read_records
from kb.search.class_links import ClassLinkFinder
from kb.search.cross_search import search
from kb.search.phrases import MAX_PHRASE_LENGTH
from kb.utils.urls import build_form_url

MAX_SHOWN = 8  # Of each kind; the others stand in its list.


@dataclass(frozen=True)
class FoundRecord:
    """A record that was found, as the page shows it."""

    record: object
    url: str
    through: str = ""  # Through which class a statement was found.


@dataclass(frozen=True)
class FoundKind:
    """The first of the records of one kind that were found, and the list of all of them."""

    title: str
    count: int
    records: list[FoundRecord]
    list_url: str


def search_all(phrase):
    """Return what the public search would find for a phrase if all records were public."""
    return search(phrase, get_current_hierarchies(), Status.values)


def describe_search(phrase, result):
    """Return how a phrase was read, in sentences: which words were corrected, and which nothing holds."""
    notes = [f"“{typed}” is read as “{meant}”." for typed, meant in result.corrections.items()]
    if not result.is_complete:
        notes.append("Nothing holds all the words: what holds most of them comes first.")
    return " ".join(notes)


def find_view(request, site):
    """Show what a phrase finds among all records, by kind; each leads to its form."""
    if not is_allowed(request.user, VIEW):
        raise PermissionDenied
    typed = "".join(character if character.isprintable() else " " for character in request.GET.get("q", ""))
    phrase = " ".join(typed.split())[:MAX_PHRASE_LENGTH]
    kinds, note = find_records(request, phrase, site) if phrase else ([], "")
    context = site.each_context(request) | {
        "title": f"What is found for “{phrase}”" if phrase else "Find",
        "phrase": phrase,
        "kinds": kinds,
        "note": note,
    }
    return TemplateResponse(request, "admin/find.html", context)


def find_records(request, phrase, site):
    """Return what a phrase finds as FoundKinds, the kind of the best match first, and how the phrase was read."""
    result = search_all(phrase)
    finder = ClassLinkFinder(result.named_ids, get_current_hierarchies())
    hits_by_model = {}
    for hit in result.hits:
        hits_by_model.setdefault(hit.model, []).append(hit)
    kinds = []
    for model, hits in hits_by_model.items():
        found = read_records(model, [hit.pk for hit in hits[:MAX_SHOWN]])  # Drafts too, which no cache holds.
        records = [found[model, hit.pk] for hit in hits[:MAX_SHOWN] if (model, hit.pk) in found]
        links = [finder.describe(record) if issubclass(model, Statement) else "" for record in records]
        kinds.append(build_kind(model, phrase, len(hits), zip(records, links, strict=True)))
    for model in (Source, Passage):  # The engine searches entries and statements; these have few words.
        model_admin = site.get_model_admin(model)
        found, _ = model_admin.get_search_results(request, model_admin.get_queryset(request), phrase)
        if count := found.count():
            kinds.append(build_kind(model, phrase, count, ((record, "") for record in found[:MAX_SHOWN])))
    return kinds, describe_search(phrase, result)


def build_kind(model, phrase, count, linked_records):
    """Return the FoundKind of some records of a model, given with the classes through which they were found."""
    records = [FoundRecord(record, build_form_url(record), through) for record, through in linked_records]
    return FoundKind(capfirst(model._meta.verbose_name_plural), count, records, changelist_url(model, q=phrase))
