"""The views under /fhir/: metadata, and the read and search of each type of resource, as a FHIR client expects them."""

from django.urls import path
from rest_framework.exceptions import NotAcceptable, NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.api.exceptions import InvalidParameters
from kb.api.fhir import FHIR_FORMAT, FHIR_MEDIA_TYPE, FHIR_PREFIX
from kb.filters import reject_unknown_params
from kb.renderers.fhir_capabilities import TERMINOLOGY_PARAMS, build_capability_statement
from kb.renderers.fhir_terminology import TERMINOLOGY_TYPES, build_terminology, find_vocabularies
from kb.renderers.json import JSONRenderer
from kb.views.fhir_search import (
    DEFAULT_COUNT,
    MAX_COUNT,
    OWN_PARAMS,
    ClinicalUseSearch,
    list_filter_params,
    list_viewsets,
    read_definition,
)

PAGING_PARAMS = {"_count": ("number", f"How many matches a page holds: {DEFAULT_COUNT}, at most {MAX_COUNT}.")}
JSON_FORMATS = {"json", "application/json", FHIR_MEDIA_TYPE}
CLINICAL_USE = "ClinicalUseDefinition"
MAX_DIGITS = 9


class FhirResourceRenderer(JSONRenderer):
    """Renders a resource of FHIR as it is."""

    media_type, format = FHIR_MEDIA_TYPE, FHIR_FORMAT


class PlainJsonRenderer(JSONRenderer):
    """Renders a resource of FHIR for who asks for JSON only."""

    format = "json"


class FhirView(APIView):
    """A view under /fhir/; described by the CapabilityStatement, not by OpenAPI."""

    schema = None
    renderer_classes = (FhirResourceRenderer, PlainJsonRenderer)

    @property
    def base(self):
        """The address below which every resource lies."""
        return self.request.build_absolute_uri(FHIR_PREFIX.rstrip("/"))

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.query_params.get("_format", "json") not in JSON_FORMATS:
            raise NotAcceptable(f"FHIR is written here as JSON alone: _format={FHIR_MEDIA_TYPE}.")


class MetadataView(FhirView):
    """The CapabilityStatement."""

    def get(self, request):
        reject_unknown_params(request, {"_format"})
        return Response(build_capability_statement(self.base, collect_search_params()))


class ClinicalUseView(FhirView):
    """One ClinicalUseDefinition."""

    def get(self, request, slug):
        reject_unknown_params(request, {"_format"})
        return Response(read_definition(request, slug))


class ClinicalUsesView(FhirView):
    """The search of ClinicalUseDefinition."""

    def get(self, request):
        count, page = (read_number(request, name) for name in ("_count", "_page"))
        size = min(DEFAULT_COUNT if count is None else count, MAX_COUNT)
        return Response(ClinicalUseSearch(request, size, 1 if page is None else page).build_bundle(self.base))


class TerminologyView(FhirView):
    """One CodeSystem, ValueSet or ConceptMap."""

    resource_type = ""

    def get(self, request, slug):
        reject_unknown_params(request, {"_format"})
        vocabulary = find_vocabularies(self.resource_type).get(slug)
        if vocabulary is None:
            raise NotFound(f"There is no {self.resource_type} with the id “{slug:.64}”.")
        return Response(build_terminology(self.resource_type, vocabulary, self.base))


class TerminologiesView(FhirView):
    """The search of CodeSystem, ValueSet or ConceptMap."""

    resource_type = ""

    def get(self, request):
        params = request.query_params
        known = {*TERMINOLOGY_PARAMS, "_format"}
        reject_unknown_params(request, known, known)
        found = {
            key: vocabulary
            for key, vocabulary in find_vocabularies(self.resource_type).items()
            if params.get("_id", key) == key
            and params.get("url", self.build_url(key)) == self.build_url(key)
            and vocabulary.name.casefold().startswith(params.get("name", "").casefold())
            and params.get("status", "active") == "active"
        }
        entries = [
            {
                "fullUrl": self.build_url(key),
                "resource": build_terminology(self.resource_type, vocabulary, self.base),
                "search": {"mode": "match"},
            }
            for key, vocabulary in found.items()
        ]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
        bundle["link"] = [{"relation": "self", "url": request.build_absolute_uri()}]
        return Response(bundle | ({"entry": entries} if entries else {}))

    def build_url(self, key):
        return f"{self.base}/{self.resource_type}/{key}"


def read_number(request, name):
    """Return the value of a parameter that is a number from 1 on; None if it is not given."""
    value = request.query_params.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= MAX_DIGITS and int(value)):
        detail = f"“{name}” must be a whole number from 1, not “{value[:40]}”."
        raise InvalidParameters([{"parameter": name, "detail": detail, "nearest": None}])
    return int(value)


def collect_search_params():
    """Return the parameters of each type of resource, with the type and the meaning of each."""
    filters = {}
    for view_class in list_viewsets():
        filters |= {
            name: ("string", str(each.extra.get("help_text") or ""))
            for name, each in list_filter_params(view_class).items()
            if name not in filters
        }
    clinical = {**OWN_PARAMS, **PAGING_PARAMS, **filters}
    return {CLINICAL_USE: clinical, **dict.fromkeys(TERMINOLOGY_TYPES, TERMINOLOGY_PARAMS)}


fhir_urlpatterns = [
    path("metadata", MetadataView.as_view(), name="fhir-metadata"),
    path(CLINICAL_USE, ClinicalUsesView.as_view(), name="fhir-clinical-uses"),
    path(f"{CLINICAL_USE}/<slug>", ClinicalUseView.as_view(), name="fhir-clinical-use"),
    *[
        route
        for each in TERMINOLOGY_TYPES
        for route in (
            path(each, TerminologiesView.as_view(resource_type=each)),
            path(f"{each}/<slug>", TerminologyView.as_view(resource_type=each)),
        )
    ],
]
