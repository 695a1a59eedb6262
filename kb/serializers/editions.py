"""Serializers of the editions of a source: what is public of them, never their text."""

from rest_framework import serializers

from kb.models.source_editions import MAX_LINES
from kb.serializers.queries import PageEnvelopeSerializer


class SourceEditionSerializer(serializers.Serializer):
    """An edition of a source that was read: which it is, and what its text was."""

    number = serializers.IntegerField(min_value=1, help_text="Which it is, counted from 1; citations name it.")
    is_current = serializers.BooleanField(help_text="Whether it is the one that is read now.")
    dated = serializers.DateField(allow_null=True, help_text="The date that it carries; null where it says none.")
    sha256 = serializers.CharField(help_text="The fingerprint of the text that was read (SHA-256).")
    lines = serializers.IntegerField(min_value=1, max_value=MAX_LINES, help_text="How many lines the text has.")


class SourceEditionsSerializer(PageEnvelopeSerializer):
    """The editions of a source, the one that is read now first."""

    results = SourceEditionSerializer(many=True, help_text="The editions of this page.")
