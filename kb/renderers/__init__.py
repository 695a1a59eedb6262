"""The renderers of API responses: JSON, CSV, NDJSON, XLSX, JSON-LD, FHIR and Atom."""

from rest_framework.renderers import BaseRenderer

from kb.models import Entry, Source
from kb.renderers.csv_metadata import CsvMetadataRenderer
from kb.renderers.fhir import FhirRenderer, get_clinical_use
from kb.renderers.json import JSONRenderer
from kb.renderers.json_ld import JsonLdRenderer
from kb.renderers.tabular import CsvRenderer, NdJsonRenderer, WholeListRenderer
from kb.renderers.workbook import XlsxRenderer

__all__ = ["WholeListRenderer", "get_renderer_classes"]


def get_renderer_classes(model, action):
    """Return the renderers of a viewset's action on a model; the first is the default."""
    renderers: list[type[BaseRenderer]] = [JSONRenderer]
    if action == "list":
        renderers += [CsvRenderer, NdJsonRenderer, XlsxRenderer, CsvMetadataRenderer]
    if action == "retrieve" and issubclass(model, Entry | Source):
        renderers.append(JsonLdRenderer)
    if action in {"retrieve", "list"} and get_clinical_use(model):
        renderers.append(FhirRenderer)
    return renderers
