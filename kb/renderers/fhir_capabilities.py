"""The CapabilityStatement of the FHIR addresses: which resources can be read and searched, and by what."""

from django.conf import settings

from kb.api.fhir import FHIR_VERSION
from kb.dataset.metadata import ABOUT, DISCLAIMER, NAME
from kb.dataset.version import data_version

TERMINOLOGY_PARAMS = {
    "_id": ("token", "The id of the resource."),
    "url": ("uri", "Its canonical address."),
    "name": ("string", "What its name begins with."),
    "status": ("token", "active: everything here is."),
}
STRICTNESS = (
    "A parameter that is not listed is refused with 400, never ignored. Every resource of statements has a narrative "
    "that says all of it; what it must not be read without is a modifier extension."
)


def build_capability_statement(base, params_by_type):
    """Return the CapabilityStatement, given the base address and the parameters of each type of resource."""
    year, month, day = data_version().partition("-")[0].split(".")
    return {
        "resourceType": "CapabilityStatement",
        "id": "bone-pain-kb",
        "url": f"{base}/metadata",
        "version": settings.VERSION,
        "name": "BonePainKnowledgeBase",
        "title": NAME,
        "status": "active",
        "experimental": False,
        "date": f"{year}-{month}-{day}",
        "description": f"{ABOUT} {DISCLAIMER}",
        "kind": "instance",
        "software": {"name": "bone-pain-kb", "version": settings.VERSION},
        "implementation": {"description": NAME, "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": STRICTNESS,
                "resource": [describe_resource(*item) for item in params_by_type.items()],
            }
        ],
    }


def describe_resource(resource_type, params):
    """Return what can be done with a type of resource: read one, and search by these parameters."""
    return {
        "type": resource_type,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "readHistory": False,
        "searchParam": [
            {"name": name, "type": param_type, **({"documentation": text} if text else {})}
            for name, (param_type, text) in params.items()
        ],
    }
