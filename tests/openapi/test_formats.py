"""Each format of an address is described, in the words of its renderer."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import BaseRenderer, JSONRenderer

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
    """Lists of treatments in one more format."""
    monkeypatch.setattr(
        TreatmentViewSet,
        "get_renderers",
        lambda view: [JSONRenderer(), LinesRenderer()] if view.action == "list" else [JSONRenderer()],
    )


def test_a_renderer_describes_itself(lines_format):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    paths = schema["paths"]
    listed, one = (paths[f"/api/v1/treatments/{rest}"]["get"] for rest in ("", "{slug}/"))
    content = listed["responses"]["200"]["content"]
    assert content["text/lines"] == {
        "schema": {"type": "string", "description": "A line for each of the treatments."},
        "example": "letrozole\n",
    }
    assert "$ref" in content["application/json"]["schema"]
    (asked,) = [parameter for parameter in listed["parameters"] if parameter["name"] == "format"]
    assert asked["schema"]["enum"] == ["json", "lines"]
    assert "json, unless asked" in asked["description"]
    assert list(one["responses"]["200"]["content"]) == ["application/json"]
    assert listed["responses"]["400"] == {"$ref": "#/components/responses/BadRequest"}
    assert [*schema["components"]["responses"]["BadRequest"]["content"]] == ["application/problem+json"]


def test_the_format_that_is_asked_for_goes_before_the_accept_header(lines_format, api):
    answer = api.get("/api/v1/treatments/", {"format": "lines"}, HTTP_ACCEPT="application/json")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/lines; charset=utf-8"
    assert "loner\n" in answer.content.decode()
