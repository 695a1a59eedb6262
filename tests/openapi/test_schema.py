"""openapi.yaml: equal to the generated document, complete, and with examples and schemas that match the API."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from jsonschema import Draft202012Validator

from kb.models import ApiToken
from kb.openapi.metadata import TAG_GROUPS
from tests.helpers.openapi import generate_schema, read_committed_schema, read_expanded_schema

pytestmark = pytest.mark.usefixtures("shipped_data")


@pytest.fixture(scope="module")
def committed_schema():
    return read_expanded_schema()


def iter_operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_openapi_yaml_equals_the_generated_document_without_warnings():
    assert generate_schema() == read_committed_schema()
    assert read_committed_schema()["openapi"].startswith("3.1")


def test_every_operation_parameter_field_and_enumeration_is_described(committed_schema):
    missing = []
    for name, operation in iter_operations(committed_schema):
        missing += [name for key in ("summary", "description", "tags", "operationId") if not operation.get(key)]
        missing += [f"{name} ?{p['name']}" for p in operation.get("parameters", []) if not p.get("description")]
        missing += [
            f"{name} {code}" for code, r in operation["responses"].items() if not {"description", "$ref"} & {*r}
        ]
    for kind in ("headers", "responses"):
        missing += [
            name for name, component in committed_schema["components"][kind].items() if not component.get("description")
        ]
    for name, schema in committed_schema["components"]["schemas"].items():
        missing += [] if schema.get("description") else [name]
        for field, shape in schema.get("properties", {}).items():
            missing += [] if shape.get("description") or "$ref" in shape else [f"{name}.{field}"]
    assert missing == []


def build_example_request(path, operation):
    """Return the URL and the parameters that Swagger UI sends when only the examples are filled in."""
    params = {p["name"]: p["example"] for p in operation.get("parameters", []) if "example" in p}
    in_path = {p["name"]: params.pop(p["name"]) for p in operation.get("parameters", []) if p["in"] == "path"}
    return path.format(**in_path), params


def test_every_operation_succeeds_with_its_examples(committed_schema, api):
    reads = [(path, methods["get"]) for path, methods in committed_schema["paths"].items()]
    reads = [(path, op) for path, op in reads if op["tags"] != ["Suggestions"] and "/releases/{" not in path]
    assert len(reads) > 40
    for path, operation in reads:
        url, params = build_example_request(path, operation)
        response = api.get(url, params)
        assert response.status_code == 200, (url, params, response.content)
        if f"{path}{{slug}}/" in committed_schema["paths"]:
            assert params == {}, f"{path} is not the whole list"


def test_every_query_answers_like_its_example(committed_schema, api):
    questions = {path: m["get"] for path, m in committed_schema["paths"].items() if m["get"]["tags"] == ["Questions"]}
    assert len(questions) == 7
    for path, operation in questions.items():
        payload = api.get(*build_example_request(path, operation)).json()
        (example,) = operation["responses"]["200"]["content"]["application/json"]["examples"].values()
        assert set(payload) == set(example["value"])
        assert any(payload[field] for field in ("results", "taking", "aspects", "paths", "parts") if field in payload)


def test_a_parameter_that_takes_slugs_names_its_resources(committed_schema):
    resources_by_parameter = {}
    for path, methods in committed_schema["paths"].items():
        for parameter in methods["get"].get("parameters", []):
            shape = parameter["schema"].get("items", parameter["schema"])
            if "x-records" in shape:
                assert "enum" not in shape
                assert {f"/api/v1/{kind}/" for kind in shape["x-records"]} <= set(committed_schema["paths"])
                resources_by_parameter[path, parameter["name"]] = shape["x-records"]
    assert resources_by_parameter["/api/v1/side-effects/", "treatment"] == ["treatments"]
    assert resources_by_parameter["/api/v1/side-effects/", "source"] == ["sources"]
    assert resources_by_parameter["/api/v1/treatments/", "causes"] == ["symptoms"]
    assert resources_by_parameter["/api/v1/treatments/{slug}/", "slug"] == ["treatments"]
    assert resources_by_parameter["/api/v1/management-options/", "taking"] == ["treatments"]
    assert resources_by_parameter["/api/v1/differential/", "feature"] == ["distinguishing-features"]
    assert set(resources_by_parameter["/api/v1/paths/", "from"]) == {
        "treatments",
        "symptoms",
        "cancers",
        "investigations",
    }


def test_operations_are_sorted_by_their_tags(committed_schema):
    groups = [tag["name"] for tag in committed_schema["tags"]]
    used = [operation["tags"] for name, operation in iter_operations(committed_schema)]
    assert sorted({group for (group,) in used}, key=groups.index) == groups
    assert [group for (group,) in used] == sorted((group for (group,) in used), key=groups.index)
    assert all(tag["description"] for tag in committed_schema["tags"])
    assert {
        name.split("/")[3] for name, op in iter_operations(committed_schema) if op["tags"] == ["Start here"]
    } == set(TAG_GROUPS["Start here"][1]) & {path.split("/")[3] for path in committed_schema["paths"]}


@pytest.mark.parametrize(
    "url",
    [
        "explain/?symptom=bone-pain&taking=docetaxel&taking=paracetamol",
        "differential/?question=treatment-or-metastasis",
        "paths/?from=chemotherapy&to=bone-pain",
        "coverage/?row=letrozole&col=hair-loss",
        "coverage/?page_size=200",
        "disagreements/",
        "search/?q=letrazole",
        "changes/?page_size=5",
        "management-options/?symptom=joint-pain&taking=tamoxifen",
        "side-effects/?treatment=tamoxifen",
        "manifestations/?page_size=200",
        "red-flags/",
        "treatments/letrozole/",
        "symptoms/bone-pain/",
        "cancers/bone-metastasis/",
        "sources/secondary-bone-cancer/",
        "",
    ],
)
def test_a_response_is_valid_under_its_schema(committed_schema, api, url):
    path = f"/api/v1/{url.partition('?')[0]}"
    path_item = committed_schema["paths"].get(path) or committed_schema["paths"][re.sub(r"[^/]+/$", "{slug}/", path)]
    shape = path_item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    payload = api.get(f"/api/v1/{url}").json()
    errors = Draft202012Validator(shape | {"components": committed_schema["components"]}).iter_errors(payload)
    assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


@pytest.fixture
def assert_conforms(committed_schema):
    """Assert that a value is valid under a documented schema."""

    def assert_conforms(value, schema):
        Draft202012Validator(schema | {"components": committed_schema["components"]}).validate(value)

    return assert_conforms


def get_schema_and_example(body):
    """Return the schema and the example of a documented request or response body."""
    (content,) = body["content"].values()
    (example,) = content.get("examples", {"": {"value": None}}).values()
    return content["schema"], example["value"]


def test_a_suggestion_conforms_to_its_schemas_and_examples(committed_schema, assert_conforms, api):
    user = User.objects.create_user("anna")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {ApiToken(user=user, name='app', scopes=['suggest']).issue()}")
    url = "/api/v1/suggestions/"
    create_operation, list_operation, detail_operation = (
        committed_schema["paths"][path][method]
        for path, method in [(url, "post"), (url, "get"), (f"{url}{{id}}/", "get")]
    )
    schema, suggestion = get_schema_and_example(create_operation["requestBody"])
    assert_conforms(suggestion, schema)
    response = api.post(url, suggestion, format="json")
    payload, (schema, example) = response.json(), get_schema_and_example(create_operation["responses"]["201"])
    assert response.status_code == 201
    changing = {name: payload[name] for name in ("id", "url", "sent_at", "record")}
    assert payload == example | changing
    assert_conforms(payload, schema)
    assert_conforms(api.get(url).json(), get_schema_and_example(list_operation["responses"]["200"])[0])
    assert_conforms(api.get(payload["url"]).json(), get_schema_and_example(detail_operation["responses"]["200"])[0])
    assert_conforms(
        api.post(url, {"txt": "x"}, format="json").json(),
        get_schema_and_example(create_operation["responses"]["400"])[0],
    )


def test_all_responses_to_a_suggestion_and_its_token_are_documented(committed_schema):
    create = committed_schema["paths"]["/api/v1/suggestions/"]["post"]
    assert set(create["responses"]) == {"200", "201", "400", "401", "403", "406", "413", "414", "415", "429", "503"}
    assert "Retry-After" in create["responses"]["429"]["headers"]
    assert create["security"] == [{"token": []}]
    assert committed_schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_enumerations_have_names_of_their_own(committed_schema):
    schemas = committed_schema["components"]["schemas"]
    named = {name for names in settings.ENUMERATIONS.values() for name in names}
    assert named <= set(schemas)
    assert not [name for name in schemas if name.endswith("Enum")]


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/api/v1/docs/", "/api/v1/", "/", "/admin/login/"])
def test_every_page_has_a_strict_content_security_policy(api, path):
    response = api.get(path)
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
