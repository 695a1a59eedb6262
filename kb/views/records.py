"""How records are read: one by one, and in lists."""

from itertools import chain
from types import MappingProxyType

from rest_framework.exceptions import NotFound
from rest_framework.viewsets import ReadOnlyModelViewSet

from kb.api.exceptions import BadParameters, Gone
from kb.api.pagination import RecordPages
from kb.choices import Status
from kb.filters import SHAPE, CancerFilter, MetastaticSiteFilter, SourceFilter, faults, refuse_unknown
from kb.models import Cancer, MetastaticSite, Source
from kb.reasoning.red_flags import named_by
from kb.renderers import Whole, formats
from kb.search.slug_lookup import nearest_slugs, none_of
from kb.serializers import (
    CancerSerializer,
    MetastaticSiteSerializer,
    SourceSerializer,
    address,
    detail_of,
    shown_red_flags,
)


class RecordViewSet(ReadOnlyModelViewSet):
    """List and detail of one kind of record, by slug, with nothing to write."""

    lookup_field = "slug"
    lookup_value_regex = r"[\w .-]+"  # Names too: who writes one in place of a slug is told the slug.
    pagination_class = RecordPages
    asked = MappingProxyType({})  # What a list was asked about: the filters tell it.

    def get_renderers(self):
        return [renderer() for renderer in formats(self.queryset.model, self.action)]

    @property
    def format_asked(self):
        """What will write the answer; nothing, while the API is being described."""
        return getattr(self.request, "accepted_renderer", None)

    def get_serializer_class(self):
        return detail_of(self.serializer_class) if self.action == "retrieve" else self.serializer_class

    def get_queryset(self):
        serializer = self.get_serializer_class()
        shown = self.shown()
        needed = None if shown is None else {*shown, *chain(*(serializer.needs.get(name, []) for name in shown))}
        return super().get_queryset().public().with_related(needed)

    def shown(self):
        """The fields that are asked for with `fields` and `omit`; None for all of them."""
        every = [*self.get_serializer_class().Meta.fields]
        if getattr(self.format_asked, "every_field", False):
            self.refuse_parts()
        asked = {name: self.named_fields(name, every) for name in SHAPE}
        if not any(asked.values()):
            return None
        shown = [name for name in asked["fields"] or every if name not in asked["omit"]]
        if not shown:
            words = "Nothing is left: “omit” names every field that “fields” asks for."
            raise BadParameters([{"parameter": "omit", "detail": words, "nearest": None}])
        return shown

    def refuse_parts(self):
        """A format in which records are shown whole cannot leave out some of their fields."""
        wrong = [
            {
                "parameter": name,
                "detail": f"{name}: records are shown whole here; JSON can show less.",
                "nearest": None,
            }
            for name in SHAPE
            if name in self.request.query_params
        ]
        if wrong:
            raise BadParameters(wrong)

    def named_fields(self, parameter, every):
        given = [n.strip() for value in self.request.query_params.getlist(parameter) for n in value.split(",")]
        names = dict.fromkeys(given)
        if unknown := [name for name in names if name not in every]:
            raise BadParameters(faults(parameter, none_of(every, unknown, "There is no field “{:.40}” here")))
        return names

    def get_serializer(self, *args, **kwargs):
        return super().get_serializer(*args, shown=self.shown(), **kwargs)

    def get_serializer_context(self):
        return super().get_serializer_context() | self.asked

    def list(self, request, *args, **kwargs):
        if not isinstance(request.accepted_renderer, Whole):
            return super().list(request, *args, **kwargs)
        return request.accepted_renderer.answer(self, self.filter_queryset(self.get_queryset()))

    def paginate_queryset(self, queryset):
        self.page = super().paginate_queryset(queryset)
        return self.page

    def get_paginated_response(self, data):
        """A page, with the red flags of every symptom that it names or was asked about."""
        keys = named_by([*self.page, *self.asked.get("named", [])])
        return self.paginator.get_paginated_response(data, shown_red_flags(keys, self.get_serializer_context()))

    def get_object(self):
        refuse_unknown(self.request, set(SHAPE))
        slug, model = self.kwargs["slug"], self.queryset.model
        found = self.get_queryset().filter(slug=slug).first()
        if found is None:
            self.explain_absence(model, slug)
        if hasattr(self.format_asked, "refuse"):
            self.format_asked.refuse(found)
        return found

    def explain_absence(self, model, slug):
        """A retired record is gone, and names what replaces it; any other is not found, and the nearest is named."""
        kind = model._meta.verbose_name
        if retired := model.objects.filter(slug=slug, status=Status.RETIRED).select_related("replaced_by").first():
            heir = retired.replaced_by
            heir = heir if heir and heir.status == Status.PUBLISHED else None
            words = f" “{heir}” ({heir.slug}) stands in its place." if heir else ""
            raise Gone(f"This {kind} is retired.{words}", heir and address(heir, self.get_serializer_context()))
        near = nearest_slugs(model, [slug]).get(slug)
        hint = f" Did you mean “{near}”?" if near else ""
        raise NotFound(f"There is no {kind} with the slug “{slug:.40}”.{hint}")


class CancerViewSet(RecordViewSet):
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
