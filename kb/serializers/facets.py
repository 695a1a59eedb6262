"""The serializers of facets: how many records of a list there are of each value of a parameter."""

from rest_framework import serializers

from kb.serializers.parts import PartSerializer
from kb.serializers.references import build_record_url


class FacetValueSerializer(serializers.Serializer):
    """How many records of a list there are of one value."""

    value = serializers.CharField(help_text="The value, as the parameter takes it: a slug, or a word.")
    name = serializers.CharField(help_text="The name of the entry or source, or the value in words.")
    kind = serializers.CharField(help_text="Of an entry that is of a kind: which one; else empty.")
    url = serializers.SerializerMethodField(help_text="The address of the entry or source; null for a word.")
    count = serializers.IntegerField(min_value=0, help_text="How many have or name the value itself.")
    narrowed = serializers.IntegerField(
        min_value=0, help_text="How many are left when the list is narrowed to it: through classes and kinds, too."
    )

    def get_url(self, row) -> str | None:
        return build_record_url(row["record"], self.context) if row["record"] else None


class FacetSerializer(PartSerializer):
    """How many records of a list there are of each value of one parameter: the commonest, or a page of all."""

    name = serializers.CharField(help_text="The parameter.")
    says = serializers.CharField(help_text="What is counted, in words.")
    missing = serializers.IntegerField(min_value=0, help_text="How many records name no value.")
    results = FacetValueSerializer(many=True, help_text="The values, those that most records have first.")
