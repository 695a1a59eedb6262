"""The formats in which answers travel."""

from rest_framework.renderers import JSONRenderer

from kb.formats.fhir import Fhir, clinical_use
from kb.formats.linked import JsonLd
from kb.formats.tables import Csv, NdJson, Whole
from kb.models import Entry, Source

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
