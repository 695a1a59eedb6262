"""What code generators need from openapi.yaml: security, the order of formats, required fields, named enumerations."""

import pytest

from tests.helpers.openapi import read_expanded_schema


@pytest.fixture(scope="module")
def openapi_schema():
    return read_expanded_schema()


@pytest.fixture(scope="module")
def get_operations(openapi_schema):
    return [(path, methods["get"]) for path, methods in openapi_schema["paths"].items() if "get" in methods]


def test_public_operations_require_no_token(get_operations):
    secured_paths = [path for path, operation in get_operations if "security" in operation]
    assert secured_paths == ["/api/v1/suggestions/", "/api/v1/suggestions/{id}/"]


def test_json_is_the_first_format(get_operations):
    formats = {path: list(operation["responses"]["200"]["content"]) for path, operation in get_operations}
    assert [path for path, media_types in formats.items() if "application/json" in media_types[1:]] == [
        "/api/v1/schema/"
    ]
    assert len(formats["/api/v1/side-effects/"]) > 1


def test_all_fields_of_a_record_are_required(openapi_schema):
    schemas = openapi_schema["components"]["schemas"]
    for name in ("SideEffect", "TreatmentDetail", "Source", "Facet", "FacetValue"):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"])


def test_all_fields_of_a_page_are_required_but_what_counts_add(openapi_schema):
    page = openapi_schema["components"]["schemas"]["PaginatedSideEffectList"]
    assert {*page["properties"]} - {*page["required"]} == {"facets", "total"}


def test_parameters_and_fields_share_one_type_for_each_enumeration(openapi_schema, get_operations):
    named_enumerations = {
        tuple(schema["enum"]) for schema in openapi_schema["components"]["schemas"].values() if "enum" in schema
    }
    parameters = [
        parameter["schema"] for path, operation in get_operations for parameter in operation.get("parameters", [])
    ]
    inline_enumerations = [
        shape for shape in parameters if tuple(shape.get("items", shape).get("enum", ())) in named_enumerations
    ]
    assert inline_enumerations == []
