"""OpenAPI of what is sent: its words from the model, its examples from a published record."""

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
    """How OpenAPI tells of tokens."""

    target_class = "kb.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        words = "A token that an administrator of the knowledge base gives, for some purposes and until a day."
        return {"type": "http", "scheme": "bearer", "description": words}


class SuggestionSchema(QueryViewSchema):
    """Three operations of one resource, of which each says what else may be answered, and why."""

    def get_operation_id(self):
        return f"suggestions_{self.view.action}"

    def get_summary(self):
        return SUMMARIES[self.view.action]

    def get_description(self):
        return cleandoc(getattr(self.view, self.view.action).__doc__)

    def get_override_parameters(self):
        sent = [
            OpenApiParameter("WWW-Authenticate", str, "header", response=[401], description="Bearer: send a token."),
            OpenApiParameter("Retry-After", int, "header", response=[429], description="In how many seconds to retry."),
            OpenApiParameter("Location", str, "header", response=[200, 201], description="The suggestion's address."),
        ]
        if self.view.action == "list":
            return [*super().get_override_parameters(), sent[0]]
        return sent if self.view.action == "create" else sent[:1]

    def _resolve_path_parameters(self, variables):
        words = Suggestion._meta.get_field("id").help_text
        shown = {"description": words, "example": str(EXAMPLE_ID)}
        return [parameter | shown for parameter in super()._resolve_path_parameters(variables)]

    def get_response_serializers(self):
        shown, codes = SuggestionSerializer, STATUS_CODES[self.view.action]
        if self.view.action == "create":
            kept = {201: OpenApiResponse(shown, description="It is kept, and this is what was understood.")}
            return kept | build_responses(
                shown, "The same is open already, sent by the same person: this is it.", codes, PROBLEM_OVERRIDES
            )
        if self.view.action == "list":
            return build_responses(SuggestionsSerializer, "A page of them, the newest first.", codes)
        return build_responses(shown, "The suggestion, and what has become of it.", codes)

    def get_examples(self):
        """A suggestion about a published record, as it is sent and as it is answered."""
        try:
            found = Suggestion(**EXAMPLE_BODY, id=EXAMPLE_ID, sent_at=datetime(2026, 1, 31, 12, tzinfo=UTC))
            if found.record is None:  # The example is about shipped data, which are not there.
                return []
        except DatabaseError:  # There is no database yet: the description stands without examples.
            return []
        shown = SuggestionSerializer(found).data
        if self.view.action == "list":
            shown = {"count": 1, "next": None, "previous": None, "results": [shown]}
        sent = (
            [OpenApiExample("as it is sent", value=EXAMPLE_BODY, request_only=True)]
            if self.view.action == "create"
            else []
        )
        codes = ["200", "201"] if sent else ["200"]
        return [*sent, OpenApiExample("as it is answered", value=shown, response_only=True, status_codes=codes)]
