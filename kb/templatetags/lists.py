"""Template tags of the pages of lists: the addresses that narrow and sort a list."""

from dataclasses import dataclass

from django import template

from kb.filters import COUNT_ORDERINGS, EXCLUSION_MARK
from kb.renderers.qualifiers import humanize_value

register = template.Library()
PAGE_PARAMS = ("page", "page_size", "cursor")  # They go where a list becomes another.
SHAPING_PARAMS = {*PAGE_PARAMS, "ordering", "facets", "count"}  # They narrow nothing.
ORDERING_LABELS = {
    "slug": "by address",
    "name": "by name",
    "-updated_at": "last changed first",
}


@dataclass(frozen=True)
class Narrowing:
    """A value by which a list is narrowed, and the address of the list without it."""

    label: str
    value: str
    url: str
    is_exclusion: bool


@dataclass(frozen=True)
class Ordering:
    """An order that a list may have, and the address of the list in it."""

    label: str
    url: str
    is_current: bool


def build_url(request, params):
    """Return the address of this list with other parameters."""
    for name in PAGE_PARAMS:
        params.pop(name, None)
    return f"{request.path}?{params.urlencode()}" if params else request.path


@register.simple_tag(takes_context=True)
def narrow_url(context, name, value):
    """Return the address of this list, its records narrowed to a value of a parameter."""
    params = context["request"].GET.copy()
    params.setlist(name, [value])
    for shaping in ("facets", "count", "ordering" if "count" in params else "facets"):
        params.pop(shaping, None)
    return build_url(context["request"], params)


@register.simple_tag(takes_context=True)
def list_url(context):
    """Return the address of the records of this list, where the page shows their counts."""
    params = context["request"].GET.copy()
    for name in ("count", "ordering"):
        params.pop(name, None)
    return build_url(context["request"], params)


@register.simple_tag(takes_context=True)
def narrowing_values(context):
    """Return the values by which this list is narrowed."""
    request = context["request"]
    narrowing = []
    for name, values in request.GET.lists():
        for value in values if name not in SHAPING_PARAMS else ():
            params = request.GET.copy()
            params.setlist(name, [other for other in values if other != value])
            if not params.getlist(name):
                del params[name]
            label = humanize_value(name.removesuffix(EXCLUSION_MARK))
            narrowing.append(Narrowing(label, value, build_url(request, params), name.endswith(EXCLUSION_MARK)))
    return narrowing


@register.simple_tag(takes_context=True)
def list_orderings(context):
    """Return the orders that this list may have."""
    request, view = context["request"], context["view"]
    offered = [ordering for ordering, _ in view.filterset.params["ordering"].extra["choices"]]
    current = request.GET.get("ordering")
    orderings = []
    for ordering in (name for name in ORDERING_LABELS if name in offered and name.lstrip("-") not in COUNT_ORDERINGS):
        params = request.GET.copy()
        params["ordering"] = ordering
        orderings.append(Ordering(ORDERING_LABELS[ordering], build_url(request, params), ordering == current))
    return orderings
