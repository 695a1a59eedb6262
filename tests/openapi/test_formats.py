"""Formats in OpenAPI: a renderer describes its own media type in the operations of its view."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import BaseRenderer, JSONRenderer

from tests.helpers.openapi import expand_schema
from treatments.views import TreatmentViewSet


class LinesRenderer(BaseRenderer):
    """A line for each record."""

    media_type, format, charset = "text/lines", "lines", "utf-8"

    @classmethod
    def describe_response(cls, schema):
        return {"type": "string"}, f"A line for each of the {schema.model._meta.verbose_name_plural}.", "letrozole\n"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return "".join(f"{record['slug']}\n" for record in data["results"])


@pytest.fixture
def lines_format(universe, monkeypatch):
    """Add a format to the lists of treatments."""
    monkeypatch.setattr(
        TreatmentViewSet,
        "get_renderers",
        lambda view: [JSONRenderer(), LinesRenderer()] if view.action == "list" else [JSONRenderer()],
    )


def test_a_renderer_describes_itself(lines_format):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    paths = schema["paths"]
    list_operation, detail_operation = (paths[f"/api/v1/treatments/{rest}"]["get"] for rest in ("", "{slug}/"))
    content = list_operation["responses"]["200"]["content"]
    assert content["text/lines"] == {
        "schema": {"type": "string", "description": "A line for each of the treatments."},
        "example": "letrozole\n",
    }
    assert "$ref" in content["application/json"]["schema"]
    parameters = expand_schema(schema)["paths"]["/api/v1/treatments/"]["get"]["parameters"]
    (parameter,) = [parameter for parameter in parameters if parameter["name"] == "format"]
    assert parameter["schema"]["enum"] == ["json", "lines"]
    assert "json, unless asked" in parameter["description"]
    assert list(detail_operation["responses"]["200"]["content"]) == ["application/json"]
    assert list_operation["responses"]["400"] == {"$ref": "#/components/responses/BadRequest"}
    assert [*schema["components"]["responses"]["BadRequest"]["content"]] == [
        "application/problem+json",
        "application/fhir+json",
    ]


def test_the_format_parameter_takes_precedence_over_accept(lines_format, api):
    response = api.get("/api/v1/treatments/", {"format": "lines"}, HTTP_ACCEPT="application/json")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/lines; charset=utf-8"
    assert "loner\n" in response.content.decode()
