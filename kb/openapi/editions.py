"""The OpenAPI schema of the editions of a source."""

from django.db import DatabaseError
from drf_spectacular.utils import OpenApiParameter

from kb.models import Source
from kb.openapi.auto_schema import QueryViewSchema, build_responses
from kb.openapi.parameters import annotate_record_models


class EditionsSchema(QueryViewSchema):
    """The schema of the list of editions: its path names a source, its parameters are those of paging."""

    def get_operation_id(self):
        return "sources_editions"

    def get_override_parameters(self):
        pages = self.view.paginator.get_schema_operation_parameters(self.view)
        return [OpenApiParameter(page["name"], page["schema"], description=page["description"]) for page in pages]

    def _resolve_path_parameters(self, variables):
        schema = annotate_record_models({"type": "string"}, [Source])
        help_text = Source._meta.get_field("slug").help_text
        slug = {"in": "path", "required": True, "schema": schema, "description": help_text}
        return [slug | {"name": name, **self.find_example()} for name in variables]

    def find_example(self):
        """Return the slug of a published source as an example; nothing where there is none, or no database yet."""
        try:
            example = Source.objects.public().order_by("pk").values_list("slug", flat=True).first()
        except DatabaseError:
            return {}
        return {"example": example} if example else {}

    def get_response_serializers(self):
        return build_responses(self.view.serializer_class, "A page of its editions.", [400, 404, 406, 410])

    def get_examples(self):
        return []
