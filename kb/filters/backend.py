"""Strict parsing of query parameters: unknown parameters and wrong values are errors; the filter backend of lists."""

from django.db.models import TextChoices
from django_filters import rest_framework as filters

from kb.api.exceptions import InvalidParameters
from kb.filters.fields import MultiValueFilter
from kb.filters.modifiers import EXCLUSION_MARK
from kb.search.slug_lookup import MAX_REPORTED_VALUES
from kb.utils.fuzzy import closest_match

SPARSE_FIELD_PARAMS = {
    "fields": "Only these fields, separated by commas. Red flags stay, whatever is asked.",
    "omit": "All fields but these, separated by commas. Red flags stay, whatever is asked.",
}
BYTE_ORDER_MARK_PARAM = "bom"  # Of lists as CSV.
BYTE_ORDER_MARK_VALUE = "1"
COUNT_PARAMS = {
    "facets": "How many records there are of each value of these parameters, such as treatment,frequency.",
    "count": "As `facets`, without the records: all values, in pages or as one file.",
}
SHAPE_PARAM = "shape"
SHAPE_HELP_TEXT = (
    "`brief` answers a `Brief`: the sentences with their places, 16 kB at most; red flags are never left out."
)


class Shape(TextChoices):
    """How much of an answer is given."""

    FULL = "full", "All of it"
    BRIEF = "brief", "Its sentences with their places, 16 kB at most"


COMMA_SEPARATED_PARAMS = {"ordering", *SPARSE_FIELD_PARAMS, *COUNT_PARAMS}
# Our parameters, the likeliest first, and what other APIs and people call them.
OTHER_NAMES = {
    "page_size": "limit per_page perpage pagesize size top _count",
    "page": "offset skip start page_number",
    "ordering": "sort sort_by order order_by _sort",
    "search": "q query term text keyword keywords _content",
    "q": "search query term text keyword keywords",
    "fields": "select only columns include _elements",
    "omit": "exclude without",
    "updated_since": "since modified_since updated_after _lastupdated",
    "since": "updated_since modified_since updated_after _lastupdated",
    "format": "output mime _format",
    "facets": "facet group_by groupby aggregate aggregations buckets",
    "count": "counts group",
    "dated_after": "since date_from from_date published_after",
    "dated_before": "date_to to_date published_before",
    "taking": "drug drugs med meds medicine medicines medication medications",
    "treatment": "drug drugs med meds medicine medicines medication medications therapy",
    "name": "drug drugs medicine medicines medication medications",
    "symptom": "side_effect adverse_event reaction complaint condition",
    "causes": "side_effect adverse_event reaction",
    "cancer": "disease diagnosis tumour tumor",
    "investigation": "test scan",
    "code": "atc rxnorm curie identifier",
    "from": "begin subject",
    "to": "end target object",
    "within": "parent ancestor class",
    "treatment_class": "parent ancestor class",
}
UNLIKE_ANY = {"count", "duration_min", "onset_min", "benefit_min"}  # Where they are unknown, no other means the same.
GLOBAL_PARAMS = {"format"}  # Of every view: the content negotiation reads it before the view runs.


def reject_unknown_params(request, known, single_names=()):
    """Raise InvalidParameters for parameters that are unknown, empty, or repeated although in `single_names`.

    An unknown parameter names the nearest of those that are known, so that a misspelt filter never gives a longer list.
    """
    errors, known, single_names = [], {*known, *GLOBAL_PARAMS}, {*single_names, *GLOBAL_PARAMS}
    unknown = [name for name in request.query_params if name not in known]
    for name in unknown[:MAX_REPORTED_VALUES]:
        nearest = find_nearest_parameter(name, known)
        listed = sorted(other for other in known if not other.endswith(EXCLUSION_MARK))
        hint = f"Did you mean “{nearest}”?" if nearest else f"There are: {', '.join(listed)}."
        message = f"There is no parameter “{name[:40]}” here. {hint}"
        errors.append({"parameter": name[:40], "detail": message, "nearest": nearest})
    if more := unknown[MAX_REPORTED_VALUES:]:
        errors.append({"detail": f"… and {len(more)} more parameters that do not exist.", "nearest": None})
    for name, values in request.query_params.lists():
        if name not in known:
            continue
        if not all(part.strip() for value in values for part in split_values(name, value)):
            errors.append(
                {"parameter": name, "detail": f"“{name}” is empty: give a value or leave it out.", "nearest": None}
            )
        elif any("\0" in value for value in values):
            errors.append({"parameter": name, "detail": f"“{name}” holds a NUL character.", "nearest": None})
        elif name in single_names and len(values) > 1:
            errors.append({"parameter": name, "detail": f"“{name}” can be given only once.", "nearest": None})
    if errors:
        raise InvalidParameters(errors)


