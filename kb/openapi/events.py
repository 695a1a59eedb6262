"""OpenAPI of the changes: an example that is the same on every database."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import DatabaseError
from drf_spectacular.utils import OpenApiExample

from kb.models import Event
from kb.openapi.auto_schema import QueryViewSchema
from kb.serializers import ChangeEventSerializer


class ChangesSchema(QueryViewSchema):
    """A question whose answer says when something was written, and so is another on every database."""

    def build_examples(self):
        """An event that is told, at a moment and with an identifier of no database."""
        example = {f"{name}__in": words for name, words in self.view.example.items()}
        try:
            event = Event.objects.filter(**example).order_by("slug", "pk").first()
        except DatabaseError:  # There is no database yet: the description stands without examples.
            return []
        if event is None:
            return []
        event.key, event.at = UUID(int=1), datetime(2026, 1, 31, 12, tzinfo=UTC)
        page = {"count": 1, "next": None, "previous": None, "results": [ChangeEventSerializer(event).data]}
        return [OpenApiExample("for example", value=page, response_only=True, status_codes=["200"])]
