"""Serializers of absence: what an answer with nothing in it says."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from kb.serializers.references import EntryReferenceSerializer


@extend_schema_serializer(component_name="Nearest")
class NearestAnswerSerializer(serializers.Serializer):
    """The nearest that is stated, where nothing is stated of what was asked: it says nothing of that."""

    says = serializers.CharField(help_text="In what it differs from what was asked, and how much there is.")
    entry = EntryReferenceSerializer(
        allow_null=True, help_text="What it is about in place of what was asked; null if it has fewer filters only."
    )
    count = serializers.IntegerField(min_value=1, help_text="How many records there are.")
    url = serializers.CharField(help_text="The request that gives them.")


class AbsenceSerializer(serializers.Serializer):
    """That nothing is stated of what was asked, which is no proof that it is not so; and the nearest that is stated."""

    says = serializers.CharField(help_text="That none of the sources says it, and what that means.")
    sources_read = serializers.IntegerField(min_value=0, help_text="How many sources were read.")
    nearest = NearestAnswerSerializer(many=True, help_text="The nearest that is stated; empty if nothing is near.")
