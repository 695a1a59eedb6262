"""How records are read."""

from functools import lru_cache
from itertools import chain

from django.conf import settings
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from kb.about import contents, data_version
from kb.choices import Status
from kb.errors import BadParameters, Gone
from kb.filters import SHAPE, CancerFilter, MetastaticSiteFilter, SourceFilter, nearest_slug, refuse_unknown
from kb.models import Cancer, MetastaticSite, Source
from kb.names import nearest
from kb.serializers import (
    CancerSerializer,
    ContentsSerializer,
    MetastaticSiteSerializer,
    SourceSerializer,
    address,
    detail_of,
)


class Contents(APIView):
    """Everything the knowledge base offers, what it is, and how to cite it."""

    @extend_schema(responses=OpenApiResponse(ContentsSerializer, description="What there is."), operation_id="contents")
    def get(self, request):
        """Every resource with its address and its number of records, the data version, licence and how to cite."""
        refuse_unknown(request, ())
        return Response(ContentsSerializer(contents(request)).data)


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


class RecordViewSet(ReadOnlyModelViewSet):
    """List and detail of one kind of record, by slug, with nothing to write."""

    lookup_field = "slug"
    lookup_value_regex = r"[\w .-]+"  # Names too: who writes one in place of a slug is told the slug.
    lineages = ()

    def get_queryset(self):
        serializer = self.get_serializer_class()
        shown = self.shown()
        needed = None if shown is None else {*shown, *chain(*(serializer.needs.get(name, []) for name in shown))}
        return super().get_queryset().public().with_related(needed)

    def shown(self):
        """The fields that are asked for with `fields` and `omit`; None for all of them."""
        every = [*self.get_serializer_class().Meta.fields]
        asked = {name: self.named_fields(name, every) for name in SHAPE}
        if not any(asked.values()):
            return None
        shown = [name for name in asked["fields"] or every if name not in asked["omit"]]
        if not shown:
            words = "Nothing is left: “omit” names every field that “fields” asks for."
            raise BadParameters([{"parameter": "omit", "detail": words, "nearest": None}])
        return shown

    def named_fields(self, parameter, every):
        names = [n.strip() for value in self.request.query_params.getlist(parameter) for n in value.split(",")]
        if unknown := [name for name in names if name not in every]:
            raise BadParameters(
                [
                    {
                        "parameter": parameter,
                        "detail": f"There is no field “{name}” here. There are: {', '.join(every)}.",
                        "nearest": nearest(name, every),
                    }
                    for name in unknown
                ]
            )
        return names

    def get_serializer(self, *args, **kwargs):
        return super().get_serializer(*args, shown=self.shown(), **kwargs)

    def get_serializer_context(self):
        return super().get_serializer_context() | {"lineages": self.lineages}

    def get_object(self):
        refuse_unknown(self.request, set(SHAPE))
        slug, model = self.kwargs["slug"], self.queryset.model
        found = self.get_queryset().filter(slug=slug).first()
        if found is None:
            self.explain_absence(model, slug)
        return found

    def explain_absence(self, model, slug):
        """A retired record is gone, and names what replaces it; any other is not found, and the nearest is named."""
        kind = model._meta.verbose_name
        if retired := model.objects.filter(slug=slug, status=Status.RETIRED).select_related("replaced_by").first():
            heir = retired.replaced_by
            heir = heir if heir and heir.status == Status.PUBLISHED else None
            words = f" “{heir}” ({heir.slug}) stands in its place." if heir else ""
            raise Gone(f"This {kind} is retired.{words}", heir and address(heir, self.get_serializer_context()))
        near = nearest_slug(model, slug)
        hint = f" Did you mean “{near}”?" if near else ""
        raise NotFound(f"There is no {kind} with the slug “{slug}”.{hint}")


class EntryViewSet(RecordViewSet):
    """List of entries; the detail of one also gives its place in the tree and all that is said about it."""

    def get_serializer_class(self):
        return detail_of(self.serializer_class) if self.action == "retrieve" else self.serializer_class


def home(request):
    """The front page: what this is, how much is in it, where to go."""
    return render(request, "kb/home.html", contents(request))


class CancerViewSet(EntryViewSet):
    queryset = Cancer.objects.all()
    serializer_class = CancerSerializer
    filterset_class = CancerFilter


class SourceViewSet(RecordViewSet):
    queryset = Source.objects.all()
    serializer_class = SourceSerializer
    filterset_class = SourceFilter


class MetastaticSiteViewSet(RecordViewSet):
    queryset = MetastaticSite.objects.all()
    serializer_class = MetastaticSiteSerializer
    filterset_class = MetastaticSiteFilter
