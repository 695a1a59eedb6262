"""The serializers of facets: how many records of a list there are of each value of a parameter."""

from rest_framework import serializers

from kb.serializers.parts import PartSerializer
from kb.serializers.references import build_record_url


class FacetValueSerializer(serializers.Serializer):
    """How many records of a list there are of one value."""

    value = serializers.CharField(help_text="As the parameter takes it.")
    name = serializers.CharField(help_text="The value in words.")
    kind = serializers.CharField(help_text="Of an entry: its kind, if it has one.")
    url = serializers.SerializerMethodField(help_text="Of an entry or source: its address.")
    count = serializers.IntegerField(min_value=0, help_text="How many have the value itself.")
    narrowed = serializers.IntegerField(
        min_value=0, help_text="How many the list has when narrowed to it: through classes and kinds, too."
    )

    def get_url(self, row) -> str | None:
        return build_record_url(row["record"], self.context) if row["record"] else None


class FacetSerializer(PartSerializer):
    """How many records of a list there are of each value of one parameter."""

    name = serializers.CharField(help_text="The parameter.")
    says = serializers.CharField(help_text="What is counted, in words.")
    missing = serializers.IntegerField(min_value=0, help_text="How many records name no value.")
    results = FacetValueSerializer(many=True, help_text="The values, the commonest first.")
