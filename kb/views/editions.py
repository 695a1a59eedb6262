"""The view of the editions of a source: a list under the source's address."""

from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from kb.api.pagination import NumberedPagination
from kb.filters import reject_unknown_params
from kb.models import Source
from kb.openapi.editions import EditionsSchema
from kb.serializers import SourceEditionsSerializer
from kb.views.records import raise_not_found


class SourceEditionsView(GenericAPIView):
    """List the editions of a source.

    The one that is read now first: of each its date, the fingerprint and the length of the text that was read, never
    the text. Each citation names its edition, and how its words stand in the one that is read now.
    """

    schema = EditionsSchema()
    serializer_class = SourceEditionsSerializer
    pagination_class = NumberedPagination
    filter_backends = ()

    def get_queryset(self):
        """Return None: the editions are no records."""

    def get(self, request, slug):
        paginator = self.paginator
        reject_unknown_params(request, paginator.parameters, paginator.parameters)
        source = Source.objects.public().filter(slug=slug).first()
        if source is None:
            raise_not_found(Source, slug, self.get_serializer_context())
        page = self.paginate_queryset(source.list_editions())
        return Response(self.get_serializer(paginator.page_links() | {"results": page}).data)
