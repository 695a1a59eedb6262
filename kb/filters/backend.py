"""What is not understood is refused."""

from django_filters import rest_framework as filters

from kb.api.exceptions import InvalidParameters
from kb.filters.fields import MultiValueFilter
from kb.search.slug_lookup import MAX_REPORTED_VALUES
from kb.utils.fuzzy import closest_match

SPARSE_FIELD_PARAMS = {
    "fields": "Only these fields, separated by commas. Red flags stay, whatever is asked.",
    "omit": "All fields but these, separated by commas. Red flags stay, whatever is asked.",
}
GLOBAL_PARAMS = {"format"}  # Read before anything else: which format the answer is given in.


def reject_unknown_params(request, known, once=()):
    """A parameter that does not exist, is empty or stands too often is an error, never a longer list."""
    errors, known, once = [], {*known, *GLOBAL_PARAMS}, {*once, *GLOBAL_PARAMS}
    unknown = [name for name in request.query_params if name not in known]
    for name in unknown[:MAX_REPORTED_VALUES]:
        near = closest_match(name, known)
        hint = f"Did you mean “{near}”?" if near else f"There are: {', '.join(sorted(known))}."
        words = f"There is no parameter “{name[:40]}” here. {hint}"
        errors.append({"parameter": name[:40], "detail": words, "nearest": near})
    if more := unknown[MAX_REPORTED_VALUES:]:
        errors.append({"detail": f"… and {len(more)} more parameters that do not exist.", "nearest": None})
    for name, values in request.query_params.lists():
        if name not in known:
            continue
        if not all(value.strip() for value in values):
            errors.append(
                {"parameter": name, "detail": f"“{name}” is empty: give a value or leave it out.", "nearest": None}
            )
        elif any("\0" in value for value in values):
            errors.append({"parameter": name, "detail": f"“{name}” holds a NUL character.", "nearest": None})
        elif name in once and len(values) > 1:
            errors.append({"parameter": name, "detail": f"“{name}” can be given only once.", "nearest": None})
    if errors:
        raise InvalidParameters(errors)


def build_param_errors(parameter, errors):
    """What is wrong with the values of a parameter, as a problem tells it."""
    return [
        {"parameter": parameter, "detail": f"{parameter}: {message}", "nearest": (error.params or {}).get("nearest")}
        for error in errors
        for message in error.messages
    ]


def reject_invalid_form(form):
    """A value that is not understood is an error, with the nearest that would be."""
    if not form.is_valid():
        raise InvalidParameters(
            [fault for found in form.errors.as_data().items() for fault in build_param_errors(*found)]
        )


class StrictFilterBackend(filters.DjangoFilterBackend):
    """Filters a list, refuses what it does not understand, and tells the view what was asked about."""

    def filter_queryset(self, request, queryset, view):
        filterset = self.get_filterset(request, queryset, view)
        once = {name for name, found in filterset.filters.items() if not isinstance(found, MultiValueFilter)}
        once |= {*view.paginator.parameters}
        reject_unknown_params(request, {*filterset.filters, *once, *SPARSE_FIELD_PARAMS}, once)
        reject_invalid_form(filterset.form)
        narrowed = filterset.qs
        view.filter_context = filterset.filter_context
        return narrowed
