"""What is not understood is refused."""

from django_filters import rest_framework as filters

from kb.errors import BadParameters
from kb.filters.kinds import ValuesFilter
from kb.names import nearest

SHAPE = {
    "fields": "Only these fields, separated by commas. Red flags stay, whatever is asked.",
    "omit": "All fields but these, separated by commas. Red flags stay, whatever is asked.",
}
EVERYWHERE = {"format"}  # Read before anything else: which format the answer is given in.


def refuse_unknown(request, known, once=()):
    """A parameter that does not exist, is empty or stands too often is an error, never a longer list."""
    errors, known, once = [], {*known, *EVERYWHERE}, {*once, *EVERYWHERE}
    for name, values in request.query_params.lists():
        if name not in known:
            near = nearest(name, known)
            hint = f"Did you mean “{near}”?" if near else f"There are: {', '.join(sorted(known))}."
            errors.append(
                {"parameter": name, "detail": f"There is no parameter “{name}” here. {hint}", "nearest": near}
            )
        elif not all(value.strip() for value in values):
            errors.append(
                {"parameter": name, "detail": f"“{name}” is empty: give a value or leave it out.", "nearest": None}
            )
        elif any("\0" in value for value in values):
            errors.append({"parameter": name, "detail": f"“{name}” holds a NUL character.", "nearest": None})
        elif name in once and len(values) > 1:
            errors.append({"parameter": name, "detail": f"“{name}” can be given only once.", "nearest": None})
    if errors:
        raise BadParameters(errors)


def refuse_wrong(form):
    """A value that is not understood is an error, with the nearest that would be."""
    if not form.is_valid():
        raise BadParameters(
            [
                {"parameter": name, "detail": f"{name}: {message}", "nearest": (error.params or {}).get("nearest")}
                for name, errors in form.errors.as_data().items()
                for error in errors
                for message in error.messages
            ]
        )


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
