"""OpenAPI hooks for all responses: common headers, errors of every operation, and deprecations."""

from http import HTTPStatus

from django.core.exceptions import ImproperlyConfigured

from kb.api import deprecation
from kb.api.exceptions import CONTENT_TYPE
from kb.api.fhir import FHIR_MEDIA_TYPE
from kb.openapi.auto_schema import PROBLEM_DESCRIPTIONS

HEADER_DESCRIPTIONS = {
    "X-KB-Version": "The version of the data that the answer is made of; an answer that is of a release tells its own.",
    "ETag": "What this answer is known by: sent back as `If-None-Match`, it is answered with 304 while nothing has "
    "changed.",
    "RateLimit-Policy": 'How many requests are allowed in how many seconds: `"anonymous";q=600;w=60`.',
    "RateLimit": 'How many requests are left, and for how many seconds that holds: `"anonymous";r=599;t=60`.',
    "Retry-After": "In how many seconds to ask again.",
    "WWW-Authenticate": "`Bearer`: that is how a token is sent.",
    "Content-Disposition": "The name under which to keep a file; of a list, with data version and licence.",
}
OPERATION_OUTCOME = {FHIR_MEDIA_TYPE: {"schema": {"type": "object", "description": "An OperationOutcome."}}}
COMMON_HEADERS = ["X-KB-Version", "RateLimit-Policy", "RateLimit"]
ERROR_DESCRIPTIONS = {
    "400": PROBLEM_DESCRIPTIONS[400],
    "401": "The token is unknown, revoked or expired; none is needed to read.",
    "404": PROBLEM_DESCRIPTIONS[404],
    "406": PROBLEM_DESCRIPTIONS[406],
    "410": PROBLEM_DESCRIPTIONS[410],
    "414": "The address is too long: ask in several requests.",
    "429": "These are more requests than are allowed; a token with the scope `read` allows more.",
    "503": "The database does not answer, or the data are being changed: ask again soon.",
}
NOT_MODIFIED_DESCRIPTION = "Nothing has changed since the answer whose `ETag` was sent as `If-None-Match`."


def add_common_responses(result, generator, request, public):
    """Postprocessing hook: add common headers to all responses, and the errors that every operation may answer."""
    headers = {
        name: {"description": description, "schema": {"type": "integer" if name == "Retry-After" else "string"}}
        for name, description in HEADER_DESCRIPTIONS.items()
    }
    problem = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    shared = {"304": {"description": NOT_MODIFIED_DESCRIPTION}}
    shared |= {code: {"content": problem, "description": text} for code, text in ERROR_DESCRIPTIONS.items()}
    for methods in result["paths"].values():
        for method, operation in methods.items():
            is_public = method == "get" and "security" not in operation  # Personal responses have no ETag.
            common_codes = [*(["304"] if is_public else []), "401", "414", "429", "503"]
            responses = {code: shared[code] for code in common_codes} | operation["responses"]
            operation["responses"] = {
                code: {"$ref": f"#/components/responses/{get_response_name(code)}"}
                if responses[code] == shared.get(code)
                else add_header_refs(responses[code], get_header_names(code, responses[code]))
                for code in sorted(responses)
            }
    for response in shared.values():
        if "content" in response:
            response["content"] = response["content"] | OPERATION_OUTCOME
    shared_responses = {
        get_response_name(code): add_header_refs(response, get_header_names(code, response))
        for code, response in shared.items()
    }
    result["components"] |= {"headers": headers, "responses": shared_responses}
    return result


def get_response_name(code):
    """Return the name of the shared response of this status code, such as NotFound."""
    # Python has two phrases for 414.
    return "AddressTooLong" if code == "414" else HTTPStatus(int(code)).phrase.replace(" ", "")


def get_header_names(code, response):
    """Return the names of the headers of a response, by its status code and media types."""
    if code in ("304", "503"):
        return ["X-KB-Version", "ETag" if code == "304" else "Retry-After"]
    if code in ("200", "201"):  # What all of them have is told once, in the description of the API.
        names = []
    else:
        names = [*COMMON_HEADERS, *{"401": ["WWW-Authenticate"], "429": ["Retry-After"]}.get(code, [])]
    media_types = response.get("content", {}).keys()
    if "application/octet-stream" in media_types:
        names = [*names, "Content-Disposition"]
    return names


def add_header_refs(response, names):
    """Return a response with references to these headers, besides those that it declares itself."""
    refs = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    headers = refs | response.get("headers", {})
    return response | ({"headers": headers} if headers else {})


def mark_deprecated(result, generator, request, public):
    """Postprocessing hook: mark everything in `DEPRECATIONS`, with the day of its end and its replacement.

    Raise ImproperlyConfigured for a deprecation of something that does not exist, unless its day is over.
    """
    for deprecated in deprecation.DEPRECATIONS:
        if not (nodes := [*find_deprecated_nodes(deprecated, result)]) and not deprecated.is_past_sunset:
            raise ImproperlyConfigured(f"{deprecated} is said to be deprecated, but is not there.")
        for node in nodes:
            node["description"] = f"{node.get('description', '')}\n\n**{deprecated.notice}**".strip()
            if not deprecated.value:
                node["deprecated"] = True
    return result


def find_deprecated_nodes(deprecated, result):
    """Yield the nodes of the document that describe a deprecated operation, parameter or field."""
    for operation in iter_operations(result, deprecated.resource):
        if deprecated.parameter:
            yield from (node for node in operation.get("parameters", ()) if node["name"] == deprecated.parameter)
        elif deprecated.field:
            yield from find_field_schemas(deprecated.field, operation, result["components"]["schemas"])
        else:
            yield operation


def find_field_schemas(name, operation, schemas):
    """Yield the schemas of a field in the records that an operation answers, except those that are marked already."""
    for media_type in operation["responses"].get("200", {}).get("content", {}).values():
        schema = resolve_ref(media_type["schema"], schemas)
        listed = schema.get("properties", {}).get("results", {}).get("items")
        field = resolve_ref(listed or media_type["schema"], schemas).get("properties", {}).get(name)
        if field is not None and not field.get("deprecated"):
            yield field


def resolve_ref(schema, schemas):
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def iter_operations(result, resource=None):
    """Yield the operations of the API, or those of one resource."""
    for path, methods in result["paths"].items():
        match = deprecation.RESOURCE_PATH_PATTERN.match(path)
        if resource is None or (match and match[1] == resource):
            yield from methods.values()
