"""Serializers of how the names in a request were read: what is not known, and what was taken for what."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.schema_refs import READINGS_HELP_TEXTS
from kb.serializers.context import get_answer_context
from kb.serializers.references import ReferenceSerializer


class ReadValueSerializer(serializers.Serializer):
    """A value of a parameter, as it was given."""

    parameter = serializers.CharField(help_text="The parameter.")
    value = serializers.CharField(help_text="The value, as it was given.")


class UnknownValueSerializer(ReadValueSerializer):
    """A value that names nothing here: the answer says nothing of it."""

    says = serializers.CharField(help_text="Why it could not be read.")
    nearest = ReferenceSerializer(many=True, help_text="What may have been meant, the most likely first.")


class InterpretedValueSerializer(ReadValueSerializer):
    """A value that is neither the slug nor the preferred name of what it was taken for."""

    entry = ReferenceSerializer(help_text="What it was taken for.")
    dosage = serializers.CharField(help_text="The strength, form or time beside the name, which was left aside.")
    says = serializers.CharField(help_text="The same in words.")


def serialize_readings(context):
    """Return the values that name nothing here, and those that were read as another name, as they are shown."""
    read = [r for r in get_answer_context(context).resolutions if not r.is_own_name]
    unknown, interpreted = [r for r in read if r.entry is None], [r for r in read if r.entry is not None]
    return {
        "unknown": UnknownValueSerializer(unknown, many=True, context=context).data,
        "interpreted": InterpretedValueSerializer(interpreted, many=True, context=context).data,
    }


class UnknownMixin(serializers.Serializer):
    """An answer that does without what it does not know, and says so first."""

    unknown = serializers.SerializerMethodField(help_text=READINGS_HELP_TEXTS["unknown"])

    @extend_schema_field(UnknownValueSerializer(many=True))
    def get_unknown(self, answer):
        return serialize_readings(self.context)["unknown"]


class InterpretedMixin(serializers.Serializer):
    """An answer that tells how the names in its question were read."""

    interpreted = serializers.SerializerMethodField(help_text=READINGS_HELP_TEXTS["interpreted"])

    @extend_schema_field(InterpretedValueSerializer(many=True))
    def get_interpreted(self, answer):
        return serialize_readings(self.context)["interpreted"]
