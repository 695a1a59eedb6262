"""The formats in which answers travel."""

from rest_framework.renderers import JSONRenderer

from kb.models import Entry, Source
from kb.renderers.fhir import FhirRenderer, get_clinical_use
from kb.renderers.json_ld import JsonLdRenderer
from kb.renderers.tabular import CsvRenderer, NdJsonRenderer, WholeListRenderer

__all__ = ["WholeListRenderer", "get_renderer_classes"]


def get_renderer_classes(model, action):
    """The formats in which a list of records of one kind is given, or one of them; the first where none is asked."""
    found = [JSONRenderer]
    if action == "list":
        found += [CsvRenderer, NdJsonRenderer]
    if action == "retrieve" and issubclass(model, Entry | Source):
        found.append(JsonLdRenderer)
    if action in {"retrieve", "list"} and get_clinical_use(model):
        found.append(FhirRenderer)
    return found
