"""The answers of the API as pages for people: the same views under /explore/, in HTML."""

from django.http import HttpResponseRedirect, QueryDict
from django.urls import URLPattern, URLResolver
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.response import Response

from kb.api.throttling import PageThrottle
from kb.models import Entry, Record, Source, Statement

TEMPLATE_NAMES = {Source: "source", Entry: "entry", Statement: "statement"}


class HtmlPageRenderer(TemplateHTMLRenderer):
    """Shows an answer of the API as a page: a record has that of its kind, anything else one of its own name."""

    needs_all_fields = True

    def get_template_names(self, response, view):
        model = getattr(view.queryset, "model", None)
        if model is None or not issubclass(model, Record):
            return [f"explore/{view.request.resolver_match.url_name}.html"]
        page = next(name for kind, name in TEMPLATE_NAMES.items() if issubclass(model, kind))
        return [f"explore/{page if view.action == 'retrieve' else 'list'}.html"]

    def get_template_context(self, data, renderer_context):
        model = getattr(renderer_context["view"].queryset, "model", None)
        return {"answer": data, "model": model and model._meta, "means": model and model.__doc__}


class HtmlPageMixin:
    """What is looked at rather than asked by a program: it takes no token, and visits count by themselves."""

    authentication_classes = ()
    throttle_classes = (PageThrottle,)


class FormQueryPage(HtmlPageMixin):
    """A question on a page: its form until something is asked, and without what a form sends empty."""

    def get(self, request):
        asked = drop_empty_params(request.query_params)
        if asked != request.query_params:
            return HttpResponseRedirect(f"{request.path}?{asked.urlencode()}")
        if not asked and any(field.required for field in self.form_class.base_fields.values()):
            return Response({})
        return super().get(request)


class FullRecordPage(HtmlPageMixin):
    """Records on a page are shown whole, and in no other format."""

    def get_renderers(self):
        return [HtmlPageRenderer()]


def drop_empty_params(query):
    """A query without its empty values, since a form cannot leave a field out."""
    kept = QueryDict(mutable=True)
    for name, values in query.lists():
        if values := [value for value in values if value]:
            kept.setlist(name, values)
    return kept


def build_html_urls(patterns):
    """The same addresses once more, answered with pages; what is no answer, such as the API's description, has none."""
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += build_html_urls(pattern.url_patterns)
        elif issubclass(getattr(pattern.callback, "cls", object), GenericAPIView):
            found.append(URLPattern(pattern.pattern, as_html_view(pattern.callback), name=pattern.name))
    return found


def as_html_view(view):
    """A view of the API that answers with a page, and stands in no description of the API."""
    page, given = view.cls, view.initkwargs | {"renderer_classes": [HtmlPageRenderer], "schema": None}
    page = type(page.__name__, (FormQueryPage if hasattr(page, "form_class") else FullRecordPage, page), {})
    return page.as_view(*filter(None, [getattr(view, "actions", None)]), **given)
