"""The OpenAPI description is complete, true to the code, and the same on every database."""

import re
from io import StringIO

import pytest
import yaml
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from jsonschema import Draft202012Validator

from kb.models import ApiToken
from kb.openapi import metadata as described

pytestmark = pytest.mark.usefixtures("shipped_data")


@pytest.fixture(scope="module")
def committed_schema():
    return yaml.safe_load((settings.BASE_DIR / "openapi.yaml").read_text())


def iter_operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_openapi_yaml_is_what_the_code_does_on_this_database_without_a_warning(committed_schema):
    written = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    assert yaml.safe_load(written.getvalue()) == committed_schema
    assert committed_schema["openapi"].startswith("3.1")


def test_every_operation_parameter_field_and_enumeration_is_described(committed_schema):
    missing = []
    for name, operation in iter_operations(committed_schema):
        missing += [name for words in ("summary", "description", "tags", "operationId") if not operation.get(words)]
        missing += [f"{name} ?{p['name']}" for p in operation.get("parameters", []) if not p.get("description")]
        missing += [
            f"{name} {code}" for code, r in operation["responses"].items() if not {"description", "$ref"} & {*r}
        ]
    for kind in ("headers", "responses"):
        missing += [name for name, told in committed_schema["components"][kind].items() if not told.get("description")]
    for name, schema in committed_schema["components"]["schemas"].items():
        missing += [] if schema.get("description") else [name]
        for field, shape in schema.get("properties", {}).items():
            missing += [] if shape.get("description") or "$ref" in shape else [f"{name}.{field}"]
    assert missing == []


def test_every_resource_shows_a_real_record_as_its_example(committed_schema, api):
    for name, operation in iter_operations(committed_schema):
        if "/{slug}/" not in name:
            continue
        content = operation["responses"]["200"]["content"]["application/json"]
        (example,) = content["examples"].values()
        shown = api.get(example["value"]["url"]).json()
        without = {"url", "statements"}
        assert set(shown) == set(example["value"])
        assert shown["slug"] == example["value"]["slug"]
        for field in set(shown) - without:
            if isinstance(shown[field], str | int | None):
                assert shown[field] == example["value"][field]


def build_example_request(path, operation):
    """What Swagger UI asks when nothing is filled in: the address and the parameters that have an example."""
    asked = {p["name"]: p["example"] for p in operation.get("parameters", []) if "example" in p}
    in_path = {p["name"]: asked.pop(p["name"]) for p in operation.get("parameters", []) if p["in"] == "path"}
    return path.format(**in_path), asked


def test_every_operation_runs_as_it_stands(committed_schema, api):
    reads = [(path, methods["get"]) for path, methods in committed_schema["paths"].items()]
    reads = [(path, op) for path, op in reads if op["tags"] != ["Suggestions"] and "/releases/{" not in path]
    assert len(reads) > 40
    for path, operation in reads:
        address, asked = build_example_request(path, operation)
        answer = api.get(address, asked)
        assert answer.status_code == 200, (address, asked, answer.content)
        if f"{path}{{slug}}/" in committed_schema["paths"]:
            assert asked == {}, f"{path} is not the whole list"


def test_every_question_answers_as_it_shows(committed_schema, api):
    questions = {path: m["get"] for path, m in committed_schema["paths"].items() if m["get"]["tags"] == ["Questions"]}
    assert len(questions) == 6
    for path, operation in questions.items():
        answer = api.get(*build_example_request(path, operation)).json()
        (example,) = operation["responses"]["200"]["content"]["application/json"]["examples"].values()
        assert set(answer) == set(example["value"])
        assert any(answer[field] for field in ("results", "taking", "aspects", "paths") if field in answer)


def test_every_list_shows_what_it_answers(committed_schema, api):
    for path, methods in committed_schema["paths"].items():
        if f"{path}{{slug}}/" not in committed_schema["paths"]:
            continue
        (example,) = methods["get"]["responses"]["200"]["content"]["application/json"]["examples"].values()
        (record,) = example["value"]["results"]
        answer = api.get(path, {"slug": record["slug"]}).json()
        assert answer["count"] == example["value"]["count"] == 1
        assert set(answer) == set(example["value"])
        assert [r["slug"] for r in answer["red_flags"][:1]] == [r["slug"] for r in example["value"]["red_flags"]]


