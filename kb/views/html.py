"""HTML pages under /explore/: the API views with an HTML renderer."""

from functools import cache

from django.conf import settings
from django.http import HttpResponseRedirect, QueryDict
from django.urls import URLPattern, URLResolver, reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.response import Response

from kb.accounts.two_factor import needs_verification
from kb.api.throttling import PageThrottle
from kb.filters import RedFlagFacet, StatedFacet
from kb.models import Entry, Record, Source, Statement, resource_name
from kb.permissions import WRITE, is_allowed
from kb.views.counts import MAX_FACETS

TEMPLATE_NAMES = {Source: "source", Entry: "entry", Statement: "statement"}

LAST_FACETS = ["population", "scope", "certainty", "source"]  # Of statements: what they are about comes before.


class HtmlPageRenderer(TemplateHTMLRenderer):
    """Renders an answer with a template: a record with that of its base class, a query with that of its URL name.

    A list has the template of its resource, if there is one.
    """

    needs_all_fields = True
    count_params = ("facets", "count")

    def get_template_names(self, response, view):
        model = getattr(view.queryset, "model", None)
        if model is None or not issubclass(model, Record):
            return [f"explore/{view.request.resolver_match.url_name}.html"]
        if view.action == "list" and "count" in view.request.query_params:
            return ["explore/counts.html"]
        if view.action == "list":
            return [f"explore/{resource_name(model)}-list.html", "explore/list.html"]
        template = next(name for base, name in TEMPLATE_NAMES.items() if issubclass(model, base))
        return [f"explore/{template}.html"]

    def get_template_context(self, data, renderer_context):
        view, response = renderer_context["view"], renderer_context["response"]
        model = getattr(view.queryset, "model", None)
        edit_url = build_edit_url(view, model)
        patch_vary_headers(response, ["Cookie"])
        if edit_url:
            patch_cache_control(response, private=True, no_store=True)
        shown = {"answer": data, "model": model and model._meta, "means": model and model.__doc__}
        return shown | {"edit_url": edit_url, "view": view}


def build_edit_url(view, model):
    """Return the address of the form of the record that a page shows; empty unless a signed-in editor asks for it.

    The session is read only where the browser sends one, so that a page is the same for everybody who is not signed in.
    """
    slug = view.kwargs.get("slug")
    if model is None or not slug or settings.SESSION_COOKIE_NAME not in view.request.COOKIES:
        return ""
    if not is_allowed(view.visitor, WRITE) or needs_verification(view.visitor):
        return ""
    key = model.objects.public().filter(slug=slug).values_list("pk", flat=True).first()
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key]) if key else ""


class HtmlPageMixin:
    """A page for people: it takes no token, and its visits are counted apart from the requests of programs."""

    authentication_classes = ()
    throttle_classes = (PageThrottle,)
    visitor = None  # Who is signed in to the admin; not read unless a page wants to know.

    def initialize_request(self, request, *args, **kwargs):
        self.visitor = getattr(request, "user", None)  # REST framework puts an anonymous user in its place.
        return super().initialize_request(request, *args, **kwargs)


class FormQueryPage(HtmlPageMixin):
    """A query as a page: an empty form without parameters; a redirect drops the empty ones that a form sends."""

    def get(self, request):
        params = drop_empty_params(request.query_params)
        if params != request.query_params:
            return HttpResponseRedirect(f"{request.path}?{params.urlencode()}")
        if not params and any(field.required for field in self.form_class.base_fields.values()):
            return Response({})
        return super().get(request)


class FullRecordPage(HtmlPageMixin):
    """Records as a page: always with all their fields, and in no other format."""

    def get_renderers(self):
        return [HtmlPageRenderer()]

    def find_default_facets(self):
        """Return the facets by which a reader may narrow the list: those that the request does not use already."""
        own = [field.name for field in self.queryset.model._meta.fields if field.name not in LAST_FACETS]
        own += [name for name, facet in self.facets.items() if isinstance(facet, StatedFacet | RedFlagFacet)]
        names = [name for name in [*own, *LAST_FACETS] if name in self.facets and name not in self.request.query_params]
        return [self.facets[name] for name in names[:MAX_FACETS]]


def drop_empty_params(query):
    """Return a query without its empty values, since a form cannot leave a field out."""
    params = QueryDict(mutable=True)
    for name, values in query.lists():
        if values := [value for value in values if value]:
            params.setlist(name, values)
    return params


def build_html_urls(patterns):
    """Return the URL patterns of the API once more, with pages in place of its views.

    Only generic views have a page: those of the API root, its description and its documentation have none.
    """
    pages = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            pages += build_html_urls(pattern.url_patterns)
        elif issubclass(getattr(pattern.callback, "cls", object), GenericAPIView):
            pages.append(URLPattern(pattern.pattern, as_html_view(pattern.callback), name=pattern.name))
    return pages


def as_html_view(view):
    """Return the view of a page that shows what a view of the API answers; OpenAPI does not describe it.

    Called while the URLs are being built, once for each: never for a request.
    """
    options = view.initkwargs | {"renderer_classes": [HtmlPageRenderer], "schema": None}
    actions = [view.actions] if getattr(view, "actions", None) else []  # A view set maps methods to actions.
    return build_page_class(view.cls).as_view(*actions, **options)


@cache
def build_page_class(view_class):
    """Return the class of the pages of a view class, such as `ExplainViewPage`."""
    mixin = FormQueryPage if hasattr(view_class, "form_class") else FullRecordPage
    return type(f"{view_class.__name__}Page", (mixin, view_class), {})
