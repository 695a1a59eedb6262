"""The OpenAPI schema of suggestions and of the token that they take."""

from datetime import UTC, datetime
from inspect import cleandoc
from uuid import UUID

from django.db import DatabaseError
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from kb.models import Suggestion
from kb.openapi.auto_schema import QueryViewSchema, build_responses
from kb.serializers import SuggestionSerializer, SuggestionsSerializer

SUMMARIES = {
    "list": "List one's own suggestions",
    "create": "Suggest a correction",
    "retrieve": "Get one's own suggestion",
}
STATUS_CODES = {"list": [400, 401, 403, 404, 406], "retrieve": [400, 401, 403, 404, 406]}
STATUS_CODES["create"] = [400, 401, 403, 406, 413, 415, 429]
PROBLEM_OVERRIDES = {
    400: "The body is no JSON, or a member of it is missing, unknown or wrong; the nearest that exists is named."
}
EXAMPLE_ID = UUID(int=1)
EXAMPLE_BODY = {
    "kind": "side-effects",
    "slug": "taxanes-causes-bone-pain",
    "field": "duration",
    "text": "The pain can last longer than this says.",
    "proposed": "generally about a week, sometimes two",
    "evidence": "https://example.org/leaflet, third paragraph",
}


class TokenScheme(OpenApiAuthenticationExtension):
    """The security scheme of API tokens."""

    target_class = "kb.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        description = "A token that an administrator of the knowledge base gives, for some purposes and until a day."
        return {"type": "http", "scheme": "bearer", "description": description}


class SuggestionSchema(QueryViewSchema):
    """The schema of the three operations: list, create and retrieve, each with its own problems and headers."""

    def get_operation_id(self):
        return f"suggestions_{self.view.action}"

    def get_summary(self):
        return SUMMARIES[self.view.action]

    def get_description(self):
        return cleandoc(getattr(self.view, self.view.action).__doc__)

    def get_override_parameters(self):
        headers = [
            OpenApiParameter("WWW-Authenticate", str, "header", response=[401], description="Bearer: send a token."),
            OpenApiParameter("Retry-After", int, "header", response=[429], description="In how many seconds to retry."),
            OpenApiParameter("Location", str, "header", response=[200, 201], description="The suggestion's address."),
        ]
        if self.view.action == "list":
            return [*super().get_override_parameters(), headers[0]]
        return headers if self.view.action == "create" else headers[:1]

    def _resolve_path_parameters(self, variables):
        identifier = {"description": Suggestion._meta.get_field("id").help_text, "example": str(EXAMPLE_ID)}
        return [parameter | identifier for parameter in super()._resolve_path_parameters(variables)]

    def get_response_serializers(self):
        serializer, codes = SuggestionSerializer, STATUS_CODES[self.view.action]
        if self.view.action == "create":
            created = {201: OpenApiResponse(serializer, description="It is kept, and this is what was understood.")}
            return created | build_responses(
                serializer, "The same is open already, sent by the same person: this is it.", codes, PROBLEM_OVERRIDES
            )
        if self.view.action == "list":
            return build_responses(SuggestionsSerializer, "A page of them, the newest first.", codes)
        return build_responses(serializer, "The suggestion, and what has become of it.", codes)

    def get_examples(self):
        """Return a suggestion about a shipped record: the body of the request, and the response."""
        try:
            suggestion = Suggestion(**EXAMPLE_BODY, id=EXAMPLE_ID, sent_at=datetime(2026, 1, 31, 12, tzinfo=UTC))
            if suggestion.record is None:  # The shipped data are not loaded.
                return []
        except DatabaseError:  # There is no database yet: the document has no examples then.
            return []
        data = SuggestionSerializer(suggestion).data
        if self.view.action == "list":
            data = {"count": 1, "next": None, "previous": None, "results": [data]}
        if self.view.action != "create":
            return [OpenApiExample("as it is answered", value=data, response_only=True, status_codes=["200"])]
        return [
            OpenApiExample("as it is sent", value=EXAMPLE_BODY, request_only=True),
            OpenApiExample("as it is answered", value=data, response_only=True, status_codes=["200", "201"]),
        ]