def test_a_parameter_that_takes_slugs_says_of_which_records_and_stays_open(committed_schema):
    offered = {}
    for path, methods in committed_schema["paths"].items():
        for parameter in methods["get"].get("parameters", []):
            shape = parameter["schema"].get("items", parameter["schema"])
            if "x-records" in shape:
                assert "enum" not in shape
                assert {f"/api/v1/{kind}/" for kind in shape["x-records"]} <= set(committed_schema["paths"])
                offered[path, parameter["name"]] = shape["x-records"]
    assert offered["/api/v1/side-effects/", "treatment"] == ["treatments"]
    assert offered["/api/v1/side-effects/", "source"] == ["sources"]
    assert offered["/api/v1/treatments/", "causes"] == ["symptoms"]
    assert offered["/api/v1/treatments/{slug}/", "slug"] == ["treatments"]
    assert offered["/api/v1/management-options/", "taking"] == ["treatments"]
    assert offered["/api/v1/differential/", "feature"] == ["distinguishing-features"]
    assert set(offered["/api/v1/paths/", "from"]) == {"treatments", "symptoms", "cancers", "investigations"}


def test_operations_stand_where_people_look_for_them(committed_schema):
    groups = [tag["name"] for tag in committed_schema["tags"]]
    used = [operation["tags"] for name, operation in iter_operations(committed_schema)]
    assert sorted({group for (group,) in used}, key=groups.index) == groups
    assert [group for (group,) in used] == sorted((group for (group,) in used), key=groups.index)
    assert all(tag["description"] for tag in committed_schema["tags"])
    assert {
        name.split("/")[3] for name, op in iter_operations(committed_schema) if op["tags"] == ["Start here"]
    } == set(described.TAG_GROUPS["Start here"][1]) & {path.split("/")[3] for path in committed_schema["paths"]}


@pytest.mark.parametrize(
    "asked",
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
def test_an_answer_has_the_shape_that_is_described(committed_schema, api, asked):
    path = f"/api/v1/{asked.partition('?')[0]}"
    described = committed_schema["paths"].get(path) or committed_schema["paths"][re.sub(r"[^/]+/$", "{slug}/", path)]
    shape = described["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = api.get(f"/api/v1/{asked}").json()
    faults = Draft202012Validator(shape | {"components": committed_schema["components"]}).iter_errors(answer)
    assert [f"{fault.json_path}: {fault.message[:200]}" for fault in faults] == []


@pytest.fixture
def assert_conforms(committed_schema):
    """Hold something to a shape that is described."""

    def assert_conforms(told, shape):
        Draft202012Validator(shape | {"components": committed_schema["components"]}).validate(told)

    return assert_conforms


def get_schema_and_example(described):
    """The shape and the example of what is sent or answered."""
    (content,) = described["content"].values()
    (shown,) = content.get("examples", {"": {"value": None}}).values()
    return content["schema"], shown["value"]


def test_a_suggestion_is_sent_and_answered_as_its_examples_show(committed_schema, assert_conforms, api):
    user = User.objects.create_user("anna")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {ApiToken(user=user, name='app', scopes=['suggest']).issue()}")
    url = "/api/v1/suggestions/"
    create, listed, one = (
        committed_schema["paths"][path][method]
        for path, method in [(url, "post"), (url, "get"), (f"{url}{{id}}/", "get")]
    )
    shape, sent = get_schema_and_example(create["requestBody"])
    assert_conforms(sent, shape)
    answer = api.post(url, sent, format="json")
    kept, (shape, shown) = answer.json(), get_schema_and_example(create["responses"]["201"])
    assert answer.status_code == 201
    changing = {name: kept[name] for name in ("id", "url", "sent_at", "record")}
    assert kept == shown | changing
    assert_conforms(kept, shape)
    assert_conforms(api.get(url).json(), get_schema_and_example(listed["responses"]["200"])[0])
    assert_conforms(api.get(kept["url"]).json(), get_schema_and_example(one["responses"]["200"])[0])
    assert_conforms(
        api.post(url, {"txt": "x"}, format="json").json(), get_schema_and_example(create["responses"]["400"])[0]
    )


def test_what_may_be_answered_to_a_suggestion_is_described_and_so_is_the_token(committed_schema):
    create = committed_schema["paths"]["/api/v1/suggestions/"]["post"]
    assert set(create["responses"]) == {"200", "201", "400", "401", "403", "406", "413", "415", "429"}
    assert "Retry-After" in create["responses"]["429"]["headers"]
    assert create["security"] == [{"token": []}]
    assert committed_schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_enumerations_have_names_of_their_own(committed_schema):
    schemas = committed_schema["components"]["schemas"]
    named = {name for names in settings.ENUMERATIONS.values() for name in names}
    assert named <= set(schemas)
    assert not [name for name in schemas if name.endswith("Enum")]


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/api/v1/docs/", "/api/v1/", "/", "/admin/login/"])
def test_each_page_answers_under_a_strict_content_security_policy(api, path):
    answer = api.get(path)
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
