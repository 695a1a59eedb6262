"""Serializers of the answers to queries: paths, coverage, disagreements and search."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.schema_refs import RED_FLAGS_SCHEMA
from kb.models import resource_name
from kb.reasoning.disagreements import Explainer, Verdict
from kb.reasoning.inheritance import Basis
from kb.serializers.details import serialize_red_flags
from kb.serializers.references import EntryReferenceSerializer, PassageSerializer, build_record_url
from kb.serializers.statements import GenericStatementSerializer

ANSWER_DISCLAIMER = (
    "Reference information made of cited statements: no diagnosis, and nothing here says that something is safe."
)


class RedFlagsMixin(serializers.Serializer):
    """An answer that names symptoms: their red flags come with it, whatever is asked."""

    red_flags = serializers.SerializerMethodField(
        help_text="The red flags of every symptom that the answer names; nothing leaves them out."
    )

    @extend_schema_field(RED_FLAGS_SCHEMA)
    def get_red_flags(self, answer):
        return serialize_red_flags(answer["named"], self.context)


class PageEnvelopeSerializer(serializers.Serializer):
    """What is long, in pages."""

    count = serializers.IntegerField(min_value=0, help_text="How many results there are, on all pages together.")
    next = serializers.URLField(allow_null=True, help_text="The address of the next page, if there is one.")
    previous = serializers.URLField(allow_null=True, help_text="The address of the page before, if there is one.")


class RedFlagsPageSerializer(RedFlagsMixin, PageEnvelopeSerializer):
    """A long answer, in pages."""


class PathStepSerializer(serializers.Serializer):
    """One step of a chain: the statements that lead from one entry to the next."""

    start = EntryReferenceSerializer(help_text="Where it begins.")
    says = serializers.CharField(help_text="How it leads on, in words.")
    end = EntryReferenceSerializer(help_text="Where it leads.")
    basis = serializers.ChoiceField(Basis.choices, help_text="On what it rests for the entry where it begins.")
    statements = GenericStatementSerializer(many=True, help_text="The statements that say so.")


class PathSerializer(serializers.Serializer):
    """A chain of statements from one entry to another."""

    hops = serializers.IntegerField(min_value=1, help_text="How many steps it has.")
    basis = serializers.ChoiceField(Basis.choices, help_text="On what the whole rests: its weakest step.")
    reached = serializers.ListField(
        child=serializers.SlugField(),
        help_text="The slugs from what was asked for to where it ends: a class of it, or a kind of the symptom.",
    )
    steps = PathStepSerializer(many=True, help_text="Its steps, in order.")


class FoundPathsSerializer(RedFlagsMixin):
    """The chains of statements that lead from one entry to another; that they can be put together proves nothing."""

    start = EntryReferenceSerializer(help_text="Where the chains begin.")
    end = EntryReferenceSerializer(help_text="Where they lead; a class that it belongs to, or a kind of it, counts.")
    max_hops = serializers.IntegerField(min_value=1, max_value=5, help_text="How many steps they may have.")
    paths = PathSerializer(many=True, help_text="The chains, the shortest first, 50 at most.")
    truncated = serializers.BooleanField(help_text="Whether the search stopped at its bounds before all were found.")
    note = serializers.CharField(help_text="What the answer is, and what it is not.")


class CoverageCellSerializer(serializers.Serializer):
    """What is stated of two entries together, through classes and kinds."""

    col = serializers.SlugField(help_text="The slug of its column.")
    says = serializers.CharField(help_text="The cell in words. An empty one says nothing about the effect.")
    statements = serializers.IntegerField(min_value=0, help_text="How many statements answer about the two.")
    direct = serializers.IntegerField(min_value=0, help_text="How many of them name exactly these two.")
    kinds = serializers.DictField(
        child=serializers.IntegerField(min_value=1), help_text="How many of each kind, such as management-options."
    )
    sources = serializers.ListField(child=serializers.SlugField(), help_text="The slugs of the sources that they cite.")
    newest = serializers.DateField(allow_null=True, help_text="The newest date that one of those sources carries.")
    single_source = serializers.BooleanField(help_text="Whether all of it rests on one source.")
    undated = serializers.BooleanField(help_text="Whether there are statements, and no source of theirs has a date.")


class CoverageRowSerializer(serializers.Serializer):
    """One row of a coverage."""

    row = EntryReferenceSerializer(help_text="The entry of the row.")
    cells = CoverageCellSerializer(
        many=True, help_text="Its cells in which something is stated, or that were asked for."
    )


class CoverageSerializer(RedFlagsPageSerializer):
    """What the sources speak of, and how well: entries by entries, in pages of rows."""

    cols = EntryReferenceSerializer(many=True, help_text="The entries that make the columns.")
    empty = serializers.CharField(help_text="What every cell says that is not listed.")
    note = serializers.CharField(help_text="What the answer is, and what it is not.")
    said = GenericStatementSerializer(
        many=True,
        allow_null=True,
        help_text="The statements behind the cell, where one row and one column were asked for; else null.",
    )
    results = CoverageRowSerializer(many=True, help_text="The rows of this page, in the order of their hierarchy.")


class DisagreementSerializer(serializers.Serializer):
    """Two statements that cannot both hold of the same people at the same time."""

    kind = serializers.CharField(help_text="The kind of both statements, as in addresses.")
    point = serializers.CharField(help_text="The field in which they contradict each other.")
    verdict = serializers.ChoiceField(Verdict.choices, help_text="Whether the sources themselves resolve it.")
    explained_by = serializers.ChoiceField(
        Explainer.choices, allow_null=True, help_text="What resolves it; null while it is open."
    )
    says = serializers.CharField(help_text="The same in words.")
    words = serializers.ListField(
        child=serializers.CharField(), min_length=2, max_length=2, help_text="What either says on the point."
    )
    statements = GenericStatementSerializer(many=True, help_text="The two statements, side by side, in the same order.")


class DisagreementsSerializer(RedFlagsPageSerializer):
    """The pairs of statements that contradict each other on one point, those that are open first."""

    results = DisagreementSerializer(many=True, help_text="The disagreements of this page.")


class HitSerializer(serializers.Serializer):
    """An entry or a statement that answers a search."""

    kind = serializers.SerializerMethodField(help_text="What kind of record it is, as in addresses.")
    slug = serializers.SlugField(help_text="Its permanent public identifier.")
    name = serializers.CharField(source="__str__", help_text="The name of an entry, or what a statement says.")
    url = serializers.SerializerMethodField(help_text="Its address.")
    why = serializers.CharField(help_text="Why it answers.")
    summary = serializers.CharField(default="", help_text="What an entry is; empty for a statement.")
    citations = PassageSerializer(
        many=True, default=[], help_text="The passages of the sources that say so; empty for an entry."
    )

    def get_kind(self, record) -> str:
        return resource_name(type(record))

    def get_url(self, record) -> str:
        return build_record_url(record, self.context)


class SearchSerializer(RedFlagsPageSerializer):
    """The entries and statements that answer a few words, best first."""

    corrections = serializers.DictField(
        child=serializers.CharField(), help_text="The words that were taken for typing errors, and as what."
    )
    results = HitSerializer(many=True, help_text="The hits of this page, best first.")
