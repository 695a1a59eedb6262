"""How records are read: one by one, and in lists."""

from itertools import chain
from types import MappingProxyType

from rest_framework.exceptions import NotFound
from rest_framework.viewsets import ReadOnlyModelViewSet

from kb.api.exceptions import Gone, InvalidParameters
from kb.api.pagination import RecordPagination
from kb.choices import Status
from kb.filters import (
    SPARSE_FIELD_PARAMS,
    CancerFilter,
    MetastaticSiteFilter,
    SourceFilter,
    build_param_errors,
    reject_unknown_params,
)
from kb.models import Cancer, MetastaticSite, Source
from kb.reasoning.red_flags import entry_ids_named_by
from kb.renderers import WholeListRenderer, get_renderer_classes
from kb.search.slug_lookup import build_unknown_value_errors, find_closest_slugs
from kb.serializers import (
    CancerSerializer,
    MetastaticSiteSerializer,
    SourceSerializer,
    build_record_url,
    get_detail_serializer,
    serialize_red_flags,
)


class RecordViewSet(ReadOnlyModelViewSet):
    """List and detail of one kind of record, by slug, with nothing to write."""

    lookup_field = "slug"
    lookup_value_regex = r"[\w .-]+"  # Names too: who writes one in place of a slug is told the slug.
    pagination_class = RecordPagination
    filter_context = MappingProxyType({})  # What a list was asked about: the filters tell it.

    def get_renderers(self):
        return [renderer() for renderer in get_renderer_classes(self.queryset.model, self.action)]

    @property
    def requested_renderer(self):
        """What will write the answer; nothing, while the API is being described."""
        return getattr(self.request, "accepted_renderer", None)

    def get_serializer_class(self):
        return get_detail_serializer(self.serializer_class) if self.action == "retrieve" else self.serializer_class

    def get_queryset(self):
        serializer = self.get_serializer_class()
        shown = self.get_selected_fields()
        needed = (
            None
            if shown is None
            else {*shown, *chain(*(serializer.field_dependencies.get(name, []) for name in shown))}
        )
        return super().get_queryset().public().with_related(needed)

    def get_selected_fields(self):
        """The fields that are asked for with `fields` and `omit`; None for all of them."""
        every = [*self.get_serializer_class().Meta.fields]
        if getattr(self.requested_renderer, "needs_all_fields", False):
            self.reject_sparse_fields()
        asked = {name: self.parse_field_names(name, every) for name in SPARSE_FIELD_PARAMS}
        if not any(asked.values()):
            return None
        shown = [name for name in asked["fields"] or every if name not in asked["omit"]]
        if not shown:
            words = "Nothing is left: “omit” names every field that “fields” asks for."
            raise InvalidParameters([{"parameter": "omit", "detail": words, "nearest": None}])
        return shown

    def reject_sparse_fields(self):
        """A format in which records are shown whole cannot leave out some of their fields."""
        wrong = [
            {
                "parameter": name,
                "detail": f"{name}: records are shown whole here; JSON can show less.",
                "nearest": None,
            }
            for name in SPARSE_FIELD_PARAMS
            if name in self.request.query_params
        ]
        if wrong:
            raise InvalidParameters(wrong)

    def parse_field_names(self, parameter, every):
        given = [n.strip() for value in self.request.query_params.getlist(parameter) for n in value.split(",")]
        names = dict.fromkeys(given)
        if unknown := [name for name in names if name not in every]:
            raise InvalidParameters(
                build_param_errors(
                    parameter, build_unknown_value_errors(every, unknown, "There is no field “{:.40}” here")
                )
            )
        return names

    def get_serializer(self, *args, **kwargs):
        return super().get_serializer(*args, selected_fields=self.get_selected_fields(), **kwargs)

    def get_serializer_context(self):
        return super().get_serializer_context() | self.filter_context

    def list(self, request, *args, **kwargs):
        if not isinstance(request.accepted_renderer, WholeListRenderer):
            return super().list(request, *args, **kwargs)
        return request.accepted_renderer.stream_response(self, self.filter_queryset(self.get_queryset()))

    def paginate_queryset(self, queryset):
        self.page = super().paginate_queryset(queryset)
        return self.page

    def get_paginated_response(self, data):
        """A page, with the red flags of every symptom that it names or was asked about."""
        keys = entry_ids_named_by([*self.page, *self.filter_context.get("named", [])])
        return self.paginator.get_paginated_response(data, serialize_red_flags(keys, self.get_serializer_context()))

    def get_object(self):
        reject_unknown_params(self.request, set(SPARSE_FIELD_PARAMS))
        slug, model = self.kwargs["slug"], self.queryset.model
        found = self.get_queryset().filter(slug=slug).first()
        if found is None:
            self.raise_not_found(model, slug)
        if hasattr(self.requested_renderer, "check_can_render"):
            self.requested_renderer.check_can_render(found)
        return found

    def raise_not_found(self, model, slug):
        """A retired record is gone, and names what replaces it; any other is not found, and the nearest is named."""
        kind = model._meta.verbose_name
        if retired := model.objects.filter(slug=slug, status=Status.RETIRED).select_related("replaced_by").first():
            heir = retired.replaced_by
            heir = heir if heir and heir.status == Status.PUBLISHED else None
            words = f" “{heir}” ({heir.slug}) stands in its place." if heir else ""
            raise Gone(
                f"This {kind} is retired.{words}", heir and build_record_url(heir, self.get_serializer_context())
            )
        near = find_closest_slugs(model, [slug]).get(slug)
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
