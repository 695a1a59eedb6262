"""Serializers of releases and their files."""

from rest_framework import serializers

from kb.dataset.metadata import format_dataset_citation
from kb.models import Release, ReleaseFile
from kb.serializers.queries import PageEnvelopeSerializer
from kb.utils.urls import build_url

MAX_INT32 = 2**31 - 1  # So that OpenAPI is the same on every database: each has a bound of its own.


class ReleaseFileSerializer(serializers.ModelSerializer):
    """One file of a release: where it is, what is in it, and how to tell that it is whole."""

    url = serializers.SerializerMethodField(help_text="Its address: what it answers never changes.")

    class Meta:
        model = ReleaseFile
        fields = ["name", "url", "says", "media_type", "size", "sha256"]
        extra_kwargs = {"size": {"max_value": MAX_INT32}}

    def get_url(self, file) -> str:
        return build_url("release-file", file.release.name, file.name, request=self.context.get("request"))


class ReleaseSerializer(serializers.ModelSerializer):
    """The published data of one moment under a name, in files that never change: what a study can cite."""

    url = serializers.SerializerMethodField(help_text="Its address.")
    previous = serializers.SlugRelatedField(
        read_only=True,
        allow_null=True,
        slug_field="name",
        help_text="The release before it, from which its changes are told; null for the first.",
    )
    how_to_cite = serializers.SerializerMethodField(help_text="How to name it in a publication.")
    files = ReleaseFileSerializer(
        many=True, help_text="Its files: first an archive of all the others, among them SHA256SUMS with their sums."
    )

    class Meta:
        model = Release
        fields = ["name", "url", "made_at", "data_version", "version", "records", "previous", "how_to_cite", "files"]
        extra_kwargs = {"records": {"max_value": MAX_INT32}}

    def get_url(self, release) -> str:
        return build_url("release-detail", release.name, request=self.context.get("request"))

    def get_how_to_cite(self, release) -> str:
        return format_dataset_citation(release.data_version, release.name)


class ReleasesSerializer(PageEnvelopeSerializer):
    """The releases, the newest first."""

    results = ReleaseSerializer(many=True, help_text="The releases of this page.")
