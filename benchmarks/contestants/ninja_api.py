"""django-ninja on the same models: Pydantic schemas, related records fetched at once, pages."""

from datetime import date, datetime

from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import FilterSchema, NinjaAPI, Query, Schema
from ninja.pagination import PageNumberPagination, paginate

from kb.choices import Status
from symptoms.models import SideEffect

api = NinjaAPI(docs_url=None, openapi_url=None)


class Reference(Schema):
    slug: str
    name: str
    url: str

    @staticmethod
    def resolve_name(record) -> str:
        return str(record)

    @staticmethod
    def resolve_url(record, context) -> str:
        kind = record._meta.verbose_name_plural
        return context["request"].build_absolute_uri(f"/api/v1/{kind}/{record.slug}/")


class CitedSource(Reference):
    address: str
    withdrawn_on: date | None


class Citation(Schema):
    source: CitedSource
    section: str
    first_line: int
    last_line: int
    edition: int
    state: str


class SideEffectOut(Schema):
    slug: str
    url: str
    treatment: Reference
    symptom: Reference
    for_cancer: Reference | None
    effect: str
    frequency: str
    seriousness: str
    onset: str
    duration: str
    mechanism: str
    course: str
    text: str
    population: str
    scope: str
    certainty: str
    citations: list[Citation]
    reviewed_on: date | None
    updated_at: datetime

    @staticmethod
    def resolve_url(record, context) -> str:
        return context["request"].build_absolute_uri(f"/api/v1/side-effects/{record.slug}/")


class SideEffectParams(FilterSchema):
    treatment: str | None = None
    symptom: str | None = None

    def filter_treatment(self, value: str | None):

        return Q(treatment__descendant_rows__descendant__slug=value) if value else Q()

    def filter_symptom(self, value: str | None):

        return Q(symptom__ancestor_rows__ancestor__slug=value) if value else Q()


def get_side_effects():
    published = SideEffect.objects.filter(status=Status.PUBLISHED).order_by("slug")
    return published.select_related("treatment", "symptom", "for_cancer").prefetch_related("citations__source")


@api.get("/side-effects", response=list[SideEffectOut])
@paginate(PageNumberPagination, page_size=50)
def list_side_effects(request, params: Query[SideEffectParams]):
    return params.filter(get_side_effects())


@api.get("/side-effects/{slug}", response=SideEffectOut)
def show_side_effect(request, slug: str):
    return get_object_or_404(get_side_effects(), slug=slug)
