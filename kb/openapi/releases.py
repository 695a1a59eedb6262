"""The OpenAPI schema of releases and their files."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from kb.models import Release, ReleaseFile
from kb.openapi.auto_schema import QueryViewSchema, build_responses

SUMMARIES = {"list": "List the releases", "retrieve": "Get one release", "file": "Get one file of a release"}
PATH_PARAMETER_FIELDS = {"name": Release._meta.get_field("name"), "file": ReleaseFile._meta.get_field("name")}
PATH_PARAMETER_EXAMPLES = {"name": "2026.12", "file": "side-effects.csv"}


class ReleaseSchema(QueryViewSchema):
    """The schema of the three operations: list, retrieve and file."""

    def get_operation_id(self):
        return f"releases_{self.view.action}"

    def get_summary(self):
        return SUMMARIES[self.view.action]

    def get_description(self):
        return getattr(self.view, self.view.action).__doc__

    def get_override_parameters(self):
        pages = self.view.paginator.get_schema_operation_parameters(self.view) if self.view.action == "list" else []
        return [OpenApiParameter(page["name"], page["schema"], description=page["description"]) for page in pages]

    def _resolve_path_parameters(self, variables):
        parameter = {"in": "path", "required": True, "schema": {"type": "string"}}
        return [
            parameter
            | {
                "name": name,
                "description": PATH_PARAMETER_FIELDS[name].help_text,
                "example": PATH_PARAMETER_EXAMPLES[name],
            }
            for name in variables
        ]

    def get_response_serializers(self):
        serializer = self.view.get_serializer_class()
        if self.view.action == "list":
            return build_responses(serializer, "A page of them, the newest first.", [400, 404, 406])
        if self.view.action == "retrieve":
            return build_responses(serializer, "The release.", [400, 404, 406])
        problems = build_responses(None, "", [400, 404])
        del problems[200]
        file = OpenApiResponse(OpenApiTypes.BINARY, description="The file, in its own media type.")
        return {(200, "application/octet-stream"): file} | problems

    def get_examples(self):
        return []
