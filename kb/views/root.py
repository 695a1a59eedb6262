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

from kb.api.etags import labelled
from kb.api.exceptions import problem
from kb.api.negotiation import no_such_format, preferred
from kb.dataset.metadata import contents
from kb.dataset.version import data_version
from kb.filters import refuse_unknown
from kb.openapi.auto_schema import responses
from kb.openapi.metadata import group_of
from kb.renderers.dataset_json_ld import catalogue
from kb.renderers.json_ld import CONTEXT, JsonLd
from kb.serializers import ContentsSerializer
from kb.views.base_query import Question


def questions(request):
    """Every question that can be asked."""
    asked = [question for question in Question.__subclasses__() if group_of(question.name) == "Questions"]
    return [question.told(request) for question in sorted(asked, key=lambda question: question.name)]


class Contents(APIView):
    """Everything the knowledge base offers, what it is, and how to cite it."""

    @extend_schema(responses=responses(ContentsSerializer, "What there is.", [400, 406]), operation_id="contents")
    def get(self, request):
        """Every resource with its address and its number of records, the data version, licence and how to cite."""
        refuse_unknown(request, ())
        return Response(ContentsSerializer(contents(request) | {"questions": questions(request)}).data)


class Description(SpectacularAPIView):
    """The OpenAPI description of everything here."""

    @extend_schema(
        responses=responses(OpenApiTypes.OBJECT, "An OpenAPI 3.1 document.", [400, 406]), operation_id="schema"
    )
    def get(self, request, *args, **kwargs):
        """From this, clients are made; its examples are published records. YAML, or JSON where that is accepted."""
        refuse_unknown(request, ())
        return Response(describe(data_version()))


class Docs(SpectacularSwaggerView):
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
def describe(version):
    """The description for one version of the data; writing it asks for many records."""
    return SchemaGenerator(urlconf=settings.ROOT_URLCONF).get_schema(request=None, public=True)


def strict(*formats):
    """What is no view of DRF is only read, in one of these formats, and as strict as one."""

    def decorate(view):
        @csrf_exempt
        @wraps(view)
        def strictly(request):
            asked = Request(request)
            try:
                if request.method not in ("GET", "HEAD"):
                    raise MethodNotAllowed(request.method)
                refuse_unknown(asked, ())
                named = request.GET.get("format", formats[0])
                if named not in formats:
                    raise no_such_format(named, formats)
            except APIException as error:
                response = problem(error, {"request": asked})
                response["Allow"] = "GET, HEAD"
                return response
            return view(request)

        return strictly

    return decorate


@strict("html", JsonLd.format)
def home(request):
    """The front page: what this is, how much is in it, where to go; or the same as linked data."""
    formats = {"html": "text/html", JsonLd.format: JsonLd.media_type}
    asked, told = formats.get(request.GET.get("format")), contents(request)
    if (asked or preferred(request, [*formats.values()])[0]) == JsonLd.media_type:
        response = linked(catalogue(told, request.build_absolute_uri(reverse("context")), request))
        labelled(response, told["data_version"])
    else:
        response = render(request, "kb/home.html", told)
    patch_vary_headers(response, ["Accept"])
    return response


@strict(JsonLd.format)
def context(request):
    """What the words of our linked data mean; it never changes with the data."""
    return linked({"@context": CONTEXT})


def linked(document):
    return JsonResponse(document, content_type=JsonLd.media_type, json_dumps_params={"ensure_ascii": False})
