"""The OpenAPI description yields clients that are pleasant to use: what generators stumble over is kept out of it."""

import pytest
import yaml
from django.conf import settings


@pytest.fixture(scope="module")
def openapi_schema():
    return yaml.safe_load((settings.BASE_DIR / "openapi.yaml").read_text())


@pytest.fixture(scope="module")
def get_operations(openapi_schema):
    return [(path, methods["get"]) for path, methods in openapi_schema["paths"].items() if "get" in methods]


def test_what_is_public_asks_for_no_token(get_operations):
    asking = [path for path, operation in get_operations if "security" in operation]
    assert asking == ["/api/v1/suggestions/", "/api/v1/suggestions/{id}/"]


def test_json_stands_first_since_generators_take_the_first_format(get_operations):
    formats = {path: list(operation["responses"]["200"]["content"]) for path, operation in get_operations}
    assert [path for path, found in formats.items() if "application/json" in found[1:]] == ["/api/v1/schema/"]
    assert len(formats["/api/v1/side-effects/"]) > 1


def test_a_record_always_comes_whole(openapi_schema):
    schemas = openapi_schema["components"]["schemas"]
    for name in ("SideEffect", "TreatmentDetail", "Source", "PaginatedSideEffectList"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"])


def test_parameters_and_fields_share_one_type_for_each_enumeration(openapi_schema, get_operations):
    named = {tuple(schema["enum"]) for schema in openapi_schema["components"]["schemas"].values() if "enum" in schema}
    parameters = [
        parameter["schema"] for path, operation in get_operations for parameter in operation.get("parameters", [])
    ]
    repeated = [shape for shape in parameters if tuple(shape.get("items", shape).get("enum", ())) in named]
    assert repeated == []
