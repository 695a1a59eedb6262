"""The formats in which answers travel."""

from rest_framework.renderers import JSONRenderer

from kb.models import Entry, Source
from kb.renderers.fhir import Fhir, clinical_use
from kb.renderers.json_ld import JsonLd
from kb.renderers.tabular import Csv, NdJson, Whole

__all__ = ["Whole", "formats"]


def formats(model, action):
    """The formats in which a list of records of one kind is given, or one of them; the first where none is asked."""
    found = [JSONRenderer]
    if action == "list":
        found += [Csv, NdJson]
    if action == "retrieve" and issubclass(model, Entry | Source):
        found.append(JsonLd)
    if action in {"retrieve", "list"} and clinical_use(model):
        found.append(Fhir)
    return found
