"""Template tag of the changelists: the saved filters of the list that is shown."""

from django import template
from django.contrib import admin

from kb.dashboard.saved_filters import visible_saved_filters

register = template.Library()


@register.simple_tag(takes_context=True)
def saved_filters_here(context):
    """Return the user's saved filters of the changelist on this page."""
    request = context["request"]
    return visible_saved_filters(admin.site, request, path=request.path)
