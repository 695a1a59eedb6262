"""What the pages of the desk need besides what Django gives them."""

from django import template
from django.contrib import admin

from kb.dashboard.saved_filters import visible_saved_filters

register = template.Library()


@register.simple_tag(takes_context=True)
def saved_filters_here(context):
    """The saved lists of whoever looks at a list, of this kind of record."""
    request = context["request"]
    return visible_saved_filters(admin.site, request, path=request.path)
