"""Saved filters: changelists that a user saved under a name, with the views that save and delete them."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from kb.models import SavedFilter
from kb.validators import find_text_errors, fold_text

# Query parameters of one visit to a list, which are not saved with it.
TRANSIENT_PARAMS = {"p", "e", "_popup", "_to_field", "_changelist_filters"}
MAX_LENGTHS = {name: SavedFilter._meta.get_field(name).max_length for name in ("name", "query")}


def visible_changelist_urls(site, request):
    """Return the URL paths of all changelists of the admin site that the user may see."""
    urls = set()
    for model, model_admin in site._registry.items():
        if model_admin.has_view_permission(request):
            try:
                urls.add(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
            except NoReverseMatch:
                continue
    return urls


def visible_saved_filters(site, request, **only):
    """Return the user's saved filters of changelists that they may see; `only` narrows them, as in `filter()`."""
    saved_filters = SavedFilter.objects.filter(owner=request.user, **only)
    visible_urls = visible_changelist_urls(site, request)
    return [saved for saved in saved_filters if saved.path in visible_urls]


@require_POST
def save_filter(request, site):
    """Save a changelist with its query under a name; a filter of that list with the same name is replaced."""
    path, typed = request.POST.get("path"), fold_text(request.POST.get("name", ""), is_name=True).value
    name = " ".join(typed.split())
    if path not in visible_changelist_urls(site, request):
        raise BadRequest("Only a list of this desk can be saved.")
    pairs = parse_qsl(request.POST.get("query", ""), keep_blank_values=True)
    query = urlencode([(key, value) for key, value in pairs if key not in TRANSIENT_PARAMS])
    if not name or len(name) > MAX_LENGTHS["name"]:
        messages.error(request, f"Give the list a name of at most {MAX_LENGTHS['name']} characters.")
    elif errors := list(find_text_errors(SavedFilter._meta.get_field("name"), name)):
        messages.error(request, " ".join(errors))
    elif len(query) > MAX_LENGTHS["query"]:
        messages.error(request, "This list has too many filters to be saved.")
    else:
        SavedFilter.objects.update_or_create(owner=request.user, path=path, name=name, defaults={"query": query})
        messages.success(request, f"Saved as “{name}”: it stands here, and on the first page.")
    return HttpResponseRedirect(f"{path}?{query}" if query else path)


@require_POST
def delete_saved_filter(request, site, pk):
    """Delete one of the user's own saved filters."""
    saved = get_object_or_404(SavedFilter, pk=pk, owner=request.user)
    saved.delete()
    messages.success(request, f"“{saved.name}” is no longer kept.")
    return HttpResponseRedirect(
        saved.path if saved.path in visible_changelist_urls(site, request) else reverse("admin:index")
    )
