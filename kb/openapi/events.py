"""The OpenAPI schema of the feed of changes, with an example that is the same on every database."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import DatabaseError
from drf_spectacular.utils import OpenApiExample

from kb.models import Event
from kb.openapi.auto_schema import QueryViewSchema
from kb.serializers import ChangeEventSerializer


class ChangesSchema(QueryViewSchema):
    """The schema of a query whose answer holds timestamps and identifiers that differ between databases."""

    def build_examples(self):
        """Return a published event with a fixed time and identifier."""
        conditions = {f"{name}__in": values for name, values in self.view.example.items()}
        try:
            event = Event.objects.filter(**conditions).order_by("slug", "pk").first()
        except DatabaseError:  # There is no database yet: the document has no examples then.
            return []
        if event is None:
            return []
        event.key, event.at = UUID(int=1), datetime(2026, 1, 31, 12, tzinfo=UTC)
        page = {"count": 1, "next": None, "previous": None, "results": [ChangeEventSerializer(event).data]}
        return [OpenApiExample("for example", value=page, response_only=True, status_codes=["200"])]
