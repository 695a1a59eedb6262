"""What OpenAPI says beside the answers themselves: which version they are of, how often one may ask, what will go."""

from http import HTTPStatus

from django.core.exceptions import ImproperlyConfigured

from kb.api import deprecation as deprecations
from kb.api.exceptions import CONTENT_TYPE
from kb.openapi.auto_schema import PROBLEM_DESCRIPTIONS

HEADER_DESCRIPTIONS = {
    "X-KB-Version": "The version of the data that the answer is made of; an answer that is of a release tells its own.",
    "ETag": "What this answer is known by: sent back as `If-None-Match`, it is answered with 304 while nothing has "
    "changed.",
    "RateLimit-Policy": 'How many requests are allowed in how many seconds: `"anonymous";q=600;w=60`.',
    "RateLimit": 'How many requests are left, and for how many seconds that holds: `"anonymous";r=599;t=60`.',
    "Retry-After": "In how many seconds to ask again.",
    "WWW-Authenticate": "`Bearer`: that is how a token is sent.",
    "Link": 'In CSV and NDJSON, the red flags of what was asked about: `<…>; rel="related"; title="Red flag"`.',
    "Content-Disposition": "The name under which to keep a file: `side-effects.csv`.",
}
COMMON_HEADERS = ["X-KB-Version", "RateLimit-Policy", "RateLimit"]
STREAMED_MEDIA_TYPES = {"text/csv", "application/x-ndjson"}  # In which a list comes as one file.
ERROR_DESCRIPTIONS = {
    "400": PROBLEM_DESCRIPTIONS[400],
    "401": "The token is unknown, revoked or expired; none is needed to read.",
    "404": PROBLEM_DESCRIPTIONS[404],
    "406": PROBLEM_DESCRIPTIONS[406],
    "410": PROBLEM_DESCRIPTIONS[410],
    "429": "These are more requests than are allowed; a token with the scope `read` allows more.",
    "503": "The data are being changed, and no answer would be of one version: ask again soon.",
}
NOT_MODIFIED_DESCRIPTION = "Nothing has changed since the answer whose `ETag` was sent as `If-None-Match`."


def add_common_responses(result, generator, request, public):
    """What holds of every operation: its headers, that it may be asked too often, that nothing may have changed."""
    shapes = {name: {"type": "integer" if name == "Retry-After" else "string"} for name in HEADER_DESCRIPTIONS}
    fields = {name: {"description": words, "schema": shapes[name]} for name, words in HEADER_DESCRIPTIONS.items()}
    problem = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    shared = {code: {"content": problem, "description": words} for code, words in ERROR_DESCRIPTIONS.items()}
    shared = {"304": {"description": NOT_MODIFIED_DESCRIPTION}} | shared
    for methods in result["paths"].values():
        for method, operation in methods.items():
            public = method == "get" and "security" not in operation  # What is one's own, nobody is to keep.
            always = [*(["304", "503"] if public else []), "401", "429"]
            answers = {code: shared[code] for code in always} | operation["responses"]
            operation["responses"] = {
                code: {"$ref": f"#/components/responses/{get_response_name(code)}"}
                if answers[code] == shared.get(code)
                else add_header_refs(answers[code], get_header_names(code, answers[code], public))
                for code in sorted(answers)
            }
    told = {
        get_response_name(code): add_header_refs(answer, get_header_names(code, answer, True))
        for code, answer in shared.items()
    }
    result["components"] |= {"headers": fields, "responses": told}
    return result


def get_response_name(code):
    """By what name an answer of this status is shared."""
    return HTTPStatus(int(code)).phrase.replace(" ", "")


def get_header_names(code, answer, public):
    """Which headers an answer has: counted, kept, refused, or a file."""
    if code in ("304", "503"):
        return ["X-KB-Version", "ETag" if code == "304" else "Retry-After"]
    more = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "200": ["ETag"] if public else []}.get(code, [])
    formats = answer.get("content", {}).keys()
    if formats & STREAMED_MEDIA_TYPES:
        more = [*more, "Link", "Content-Disposition"]
    if "application/octet-stream" in formats:
        more = [*more, "Content-Disposition"]
    return [*COMMON_HEADERS, *more]


def add_header_refs(answer, names):
    """An answer with these headers beside those that it tells itself."""
    told = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return answer | {"headers": told | answer.get("headers", {})}


def mark_deprecated(result, generator, request, public):
    """What will go is marked, with the day on which it goes and what to use instead."""
    for found in deprecations.DEPRECATIONS:
        if not (marked := [*find_deprecated_nodes(found, result)]) and not found.over:
            raise ImproperlyConfigured(f"{found} is said to be deprecated, but is not there.")
        for place in marked:
            place["description"] = f"{place.get('description', '')}\n\n**{found.notice}**".strip()
            if not found.value:
                place["deprecated"] = True
    return result


def find_deprecated_nodes(found, result):
    """Where something that will go stands in the description."""
    for operation in iter_operations(result, found.resource):
        if found.parameter:
            yield from (shape for shape in operation.get("parameters", ()) if shape["name"] == found.parameter)
        elif found.field:
            yield from find_field_schemas(found.field, operation, result["components"]["schemas"])
        else:
            yield operation


def find_field_schemas(name, operation, schemas):
    """A field of the records that an operation answers, where it is not marked yet."""
    for media in operation["responses"].get("200", {}).get("content", {}).values():
        shape = resolve_ref(media["schema"], schemas)
        listed = shape.get("properties", {}).get("results", {}).get("items")
        shape = resolve_ref(listed or media["schema"], schemas).get("properties", {}).get(name)
        if shape is not None and not shape.get("deprecated"):
            yield shape


def resolve_ref(shape, schemas):
    return schemas[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape


def iter_operations(result, resource=None):
    """The operations of the API, or those of one resource."""
    for path, methods in result["paths"].items():
        place = deprecations.RESOURCE_PATH_PATTERN.match(path)
        if resource is None or (place and place[1] == resource):
            yield from methods.values()
