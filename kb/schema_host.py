"""What OpenAPI says beside the answers themselves: how often one may ask, and what will go."""

from django.core.exceptions import ImproperlyConfigured

from kb import deprecations
from kb.errors import CONTENT_TYPE

FIELDS = {
    "RateLimit-Policy": {
        "description": 'How many requests are allowed in how many seconds: `"anonymous";q=600;w=60`.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'How many requests are left, and for how many seconds that holds: `"anonymous";r=599;t=60`.',
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "In how many seconds to ask again.", "schema": {"type": "integer"}},
}
REFUSED = {
    "401": "The token is unknown, revoked or expired; none is needed to read.",
    "429": "These are more requests than are allowed; a token with the scope `read` allows more.",
}


def say_limits(result, generator, request, public):
    """Every operation may be asked too often, and says how often is not; a read takes a token, and no wrong one."""
    result["components"]["headers"] = FIELDS
    problem = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operation in operations(result):
        answers = operation["responses"]
        for code, words in REFUSED.items():
            answers.setdefault(code, {"content": problem, "description": words})
        operation["responses"] = dict(sorted(answers.items()))
        for code, answer in answers.items():
            if code < "300" or code == "429":
                names = FIELDS if code == "429" else [name for name in FIELDS if name.startswith("RateLimit")]
                answer.setdefault("headers", {}).update({n: {"$ref": f"#/components/headers/{n}"} for n in names})
    return result


def mark_deprecated(result, generator, request, public):
    """What will go is marked, with the day on which it goes and what to use instead."""
    for found in deprecations.DEPRECATIONS:
        if not (marked := [*places(found, result)]) and not found.over:
            raise ImproperlyConfigured(f"{found} is said to be deprecated, but is not there.")
        for place in marked:
            place["description"] = f"{place.get('description', '')}\n\n**{found.words}**".strip()
            if not found.value:
                place["deprecated"] = True
    return result


def places(found, result):
    """Where something that will go stands in the description."""
    for operation in operations(result, found.resource):
        if found.parameter:
            yield from (shape for shape in operation.get("parameters", ()) if shape["name"] == found.parameter)
        elif found.field:
            yield from fields(found.field, operation, result["components"]["schemas"])
        else:
            yield operation


def fields(name, operation, schemas):
    """A field of the records that an operation answers, where it is not marked yet."""
    for media in operation["responses"].get("200", {}).get("content", {}).values():
        shape = resolved(media["schema"], schemas)
        listed = shape.get("properties", {}).get("results", {}).get("items")
        shape = resolved(listed or media["schema"], schemas).get("properties", {}).get(name)
        if shape is not None and not shape.get("deprecated"):
            yield shape


def resolved(shape, schemas):
    return schemas[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape


def operations(result, resource=None):
    """The operations of the API, or those of one resource."""
    for path, methods in result["paths"].items():
        place = deprecations.PLACE.match(path)
        if resource is None or (place and place[1] == resource):
            yield from methods.values()
