"""Plain, idiomatic Django REST framework: model serializers, related records fetched at once, django-filter, pages."""

from django_filters import rest_framework as filters
from rest_framework import serializers, viewsets

from benchmarks.contestants import FIELDS
from kb.choices import Status
from kb.models import Cancer, Passage, Source
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment


class ReferenceSerializer(serializers.HyperlinkedModelSerializer):
    """A record inside another: its slug, its name and its address."""

    class Meta:
        fields = ["slug", "name", "url"]
        extra_kwargs = {"url": {"lookup_field": "slug"}}


class TreatmentSerializer(ReferenceSerializer):
    class Meta(ReferenceSerializer.Meta):
        model = Treatment


class SymptomSerializer(ReferenceSerializer):
    class Meta(ReferenceSerializer.Meta):
        model = Symptom


class CancerSerializer(ReferenceSerializer):
    class Meta(ReferenceSerializer.Meta):
        model = Cancer


class SourceSerializer(ReferenceSerializer):
    name = serializers.CharField(source="title")

    class Meta(ReferenceSerializer.Meta):
        model = Source
        fields = [*ReferenceSerializer.Meta.fields, "address", "withdrawn_on"]


class PassageSerializer(serializers.ModelSerializer):
    source = SourceSerializer()

    class Meta:
        model = Passage
        fields = ["source", "section", "first_line", "last_line", "edition", "state"]


class SideEffectSerializer(serializers.HyperlinkedModelSerializer):
    treatment = TreatmentSerializer()
    symptom = SymptomSerializer()
    for_cancer = CancerSerializer()
    citations = PassageSerializer(many=True)

    class Meta:
        model = SideEffect
        fields = FIELDS
        extra_kwargs = {"url": {"lookup_field": "slug"}}


class SideEffectFilter(filters.FilterSet):
    """What is said of a treatment or of a class of it; of a symptom or of a kind of it."""

    treatment = filters.CharFilter("treatment__descendant_rows__descendant__slug")
    symptom = filters.CharFilter("symptom__ancestor_rows__ancestor__slug")

    class Meta:
        model = SideEffect
        fields = ["effect", "frequency", "seriousness", "population", "scope", "certainty"]


class SideEffectViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = (
        SideEffect.objects.filter(status=Status.PUBLISHED)
        .select_related("treatment", "symptom", "for_cancer")
        .prefetch_related("citations__source")
        .order_by("slug")
    )
    serializer_class = SideEffectSerializer
    filterset_class = SideEffectFilter
    lookup_field = "slug"
