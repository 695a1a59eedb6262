"""The front page, the API root, the OpenAPI description, Swagger UI and the JSON-LD context."""

from functools import wraps

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.api.etags import add_version_header
from kb.api.exceptions import problem_exception_handler
from kb.api.negotiation import select_media_type, unknown_format_error
from kb.dataset.metadata import build_root_contents
from kb.filters import reject_unknown_params
from kb.openapi.auto_schema import build_responses
from kb.openapi.document import read_document
from kb.openapi.metadata import get_tag
from kb.renderers.dataset_json_ld import build_dataset
from kb.renderers.json_ld import CONTEXT, JsonLdRenderer
from kb.serializers import ContentsSerializer
from kb.utils.urls import iter_api_view_classes
from kb.views.base_query import QueryView


def describe_queries(request):
    """Return the description of each routed query that OpenAPI lists among the questions, by name."""
    views = {view for view in iter_api_view_classes() if issubclass(view, QueryView)}
    questions = [view for view in views if get_tag(view.name) == "Questions"]
    return [view.describe_endpoint(request) for view in sorted(questions, key=lambda view: view.name)]


class RootView(APIView):
    """Everything the knowledge base offers, what it is, and how to cite it."""

    @extend_schema(responses=build_responses(ContentsSerializer, "What there is.", [400, 406]), operation_id="contents")
    def get(self, request):
        """Every resource with its address and its number of records, the data version, licence and how to cite."""
        reject_unknown_params(request, ())
        return Response(
            ContentsSerializer(build_root_contents(request) | {"questions": describe_queries(request)}).data
        )


class SchemaView(SpectacularAPIView):
    """The OpenAPI description of everything here."""

    @extend_schema(
        responses=build_responses(OpenApiTypes.OBJECT, "An OpenAPI 3.1 document.", [400, 406]), operation_id="schema"
    )
    def get(self, request, *args, **kwargs):
        """From this, clients are made; its examples are published records. YAML, or JSON where that is accepted."""
        reject_unknown_params(request, ())
        renderer = request.accepted_renderer
        return HttpResponse(read_document(renderer.format), content_type=renderer.media_type)


class SwaggerUIView(SpectacularSwaggerView):
    """Swagger UI in a template without inline scripts, as the content security policy demands."""

    schema = None  # OpenAPI does not describe this page.
    template_name = "kb/docs.html"
    http_method_names = ["get", "head"]
    authentication_classes = throttle_classes = ()

    def get(self, request, *args, **kwargs):
        page = super().get(request, *args, **kwargs)
        del page["Cross-Origin-Opener-Policy"]  # No sign-in opens a window here: the header of all pages is enough.
        return page


def require_strict_get(*formats):
    """Decorate a plain Django view: read only, no parameter but `format` with one of these values, errors as in DRF."""

    def decorate(view):
        @csrf_exempt
        @wraps(view)
        def strict_view(request):
            drf_request = Request(request)
            try:
                if request.method not in ("GET", "HEAD"):
                    raise MethodNotAllowed(request.method)
                reject_unknown_params(drf_request, ())
                requested_format = request.GET.get("format", formats[0])
                if requested_format not in formats:
                    raise unknown_format_error(requested_format, formats)
            except APIException as error:
                response = problem_exception_handler(error, {"request": drf_request})
                response["Allow"] = "GET, HEAD"
                return response
            return view(request)

        return strict_view

    return decorate


@require_strict_get("html", JsonLdRenderer.format)
def home(request):
    """Show the front page: what this is, how much is in it, where to go; or the data set as JSON-LD."""
    media_types = {"html": "text/html", JsonLdRenderer.format: JsonLdRenderer.media_type}
    media_type = media_types.get(request.GET.get("format")) or select_media_type(request, [*media_types.values()])[0]
    contents = build_root_contents(request)
    if media_type == JsonLdRenderer.media_type:
        context_url = request.build_absolute_uri(reverse("context"))
        response = build_json_ld_response(build_dataset(contents, context_url, request))
        add_version_header(response, contents["data_version"])
    else:
        response = render(request, "kb/home.html", contents)
    patch_vary_headers(response, ["Accept"])
    return response


@require_strict_get(JsonLdRenderer.format)
def json_ld_context(request):
    """Show the JSON-LD context; it does not depend on the data."""
    return build_json_ld_response({"@context": CONTEXT})


def build_json_ld_response(document):
    return JsonResponse(document, content_type=JsonLdRenderer.media_type, json_dumps_params={"ensure_ascii": False})
