"""Reading and searching ClinicalUseDefinition: the lists of statements that FHIR can express, under FHIR's names."""

import re
from copy import copy
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from kb.api.exceptions import InvalidParameters
from kb.choices import Status
from kb.code_systems import CODE_SYSTEMS
from kb.filters import BYTE_ORDER_MARK_PARAM, reject_unknown_params
from kb.models import resource_name
from kb.reasoning.record_cache import fetch_selected_records, select_keys
from kb.renderers.fhir import FhirRenderer, build_bundle, get_clinical_use
from kb.renderers.fhir_clinical_use import MAX_ID_LENGTH, build_logical_id
from kb.renderers.references import load_entries, load_opposing_statements
from kb.serializers import reference_red_flags, serialize_readings
from kb.utils.urls import iter_api_view_classes
from kb.validators import replace_invalid_xml
from kb.views.records import Companions, RecordViewSet

MAX_COUNT, DEFAULT_COUNT = 200, 50
DIGEST_LENGTH = 13  # Of an id that is completed by the digest of a slug, with the hyphen before it.
STATUS = "active"  # Of everything that is public.
# Parameters of FHIR that name a concept: what they are called in our lists, and the type of what has such a concept.
CONCEPT_PARAMS = {"effect": ("symptom", "undesirable-effect"), "indication": ("cancer", "indication")}
OWN_PARAMS = {
    "_id": ("token", "The id of the resource."),
    "identifier": ("token", "The address of the statement in the API, alone or after urn:ietf:rfc:3986|."),
    "type": ("token", "indication, undesirable-effect, interaction or warning."),
    "status": ("token", "active: everything here is."),
    "effect": ("token", "What it brings on: a code, as system|code, or a name. Kinds of it count."),
    "indication": ("token", "The cancer for which it is used: a code, as system|code, or a name."),
}


def list_viewsets():
    """Return the viewsets of the statements that FHIR can express, in the order of the routes."""
    return [
        view
        for view in dict.fromkeys(iter_api_view_classes())
        if issubclass(view, RecordViewSet) and get_clinical_use(view.queryset.model)
    ]


def list_filter_params(view_class):
    """Return the parameters of a list that a search in FHIR takes, by name: none that FHIR means otherwise."""
    left_out = {*OWN_PARAMS, "slug", "id", "ordering", BYTE_ORDER_MARK_PARAM}
    filters = view_class.filterset_class.base_filters
    return {name: each for name, each in filters.items() if name not in left_out}


def open_viewset(view_class, request, action, params=None, **kwargs):
    """Return a viewset of the API that answers a request in its own words, with these parameters."""
    http_request = copy(request._request)
    http_request.GET = params or QueryDict()
    view = view_class(action=action)
    view.request, view.args, view.kwargs, view.format_kwarg = Request(http_request), (), kwargs, None
    view.request.accepted_renderer = FhirRenderer()
    return view


def read_definition(request, logical_id):
    """Return the ClinicalUseDefinition of an id; raise NotFound (404) or Gone (410) as its statement does."""
    for view_class in list_viewsets():
        slug = find_slug(view_class.queryset.model, logical_id)
        if slug is not None:
            view = open_viewset(view_class, request, "retrieve", slug=slug)
            return FhirRenderer().build_document(view.get_serializer(view.get_object()).data)
    raise NotFound(f"There is no ClinicalUseDefinition with the id “{logical_id:.64}”.")


def find_slug(model, logical_id):
    """Return the slug of a statement by its id in FHIR, retired ones included; None if none has it."""
    records = model.objects.exclude(status=Status.DRAFT).values_list("slug", flat=True).order_by()
    if records.filter(slug=logical_id).exists():
        return logical_id if build_logical_id(logical_id) == logical_id else None
    if len(logical_id) <= DIGEST_LENGTH or len(logical_id) > MAX_ID_LENGTH:
        return None
    stem = re.escape(logical_id[:-DIGEST_LENGTH]).replace(r"\-", "[-_]")
    candidates = records.filter(slug__regex=f"^{stem}")
    return next((slug for slug in candidates if build_logical_id(slug) == logical_id), None)


@dataclass
class Match:
    """One kind of statements with its part of the matches, and how many of its matches FHIR cannot express."""

    view: RecordViewSet
    queryset: object
    count: int
    inexpressible: int


