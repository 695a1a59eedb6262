"""The OpenAPI schema of the editions of a source."""

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
        return [slug | {"name": name} for name in variables]

    def get_response_serializers(self):
        return build_responses(self.view.serializer_class, "A page of its editions.", [400, 404, 406, 410])

    def get_examples(self):
        return []
