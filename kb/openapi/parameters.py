"""OpenAPI parameters: their order, the slugs they accept, and date as an alternative to date-time."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from kb.filters import SHAPE_HELP_TEXT, SHAPE_PARAM, SPARSE_FIELD_PARAMS, Shape
from kb.models import resource_name

DATE_TIME_SCHEMA, DATE_SCHEMA = ({"type": "string", "format": form} for form in ("date-time", "date"))
# These come after the other parameters, which stand in the order of the model: they narrow further or set the format.
TRAILING_PARAMETERS = "treatment_class treatment_kind member_kind population scope certainty name code within".split()
TRAILING_PARAMETERS += "search source dated_after dated_before slug id exact updated_since exclusions".split()
TRAILING_PARAMETERS += "facets count ordering fields omit shape page page_size cursor format bom".split()


def parameter_sort_key(parameter):
    """Order parameters: path before query, required before optional, those that name records before others."""
    name, schema = parameter["name"], parameter["schema"]
    if parameter["in"] == "path":
        return "path", False, 0
    rank = (
        TRAILING_PARAMETERS.index(name) + 2
        if name in TRAILING_PARAMETERS
        else "x-records" not in schema.get("items", schema)
    )
    return parameter["in"], not parameter.get("required"), rank


def annotate_record_models(schema, models):
    """Add `x-records` to the schema of a parameter that takes slugs: the resources to which they belong.

    A form can offer the slugs of these records; the schema itself accepts any, since new records appear.
    """
    if models:
        schema.get("items", schema)["x-records"] = [resource_name(model) for model in models]
    return schema


def build_parameters(parameters):
    """Return parameters that are described in words of OpenAPI, for drf-spectacular."""
    return [OpenApiParameter(each["name"], each["schema"], description=each["description"]) for each in parameters]


def build_shape_parameters(view):
    """Return the parameters that ask for a part of an answer, for drf-spectacular.

    The brief form, which all answers have, is described with one: a second type of each would spoil the clients' types.
    """
    texts = dict(SPARSE_FIELD_PARAMS)
    if getattr(view, "describes_brief_form", False):
        texts[SHAPE_PARAM] = SHAPE_HELP_TEXT
    names = [name for name in texts if name in getattr(view, "shape_parameters", ())]
    choices = {SHAPE_PARAM: Shape.values}
    return [
        OpenApiParameter(
            name, str, enum=choices.get(name), description=texts[name], examples=build_parameter_examples(view, name)
        )
        for name in names
    ]


def build_parameter_examples(view, name):
    """Return the example of a parameter of a view, for drf-spectacular; none if its example does without."""
    example = getattr(view, "example", {})
    return [OpenApiExample("for example", value=example[name])] if name in example else []


def allow_dates_for_datetimes(result, generator, request, public):
    """Postprocessing hook: let every parameter of type `date-time` take a date as well."""
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        for parameter in operation.get("parameters", []):
            if parameter["schema"] == DATE_TIME_SCHEMA:
                parameter["schema"] = {"anyOf": [DATE_TIME_SCHEMA, DATE_SCHEMA]}
                parameter["description"] += " A day stands for its beginning."
    return result
