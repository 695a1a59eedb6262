"""FHIR: responses validated as FHIR R5, and the text of their narratives."""

from fhir.resources import get_fhir_model_class
from lxml import etree

FHIR = "application/fhir+json"


def get_fhir_resource(api, path, **params):
    """Return a response in FHIR, validated as FHIR R5."""
    response = api.get(f"/api/v1/{path}", params, HTTP_ACCEPT=FHIR)
    assert response.status_code == 200, response.content.decode()
    assert response["Content-Type"] == FHIR
    assert "Accept" in response["Vary"]
    resource = response.json()
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    return resource


def get_narrative(definition):
    """Return the text of a resource's XHTML narrative."""
    return "".join(etree.fromstring(definition["text"]["div"]).itertext())
