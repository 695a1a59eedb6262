"""Serializers of references: how a record or a passage appears inside another record."""

from rest_framework import serializers

from kb.models import Passage, Source, resource_name
from kb.utils.urls import build_url


def build_record_url(record, context):
    """Return the URL of a record; `context` is that of a serializer, whose request gives the host."""
    return build_url(f"{record._meta.model_name}-detail", record.slug, request=context.get("request"))


class NameField(serializers.CharField):
    """How a record names itself; a source of `__str__` would be inspected anew for each record."""

    def get_attribute(self, record):
        return str(record)


class ReferenceSerializer(serializers.Serializer):
    """How a record appears inside another: enough to name it and to follow it."""

    slug = serializers.SlugField(help_text="Its permanent public identifier.")
    name = NameField(help_text="Its name.")
    url = serializers.SerializerMethodField(help_text="Its address.")

    def get_url(self, record) -> str:
        return build_record_url(record, self.context)


class EntryReferenceSerializer(ReferenceSerializer):
    """An entry of any kind: enough to name it and to follow it."""

    kind = serializers.SerializerMethodField(help_text="What kind of record it is, as in addresses.")

    def get_kind(self, record) -> str:
        return resource_name(type(record))


class CitedSourceSerializer(ReferenceSerializer):
    """A source that is cited: enough to name it, to follow it, to find the document, and to know if it stands."""

    address = serializers.CharField(help_text=Source._meta.get_field("address").help_text)
    withdrawn_on = serializers.DateField(allow_null=True, help_text=Source._meta.get_field("withdrawn_on").help_text)


class PassageSerializer(serializers.ModelSerializer):
    """The place in a source that supports a statement: where to look, never a copy of its words."""

    source = CitedSourceSerializer(read_only=True, help_text="The document in which it stands.")

    class Meta:
        model = Passage
        fields = ["source", "section", "first_line", "last_line", "edition", "state"]
