"""What is not understood is refused."""

from django_filters import rest_framework as filters

from kb.api.exceptions import BadParameters
from kb.filters.fields import ValuesFilter
from kb.search.slug_lookup import MOST_TOLD
from kb.utils.fuzzy import nearest

SHAPE = {
    "fields": "Only these fields, separated by commas. Red flags stay, whatever is asked.",
    "omit": "All fields but these, separated by commas. Red flags stay, whatever is asked.",
}
EVERYWHERE = {"format"}  # Read before anything else: which format the answer is given in.


def refuse_unknown(request, known, once=()):
    """A parameter that does not exist, is empty or stands too often is an error, never a longer list."""
    errors, known, once = [], {*known, *EVERYWHERE}, {*once, *EVERYWHERE}
    unknown = [name for name in request.query_params if name not in known]
    for name in unknown[:MOST_TOLD]:
        near = nearest(name, known)
        hint = f"Did you mean “{near}”?" if near else f"There are: {', '.join(sorted(known))}."
        words = f"There is no parameter “{name[:40]}” here. {hint}"
        errors.append({"parameter": name[:40], "detail": words, "nearest": near})
    if more := unknown[MOST_TOLD:]:
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
        raise BadParameters(errors)


def faults(parameter, errors):
    """What is wrong with the values of a parameter, as a problem tells it."""
    return [
        {"parameter": parameter, "detail": f"{parameter}: {message}", "nearest": (error.params or {}).get("nearest")}
        for error in errors
        for message in error.messages
    ]


def refuse_wrong(form):
    """A value that is not understood is an error, with the nearest that would be."""
    if not form.is_valid():
        raise BadParameters([fault for found in form.errors.as_data().items() for fault in faults(*found)])


class StrictFilterBackend(filters.DjangoFilterBackend):
    """Filters a list, refuses what it does not understand, and tells the view what was asked about."""

    def filter_queryset(self, request, queryset, view):
        filterset = self.get_filterset(request, queryset, view)
        once = {name for name, found in filterset.filters.items() if not isinstance(found, ValuesFilter)}
        once |= {*view.paginator.parameters}
        refuse_unknown(request, {*filterset.filters, *once, *SHAPE}, once)
        refuse_wrong(filterset.form)
        narrowed = filterset.qs
        view.asked = filterset.asked
        return narrowed