def split_values(name, value):
    """Return the values that stand in one parameter, with commas between them where it takes several so."""
    return value.split(",") if name in COMMA_SEPARATED_PARAMS else [value]


def find_nearest_parameter(name, known):
    """Return the known parameter that an unknown one means, by what others call it, else by its letters; or None."""
    folded = name.casefold()
    meant = [own for own, other_names in OTHER_NAMES.items() if folded in other_names.split()]
    if meant or folded in UNLIKE_ANY:
        return next((own for own in meant if own in known), None)
    return closest_match(name, known)


def build_param_errors(parameter, errors):
    """Return validation errors of one parameter as the `errors` of a problem document."""
    return [
        {"parameter": parameter, "detail": f"{parameter}: {message}", "nearest": (error.params or {}).get("nearest")}
        for error in errors
        for message in error.messages
    ]


def reject_invalid_form(form):
    """Raise InvalidParameters with every error of a form, each under the name of its parameter."""
    if not form.is_valid():
        raise InvalidParameters(
            [
                error
                for name, errors in form.errors.as_data().items()
                for error in build_param_errors(form.add_prefix(name), errors)
            ]
        )


def reject_misplaced_mark(request):
    """Raise InvalidParameters if a byte order mark is asked for wrongly, or in a format that has none."""
    value = request.query_params.get(BYTE_ORDER_MARK_PARAM, BYTE_ORDER_MARK_VALUE)
    if value != BYTE_ORDER_MARK_VALUE:
        detail = f"“{value:.40}” is no value of “bom”: write bom=1, or leave it out."
        raise InvalidParameters([{"parameter": BYTE_ORDER_MARK_PARAM, "detail": detail, "nearest": "1"}])
    if BYTE_ORDER_MARK_PARAM in request.query_params and get_requested_format(request) != "csv":
        detail = "“bom”: only CSV begins with a byte order mark: ask for format=csv, or leave it out."
        raise InvalidParameters([{"parameter": BYTE_ORDER_MARK_PARAM, "detail": detail, "nearest": None}])


def get_requested_format(request):
    """Return the format that a request of the API was found to ask for; None for a page."""
    renderer = getattr(request, "accepted_renderer", None)
    return renderer and renderer.format


class StrictFilterBackend(filters.DjangoFilterBackend):
    """Filters a list, refuses what it does not understand, and gives the view the context of the answer."""

    def get_filterset_kwargs(self, request, queryset, view):
        return super().get_filterset_kwargs(request, queryset, view) | {"hierarchies": view.answer_context.hierarchies}

    def filter_queryset(self, request, queryset, view):
        filterset = self.get_filterset(request, queryset, view)
        params = filterset.params
        single_names = {name for name in params if not isinstance(params[name], MultiValueFilter)}
        single_names |= {f"{name}{EXCLUSION_MARK}" for name in single_names} & filterset.param_names
        single_names |= {*view.paginator.parameters, SHAPE_PARAM, BYTE_ORDER_MARK_PARAM}
        known = {*filterset.param_names, *single_names, *SPARSE_FIELD_PARAMS, *COUNT_PARAMS}
        reject_unknown_params(request, known, single_names)
        reject_misplaced_mark(request)
        reject_invalid_form(filterset.form)
        view.filterset, view.answer_context = filterset, filterset.build_answer_context()
        return filterset.qs