class ClinicalUseSearch:
    """A search: its parameters in our words, and the matches of each kind, one kind after the other."""

    def __init__(self, request, count, page):
        self.request, self.size, self.page = request, count, page
        self.view_classes = list_viewsets()
        names = {name for view in self.view_classes for name in list_filter_params(view)}
        reject_unknown_params(request, {*OWN_PARAMS, *names, "_count", "_page", "_format"}, {*OWN_PARAMS, "_count"})

    def build_bundle(self, base):
        """Return the Bundle of a page: its matches, their red flags, and what there is to say besides."""
        matches = [match for view_class in self.view_classes if (match := self.find_matches(view_class))]
        total, start = sum(match.count for match in matches), (self.page - 1) * self.size
        if start and start >= total:
            raise NotFound(f"There is no page {self.page}: {total} matches.")
        results, flags, offset = [], {}, 0
        for match in matches:
            low, high = max(start - offset, 0), min(start + self.size - offset, match.count)
            if low < high:
                rows, found = self.serialize(match.view, match.queryset, low, high)
                results += rows
                flags |= dict.fromkeys(found)
            offset += match.count
        return self.finish(base, matches, results, list(flags), total)

    def find_matches(self, view_class):
        """Return the matches of one kind; None if it has none of a parameter that is given, or is of another type."""
        mapping, model = get_clinical_use(view_class.queryset.model), view_class.queryset.model
        given = self.request.query_params
        params = self.translate(view_class)
        wanted = {given["type"]} if "type" in given else {*mapping.types}
        for name in CONCEPT_PARAMS.keys() & given.keys():
            wanted &= {CONCEPT_PARAMS[name][1]}
        types = {name: condition for name, condition in mapping.types.items() if name in wanted}
        if params is None or not types or given.get("status", STATUS) != STATUS:
            return None
        view = open_viewset(view_class, self.request, "list", params)
        queryset = view.filter_queryset(view.get_queryset())
        if "_id" in given:
            queryset = queryset.filter(slug=find_slug(model, given["_id"]))
        if "identifier" in given:
            *_, kind, slug = ["", "", *given["identifier"].rstrip("/").split("/")]
            queryset = queryset.filter(slug=slug) if kind == resource_name(model) else queryset.none()
        condition = Q()
        for each in types.values():
            condition |= each
        queryset = queryset.filter(condition)
        expressible = queryset.filter(mapping.expressible)
        count = expressible.count()
        return Match(view, expressible, count, queryset.count() - count if mapping.required_values else 0)

    def translate(self, view_class):
        """Return the parameters in the words of one list; None if the list has no such parameter."""
        known, params = list_filter_params(view_class), QueryDict(mutable=True)
        for name, values in self.request.query_params.lists():
            own_name, _ = CONCEPT_PARAMS.get(name, (name, ""))
            if name in CONCEPT_PARAMS or name not in {*OWN_PARAMS, "_count", "_page", "_format", "format"}:
                if own_name not in known:
                    return None
                params.setlist(own_name, [read_token(v) if name in CONCEPT_PARAMS else v for v in values])
        return params

    def serialize(self, view, queryset, low, high):
        """Return some of the matches of one kind as the API serializes them, and the red flags of what they name."""
        rows = select_keys(queryset)[low:high]
        view.page = fetch_selected_records(queryset.model, rows, view.answer_context.hierarchies)
        return view.get_serializer(view.page, many=True).data, view.find_page_red_flags(Companions())

    def finish(self, base, matches, results, flags, total):
        """Return the Bundle of these matches, with its links and what could not be said or was not known."""
        last = max(1, -(-total // self.size))
        view = matches[0].view if matches else open_viewset(self.view_classes[0], self.request, "list")
        context = view.get_serializer_context()
        shown = {flag["slug"] for flag in results}
        page = {
            "results": results,
            "count": total,
            "next": self.build_page_url(self.page + 1) if self.page < last else None,
            "previous": self.build_page_url(self.page - 1) if self.page > 1 else None,
            "absence": None,
            **reference_red_flags([flag for flag in flags if flag.slug not in shown], context),
        }
        page = replace_invalid_xml(page)
        records = load_entries(page) | load_opposing_statements(page["results"])
        bundle = build_bundle(page, records, self.request.build_absolute_uri())
        for entry in bundle.get("entry", []):
            if entry["resource"]["resourceType"] == "ClinicalUseDefinition":
                entry["fullUrl"] = f"{base}/ClinicalUseDefinition/{entry['resource']['id']}"
        issues = [*self.describe_omissions(matches), *describe_unknown_values(matches)]
        if not total and matches and hasattr(view, "filterset"):
            issues.append(build_issue("information", "not-found", view.describe_absence().says))
        if issues:
            outcome = {"resourceType": "OperationOutcome", "issue": issues}
            bundle.setdefault("entry", []).append({"resource": outcome, "search": {"mode": "outcome"}})
        return bundle

    def describe_omissions(self, matches):
        """Return an issue for each kind of which some matches cannot be said in FHIR, with how many there are."""
        return [
            build_issue(
                "warning",
                "not-supported",
                f"{match.inexpressible} {match.view.queryset.model._meta.verbose_name_plural} that match are left "
                "out, since no ClinicalUseDefinition can say them; the list in JSON has them.",
            )
            for match in matches
            if match.inexpressible
        ]

    def build_page_url(self, number):
        """Return the URL of another page of the same search."""
        params = self.request.query_params.copy()
        params["_page"] = str(number)
        return self.request.build_absolute_uri(f"{self.request.path}?{params.urlencode()}")


def describe_unknown_values(matches):
    """Return an issue for each value that names nothing here, told once."""
    unknown = {
        (each["parameter"], each["value"]): each["says"]
        for match in matches
        for each in serialize_readings(match.view.get_serializer_context())["unknown"]
    }
    return [build_issue("warning", "not-found", text) for text in unknown.values()]


def build_issue(severity, code, text):
    return {"severity": severity, "code": code, "details": {"text": text}}


def read_token(token):
    """Return a token of FHIR as our parameters take it: system|code as a CURIE, a name or a bare code as it is."""
    system, bar, code = token.partition("|")
    if not bar or not system:
        return code or system
    for prefix, known in CODE_SYSTEMS.items():
        if known.uri == system:
            return f"{prefix}:{code.removeprefix(known.code_format.format(code=''))}"
    detail = f"There are no codes of the system “{system:.80}” here."
    raise InvalidParameters([{"parameter": "effect", "detail": detail, "nearest": None}])
