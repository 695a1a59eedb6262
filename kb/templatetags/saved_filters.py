"""What the pages of the desk need besides what Django gives them."""

from django import template
from django.contrib import admin

from kb.dashboard.saved_filters import saved_by

register = template.Library()


@register.simple_tag(takes_context=True)
def lists_kept_here(context):
    """The saved lists of whoever looks at a list, of this kind of record."""
    request = context["request"]
    return saved_by(admin.site, request, path=request.path)
