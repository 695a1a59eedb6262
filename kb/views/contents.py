"""What the knowledge base is, and the description from which clients are made."""

from functools import lru_cache

from django.conf import settings
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.about import contents, data_version
from kb.filters import refuse_unknown
from kb.serializers import ContentsSerializer
from kb.views.questions import Question


def questions(request):
    """Every question that can be asked."""
    named = [question for question in Question.__subclasses__() if question.name]  # Pages have none of their own.
    return [question.told(request) for question in sorted(named, key=lambda question: question.name)]


class Contents(APIView):
    """Everything the knowledge base offers, what it is, and how to cite it."""

    @extend_schema(responses=OpenApiResponse(ContentsSerializer, description="What there is."), operation_id="contents")
    def get(self, request):
        """Every resource with its address and its number of records, the data version, licence and how to cite."""
        refuse_unknown(request, ())
        return Response(ContentsSerializer(contents(request) | {"questions": questions(request)}).data)


class Description(SpectacularAPIView):
    """The OpenAPI description of everything here."""

    @extend_schema(
        responses=OpenApiResponse(OpenApiTypes.OBJECT, description="An OpenAPI 3.1 document."), operation_id="schema"
    )
    def get(self, request, *args, **kwargs):
        """From this, clients are made; its examples are published records. YAML, or JSON where that is accepted."""
        refuse_unknown(request, ())
        return Response(describe(data_version()))


@lru_cache(maxsize=1)
def describe(version):
    """The description for one version of the data; writing it asks for many records."""
    return SchemaGenerator(urlconf=settings.ROOT_URLCONF).get_schema(request=None, public=True)


def home(request):
    """The front page: what this is, how much is in it, where to go."""
    return render(request, "kb/home.html", contents(request))
