"""The views of releases: a list of them, one of them, and each of their files."""

from pathlib import Path

from django.db.models import Prefetch
from django.http import StreamingHttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kb.api.etags import VERSION_HEADER, get_not_modified_response
from kb.api.negotiation import unknown_format_error
from kb.api.pagination import NumberedPagination
from kb.filters import reject_unknown_params
from kb.models import ARCHIVE_MEDIA_TYPE, DATABASE_MEDIA_TYPE, PARQUET_MEDIA_TYPE, Release, ReleaseFile
from kb.openapi.releases import ReleaseSchema
from kb.serializers import ReleaseSerializer, ReleasesSerializer
from kb.utils.fuzzy import did_you_mean

BINARY_MEDIA_TYPES = (
    ARCHIVE_MEDIA_TYPE,
    DATABASE_MEDIA_TYPE,
    PARQUET_MEDIA_TYPE,
)  # Downloaded: Swagger UI would show them as text.
IMMUTABLE_CACHE_CONTROL = "public, max-age=31536000, immutable"


class ReleaseViewSet(GenericViewSet):
    """The releases: what was published at one moment, under a name, in files that never change."""

    schema = ReleaseSchema()
    queryset = Release.objects.select_related("previous")
    pagination_class = NumberedPagination
    filter_backends = ()
    lookup_field = "name"

    def get_serializer_class(self):
        return ReleasesSerializer if self.action == "list" else ReleaseSerializer

    def get_queryset(self):
        return super().get_queryset().prefetch_related(Prefetch("files", ReleaseFile.objects.defer("packed")))

    def perform_content_negotiation(self, request, force=False):
        """Let a file through whatever the request accepts: it has one format only."""
        return super().perform_content_negotiation(request, force or self.action == "file")

    def list(self, request):
        """Every release, the newest first, with its files: take one where the data must stay as they are."""
        paginator = self.paginator
        reject_unknown_params(request, paginator.parameters, paginator.parameters)
        page = self.paginate_queryset(self.get_queryset())
        return Response(self.get_serializer(paginator.page_links() | {"results": page}).data)

    def retrieve(self, request, name):
        """What the release holds, how to cite it, and its files, each with its SHA-256."""
        reject_unknown_params(request, ())
        return Response(self.get_serializer(self.get_release(self.get_queryset())).data)

    def file(self, request, name, file):
        """The file as it was made: it never changes, so it may be kept for good."""
        reject_unknown_params(request, ())
        release = self.get_release(self.queryset)
        release_file = self.get_by_name(release.files, file, f"file of {release}")
        file_format, requested_format = Path(release_file.name).suffix[1:], request.query_params.get("format")
        if requested_format and requested_format != file_format:
            raise unknown_format_error(requested_format, {file_format} - {""})
        etag, media_type = f'"{release_file.sha256}"', release_file.media_type
        content_type = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
        response = get_not_modified_response(request, etag) or StreamingHttpResponse(
            release_file.iterate_content(), content_type=content_type, headers={"Content-Length": release_file.size}
        )
        disposition = "attachment" if media_type in BINARY_MEDIA_TYPES else "inline"
        response["Content-Disposition"] = f'{disposition}; filename="{release_file}"'
        response["ETag"] = etag
        response["Cache-Control"] = IMMUTABLE_CACHE_CONTROL
        response[VERSION_HEADER] = release.data_version
        return response

    def get_release(self, queryset):
        """Return the requested release; raise NotFound with the nearest name, or else with that of the newest."""
        newest = Release.objects.first()
        return self.get_by_name(
            queryset, self.kwargs["name"], "release", f" The newest is “{newest}”." if newest else ""
        )

    def get_by_name(self, queryset, name, noun, default_hint=""):
        """Return the object of this name; raise NotFound with the nearest name, or else with the default hint."""
        match = None if "\0" in name else queryset.filter(name=name).first()
        if match is None:
            hint = did_you_mean(name, queryset.values_list("name", flat=True)) or default_hint
            raise NotFound(f"There is no {noun} of the name “{name:.40}”.{hint}")
        return match
