"""OpenAPI of parameters: in the order in which people ask, each with the values that may stand in it."""

from kb.models import resource_name

DATE_TIME_SCHEMA, DATE_SCHEMA = ({"type": "string", "format": form} for form in ("date-time", "date"))
# What people ask with comes first, in the order of the model; these narrow further, or say how the answer looks.
TRAILING_PARAMETERS = (
    "treatment_class population scope certainty name code within search source slug id exact updated_since".split()
)
TRAILING_PARAMETERS += "ordering fields omit page page_size cursor format".split()


def parameter_sort_key(parameter):
    """Where a parameter stands: what is in the path, what must be given, the records and words that are asked about."""
    name, shape = parameter["name"], parameter["schema"]
    if parameter["in"] == "path":
        return "path", False, 0
    place = (
        TRAILING_PARAMETERS.index(name) + 2
        if name in TRAILING_PARAMETERS
        else "x-records" not in shape.get("items", shape)
    )
    return parameter["in"], not parameter.get("required"), place


def annotate_record_models(shape, models):
    """Say of which records a value is the slug, so that a form can offer them; the values stay open for new ones."""
    if models:
        shape.get("items", shape)["x-records"] = [resource_name(model) for model in models]
    return shape


def allow_dates_for_datetimes(result, generator, request, public):
    """Where a moment is asked for, a day stands for its beginning."""
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        for parameter in operation.get("parameters", []):
            if parameter["schema"] == DATE_TIME_SCHEMA:
                parameter["schema"] = {"anyOf": [DATE_TIME_SCHEMA, DATE_SCHEMA]}
                parameter["description"] += " A day stands for its beginning."
    return result
