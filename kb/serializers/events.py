"""Serializers of the public events of records, for the feed of changes."""

from rest_framework import serializers

from kb.models import Event
from kb.serializers.queries import PageEnvelopeSerializer
from kb.serializers.references import ReferenceSerializer
from kb.serializers.registry import get_record_serializer
from kb.utils.urls import build_url


class ChangeEventSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="key", help_text="Its permanent identifier: what was seen is known by it.")
    url = serializers.SerializerMethodField(
        help_text="The address of the record: it answers 410 while it is retired, 404 once it is removed."
    )
    fields = serializers.SerializerMethodField("get_changed", help_text=Event._meta.get_field("fields").help_text)
    replaced_by = ReferenceSerializer(
        read_only=True,
        allow_null=True,
        help_text="The record that stands in its place, where it was retired and there is one; else null.",
    )

    class Meta:
        model = Event
        fields = ["id", "event", "kind", "slug", "name", "url", "fields", "at", "why", "replaced_by"]
        read_only_fields = fields

    def get_url(self, event) -> str:
        name = f"{event.model._meta.model_name}-detail"
        return build_url(name, event.slug, request=self.context.get("request"))

    def get_changed(self, event) -> list[str]:
        public_names = get_record_serializer(event.model).public_names_by_column()
        return list(dict.fromkeys(public_names.get(name, name) for name in event.fields))


ChangeEventSerializer.__doc__ = Event.__doc__


class ChangesSerializer(PageEnvelopeSerializer):
    """What happened to the records, as the public saw it, the newest first."""

    results = ChangeEventSerializer(many=True, help_text="What happened, on this page.")
