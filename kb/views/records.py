"""The views of records: a list and a detail of each model, read only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.viewsets import ReadOnlyModelViewSet

from kb.api.exceptions import Gone
from kb.api.pagination import RecordPagination
from kb.choices import Status
from kb.filters import (
    SHAPE_PARAM,
    CancerFilter,
    MetastaticSiteFilter,
    NearestListFinder,
    SourceFilter,
    reject_unknown_params,
)
from kb.models import Cancer, MetastaticSite, Record, Source, Statement
from kb.reasoning.absence import STATES_THIS, NearestAnswer, describe_absence
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.record_cache import fetch_selected_records, select_keys
from kb.reasoning.red_flags import find_red_flags
from kb.renderers import WholeListRenderer, get_renderer_classes
from kb.search.slug_lookup import find_nearest_slugs
from kb.serializers import (
    REFERENCE_FIELDS,
    SOURCE_PARAMETERS,
    AbsenceSerializer,
    CancerDetailSerializer,
    CancerSerializer,
    MetastaticSiteDetailSerializer,
    MetastaticSiteSerializer,
    SourceDetailSerializer,
    SourceSerializer,
    build_record_url,
    reference_red_flags,
    serialize_readings,
    serialize_warnings,
)
from kb.utils.urls import build_url
from kb.views.counts import CountsMixin
from kb.views.shapes import ShapedAnswerMixin


@dataclass(frozen=True)
class Companions:
    """What comes with a page of records: the records in it, whose red flags are shown, and its content as JSON."""

    records: Sequence[Record] = ()
    content: Mapping[str, Any] = field(default_factory=dict)


class RecordViewSet(CountsMixin, ShapedAnswerMixin, ReadOnlyModelViewSet):
    """The list and the detail of one model of records, by slug; nothing can be written."""

    lookup_field = "slug"
    lookup_value_regex = r"[\w .-]+"  # Names as well, so that the error for a name can suggest its slug.
    pagination_class = RecordPagination
    absence_predicate = ""  # What no source does where the list is empty, if the words for its kind do not fit.
    detail_serializer_class = None
    page_red_flags = ()  # The red flags that come with a page, found when it is made.
    detail_parameters = ()  # Of one record alone, besides those that select fields, as OpenAPI describes them.

    def get_renderers(self):
        return [renderer() for renderer in get_renderer_classes(self.queryset.model, self.action)]

    def get_serializer_class(self):
        return self.detail_serializer_class if self.action == "retrieve" else self.serializer_class

    def get_queryset(self):
        selected = self.selected_fields
        columns = None if selected is None else self.get_serializer_class().needed_columns(selected)
        return super().get_queryset().public().with_related(columns)

    def get_selectable_names(self):
        return self.get_serializer_class().public_field_names()

    def get_serializer(self, *args, **kwargs):
        return super().get_serializer(*args, selected_fields=self.selected_fields, **kwargs)

    def list(self, request, *args, **kwargs):
        queryset = self.filter_queryset(self.get_queryset())
        counted, self.shown_facets = self.parse_count_params()
        if isinstance(request.accepted_renderer, WholeListRenderer):
            return request.accepted_renderer.stream_response(self, queryset, counted)
        if counted:
            return self.answer_counts(counted)
        serializer = self.get_serializer(self.paginate_queryset(queryset), many=True)
        return self.get_paginated_response(serializer.data)

    def paginate_queryset(self, queryset):
        """Return the records of a page, of which the database gives the keys, in their order, and the annotations."""
        rows = super().paginate_queryset(select_keys(queryset))
        self.page = fetch_selected_records(queryset.model, rows, self.answer_context.hierarchies)
        return self.page

    def get_paginated_response(self, data):
        """Return a page with the red flags of every symptom that it names or was asked about, and what else comes."""
        context, companions = self.get_serializer_context(), self.find_companions()
        absence = None if self.paginator.total_count else self.describe_absence()
        return self.paginator.get_paginated_response(
            data,
            serialize_readings(context),
            {
                "absence": absence and AbsenceSerializer(absence, context=context).data,
                **self.serialize_page_red_flags(companions, context),
                **companions.content,
                **self.find_facet_content(),
            },
        )

    def serialize_page_red_flags(self, companions, context):
        """Return the red flags of a page as they are shown: in short or, where the answer is given in brief, whole."""
        flags = self.page_red_flags = self.find_page_red_flags(companions)
        return (
            {"red_flags": serialize_warnings(flags, context)} if self.is_brief else reference_red_flags(flags, context)
        )

    def find_page_red_flags(self, companions):
        """Return the red flags of every symptom that a page names or was asked about, but for those that it tells.

        An answer in brief may leave out some rows, so that no row tells one.
        """
        named = entry_ids_named_by([*self.page, *companions.records])
        asked = entry_ids_named_by(self.answer_context.entries)
        flags = find_red_flags(named, self.answer_context.hierarchies, asked)
        are_rows_whole = self.selected_fields is None or REFERENCE_FIELDS.issubset(self.selected_fields)
        told = set(self.page) if are_rows_whole and not self.is_brief else ()
        return [flag for flag in flags if flag not in told]

    def find_companions(self):
        """Return what comes with a page of this list besides its records and red flags."""
        return Companions()

    def describe_absence(self):
        """Return what an empty list says: that no source states it, and the nearest lists that are not empty."""
        model, finder = self.queryset.model, NearestListFinder(self.filterset)
        return describe_absence(
            [
                NearestAnswer(found.says, found.count, self.build_list_url(found.params), found.entry)
                for found in finder.find_nearest_lists()
            ],
            self.absence_predicate or (STATES_THIS if issubclass(model, Statement) else "speaks of it"),
            is_narrowed=bool(finder.narrowing_params),
        )

    def build_list_url(self, params):
        """Return the URL of this list with other parameters."""
        url = build_url(f"{self.queryset.model._meta.model_name}-list", request=self.request)
        return f"{url}?{params.urlencode()}"

    def get_object(self):
        names = {parameter["name"] for parameter in self.detail_parameters}
        reject_unknown_params(self.request, self.shape_parameters | names, {*names, SHAPE_PARAM})
        slug, model = self.kwargs["slug"], self.queryset.model
        hierarchies = self.answer_context.hierarchies  # Before the record is read, which is one of this state.
        rows = select_keys(self.get_queryset().filter(slug=slug))
        record = next(iter(fetch_selected_records(model, rows, hierarchies)), None)
        if record is None:
            raise_not_found(model, slug, self.get_serializer_context())
        if hasattr(self.requested_renderer, "check_can_render"):
            self.requested_renderer.check_can_render(record)
        return record


def raise_not_found(model, slug, context):
    """Raise Gone for a retired record, with its replacement; else NotFound, with the nearest slug.

    `context` is that of a serializer, whose request gives the host.
    """
    noun = model._meta.verbose_name
    if retired := model.objects.filter(slug=slug, status=Status.RETIRED).select_related("replaced_by").first():
        replacement = retired.replaced_by
        if replacement is None or replacement.status != Status.PUBLISHED:
            raise Gone(f"This {noun} is retired.")
        raise Gone(
            f"This {noun} is retired. “{replacement}” ({replacement.slug}) stands in its place.",
            build_record_url(replacement, context),
        )
    nearest = find_nearest_slugs(model, [slug]).get(slug)
    hint = f" Did you mean “{nearest}”?" if nearest else ""
    raise NotFound(f"There is no {noun} with the slug “{slug:.40}”.{hint}")


class CancerViewSet(RecordViewSet):
    queryset = Cancer.objects.all()
    serializer_class = CancerSerializer
    detail_serializer_class = CancerDetailSerializer
    filterset_class = CancerFilter


class SourceViewSet(RecordViewSet):
    queryset = Source.objects.all()
    serializer_class = SourceSerializer
    detail_serializer_class = SourceDetailSerializer
    detail_parameters = SOURCE_PARAMETERS
    filterset_class = SourceFilter


class MetastaticSiteViewSet(RecordViewSet):
    queryset = MetastaticSite.objects.all()
    serializer_class = MetastaticSiteSerializer
    detail_serializer_class = MetastaticSiteDetailSerializer
    filterset_class = MetastaticSiteFilter
