"""The fields of a statement that say on how much it rests: checks, the decision on its support, sources, dates."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.choices import CitationState, SupportState
from kb.reasoning.support import SupportIndex, count_independent_sources, find_newest_date, get_statement_row
from kb.serializers.context import get_answer_context

CITED_FIELDS = {"independent_sources", "newest_source_date"}  # They are made of the citations.
SUPPORT_FIELDS = ["citation_check", "support", "support_decided_on", "independent_sources", "newest_source_date"]


class SupportFieldsMixin(serializers.Serializer):
    """The fields that say whether the words are there, whether they support a statement, and how many sources do."""

    citation_check = serializers.SerializerMethodField(
        help_text="Whether the words are there: what a program found in the cited lines of the statement as it stands."
    )
    support = serializers.SerializerMethodField(
        help_text="Whether the lines support it: decided by a second person, open again when it or its lines change."
    )
    support_decided_on = serializers.SerializerMethodField(help_text="When that was decided; null while it is open.")
    independent_sources = serializers.SerializerMethodField(
        help_text="How many independent sources say so: passages of one document, or documents of one stated "
        "publisher, count once."
    )
    newest_source_date = serializers.SerializerMethodField(
        help_text="The newest date that one of these documents carries; null where none carries one."
    )

    def find_support(self, statements):
        """Return what was checked and decided of these statements, read once for each state of the data."""
        return get_answer_context(self.context).hierarchies.derive(SupportIndex).find(statements)

    def find_own_support(self, statement):
        """Return what was checked and decided of one statement."""
        return self.find_support([statement])[get_statement_row(statement)]

    @extend_schema_field(serializers.ChoiceField(CitationState.choices))
    def get_citation_check(self, statement):
        return self.find_own_support(statement).citation_state

    @extend_schema_field(serializers.ChoiceField(SupportState.choices))
    def get_support(self, statement):
        return SupportState.DECIDED if self.find_own_support(statement).decided_on else SupportState.OPEN

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_support_decided_on(self, statement):
        return format_date(self.find_own_support(statement).decided_on)

    def get_independent_sources(self, statement) -> int:
        return count_independent_sources(statement)

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_newest_source_date(self, statement):
        return format_date(find_newest_date(statement))


def format_date(day):
    """Return a date in ISO 8601; None for None."""
    return day and day.isoformat()
