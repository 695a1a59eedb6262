"""What the knowledge base is, and the description from which clients are made."""

from functools import lru_cache, wraps

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
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
from kb.dataset.version import data_version
from kb.filters import reject_unknown_params
from kb.openapi.auto_schema import build_responses
from kb.openapi.metadata import get_tag
from kb.renderers.dataset_json_ld import build_dataset
from kb.renderers.json_ld import CONTEXT, JsonLdRenderer
from kb.serializers import ContentsSerializer
from kb.views.base_query import QueryView


def describe_queries(request):
    """Every question that can be asked."""
    asked = [question for question in QueryView.__subclasses__() if get_tag(question.name) == "Questions"]
    return [question.describe_endpoint(request) for question in sorted(asked, key=lambda question: question.name)]


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
        return Response(generate_schema(data_version()))


class SwaggerUIView(SpectacularSwaggerView):
    """Swagger UI, in a page of our own, whose only script is a file: nothing is written into it."""

    schema = None  # It is no part of what it describes.
    template_name = "kb/docs.html"
    http_method_names = ["get", "head"]
    authentication_classes = throttle_classes = ()

    def get(self, request, *args, **kwargs):
        page = super().get(request, *args, **kwargs)
        del page["Cross-Origin-Opener-Policy"]  # Nobody signs in through another window: that of every page will do.
        return page


@lru_cache(maxsize=1)
def generate_schema(version):
    """The description for one version of the data; writing it asks for many records."""
    return SchemaGenerator(urlconf=settings.ROOT_URLCONF).get_schema(request=None, public=True)


def require_strict_get(*formats):
    """What is no view of DRF is only read, in one of these formats, and as strict as one."""

    def decorate(view):
        @csrf_exempt
        @wraps(view)
        def strictly(request):
            asked = Request(request)
            try:
                if request.method not in ("GET", "HEAD"):
                    raise MethodNotAllowed(request.method)
                reject_unknown_params(asked, ())
                named = request.GET.get("format", formats[0])
                if named not in formats:
                    raise unknown_format_error(named, formats)
            except APIException as error:
                response = problem_exception_handler(error, {"request": asked})
                response["Allow"] = "GET, HEAD"
                return response
            return view(request)

        return strictly

    return decorate


@require_strict_get("html", JsonLdRenderer.format)
def home(request):
    """The front page: what this is, how much is in it, where to go; or the same as linked data."""
    formats = {"html": "text/html", JsonLdRenderer.format: JsonLdRenderer.media_type}
    asked, told = formats.get(request.GET.get("format")), build_root_contents(request)
    if (asked or select_media_type(request, [*formats.values()])[0]) == JsonLdRenderer.media_type:
        response = build_json_ld_response(build_dataset(told, request.build_absolute_uri(reverse("context")), request))
        add_version_header(response, told["data_version"])
    else:
        response = render(request, "kb/home.html", told)
    patch_vary_headers(response, ["Accept"])
    return response


@require_strict_get(JsonLdRenderer.format)
def json_ld_context(request):
    """What the words of our linked data mean; it never changes with the data."""
    return build_json_ld_response({"@context": CONTEXT})


def build_json_ld_response(document):
    return JsonResponse(document, content_type=JsonLdRenderer.media_type, json_dumps_params={"ensure_ascii": False})
