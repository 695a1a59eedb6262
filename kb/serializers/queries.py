"""Serializers of the answers to queries: paths, coverage, disagreements and search."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.schema_refs import RED_FLAGS_SCHEMA
from kb.models import resource_name
from kb.reasoning.claims import Contrast, Explainer, Verdict
from kb.reasoning.inheritance import Basis
from kb.serializers.parts import PageEnvelopeSerializer
from kb.serializers.readings import InterpretedMixin, UnknownMixin
from kb.serializers.red_flags import serialize_red_flags
from kb.serializers.references import (
    EntryReferenceSerializer,
    PassageSerializer,
    build_record_url,
)
from kb.serializers.row_cache import RowCacheMixin
from kb.serializers.statements import GenericStatementSerializer, StatementNameSerializer

ANSWER_DISCLAIMER = (
    "Reference information made of cited statements: no diagnosis, and nothing here says that something is safe."
)


class RedFlagsMixin(serializers.Serializer):
    """An answer with the red flags of the symptoms that it names (`named`) or is about (`asked`)."""

    red_flags = serializers.SerializerMethodField(
        help_text="The red flags of every symptom that the answer names; nothing leaves them out."
    )

    @extend_schema_field(RED_FLAGS_SCHEMA)
    def get_red_flags(self, answer):
        return serialize_red_flags(answer["named"], self.context, answer["asked"])


class RedFlagsPageSerializer(RedFlagsMixin, PageEnvelopeSerializer):
    """A long answer, in pages."""


class PathStepSerializer(serializers.Serializer):
    """One step of a chain: the statements that lead from one entry to the next."""

    start = EntryReferenceSerializer(help_text="Where it begins.")
    says = serializers.CharField(help_text="How it leads on, in words.")
    end = EntryReferenceSerializer(help_text="Where it leads.")
    basis = serializers.ChoiceField(
        Basis.choices,
        help_text="On what it rests for the entry where it begins. What is said of some of a class is only possible, "
        "even of that class, and so is what is said of a use that nothing shows to be this one.",
    )
    limits = serializers.ListField(
        child=serializers.CharField(), help_text="What limits it: the limits that all its statements have."
    )
    contested_by = StatementNameSerializer(
        many=True,
        help_text="The statements, of any kind, that say the opposite of the same entry, or of one nearer to it.",
    )
    statements = GenericStatementSerializer(many=True, help_text="The statements that say so, each with its limits.")


class PathSerializer(serializers.Serializer):
    """A chain of causes from one entry to another."""

    hops = serializers.IntegerField(min_value=1, help_text="How many steps it has.")
    basis = serializers.ChoiceField(Basis.choices, help_text="On what the whole rests: its weakest step.")
    reached = serializers.ListField(
        child=serializers.SlugField(),
        help_text="The slugs from what was asked for to where it ends: a class of it, or a kind of it.",
    )
    says = serializers.CharField(help_text="The whole in words.")
    steps = PathStepSerializer(many=True, help_text="Its steps, in order.")


class CascadeSerializer(PathSerializer):
    """A chain that goes through a remedy: something on the way is treated with a treatment, and that leads on."""

    remedy = EntryReferenceSerializer(help_text="The treatment that something on the way is treated with.")
    remedy_also_helps = GenericStatementSerializer(
        many=True,
        help_text="The statements that the remedy, or a class of it, relieves or prevents that to which the chain "
        "leads, a kind of it or something broader. The chain does not outweigh them.",
    )


class FoundPathsSerializer(UnknownMixin, InterpretedMixin, RedFlagsMixin):
    """The chains of statements that lead from one entry to another; that they can be put together proves nothing."""

    start = EntryReferenceSerializer(help_text="Where the chains begin.")
    end = EntryReferenceSerializer(help_text="Where they lead; a class that it belongs to, or a kind of it, counts.")
    having = EntryReferenceSerializer(many=True, help_text="What else there is, as the question says.")
    max_hops = serializers.IntegerField(min_value=1, max_value=5, help_text="How many steps they may have.")
    says = serializers.CharField(
        help_text="What was found, in words; where nothing was, in how many sources, and that this proves nothing."
    )
    sources = serializers.IntegerField(min_value=0, help_text="How many sources were read.")
    paths = PathSerializer(many=True, help_text="The chains of causes, the shortest first, 50 at most.")
    cascades = CascadeSerializer(
        many=True,
        help_text="The chains through one remedy, the shortest first, 50 at most: apart, since a remedy is no cause.",
    )
    start_also_helps = GenericStatementSerializer(
        many=True,
        help_text="Where the chains begin at a treatment: the statements that it, or a class of it, relieves or "
        "prevents that to which they lead, a kind of it or something broader.",
    )
    nearest = EntryReferenceSerializer(
        many=True, help_text="Where no chain leads there: the broader entries to which a chain of causes leads."
    )
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

    def to_representation(self, cell):
        """Return a cell, whose values are what is shown: there are thousands of them in an answer."""
        return cell | {"newest": cell["newest"] and cell["newest"].isoformat()}


class CoverageRowSerializer(serializers.Serializer):
    """One row of a coverage."""

    row = EntryReferenceSerializer(help_text="The entry of the row.")
    cells = CoverageCellSerializer(
        many=True, help_text="Its cells in which something is stated, or that were asked for."
    )


class CoverageColumnsSerializer(PageEnvelopeSerializer):
    """The columns of a coverage, in pages."""

    results = EntryReferenceSerializer(many=True, help_text="The columns of this page.")


class CoverageSerializer(InterpretedMixin, RedFlagsPageSerializer):
    """What the sources speak of, and how well: entries by entries, in pages of rows and of columns."""

    cols = CoverageColumnsSerializer(help_text="The entries that make the columns, in pages.")
    empty = serializers.CharField(help_text="What every cell says that is not listed.")
    note = serializers.CharField(help_text="What the answer is, and what it is not.")
    said = GenericStatementSerializer(
        many=True,
        allow_null=True,
        help_text="The statements behind the cell, where one row and one column were asked for; else null.",
    )
    results = CoverageRowSerializer(many=True, help_text="The rows of this page, in the order of their hierarchy.")


class DisagreementSerializer(serializers.Serializer):
    """Two statements, of one kind or of two, that cannot both hold of the same people at the same time."""

    point = serializers.CharField(help_text="On what they contradict each other, such as movement.")
    contrast = serializers.ChoiceField(Contrast.choices, help_text="How far apart they are.")
    verdict = serializers.ChoiceField(Verdict.choices, help_text="Whether the sources themselves resolve it.")
    explained_by = serializers.ChoiceField(
        Explainer.choices, allow_null=True, help_text="What resolves it; null while it is open."
    )
    says = serializers.CharField(help_text="The same in words.")
    words = serializers.ListField(
        child=serializers.CharField(), min_length=2, max_length=2, help_text="What either says on the point."
    )
    statements = GenericStatementSerializer(many=True, help_text="The two statements, side by side, in the same order.")


class DisagreementsSerializer(InterpretedMixin, RedFlagsPageSerializer):
    """The pairs of statements that contradict each other on one point, those that are open first."""

    results = DisagreementSerializer(many=True, help_text="The disagreements of this page.")


class HitSerializer(RowCacheMixin, serializers.Serializer):
    """An entry or a statement that answers a search."""

    question_fields = frozenset({"why", "missing_words"})

    kind = serializers.SerializerMethodField(help_text="What kind of record it is, as in addresses.")
    slug = serializers.SlugField(source="record.slug", help_text="Its permanent public identifier.")
    name = serializers.CharField(source="record.__str__", help_text="The name of an entry, or what a statement says.")
    url = serializers.SerializerMethodField(help_text="Its address.")
    why = serializers.CharField(source="hit.rank.label", help_text="Why it answers.")
    missing_words = serializers.ListField(
        source="hit.missing_words",
        child=serializers.CharField(),
        help_text="The words that it does not hold, where it holds only some of them.",
    )
    summary = serializers.CharField(
        source="record.summary", default="", help_text="What an entry is; empty for a statement."
    )
    citations = PassageSerializer(
        source="record.citations",
        many=True,
        default=[],
        help_text="The passages of the sources that say so; empty for an entry.",
    )

    def get_row_key(self, found):
        return super().get_row_key(found.record)

    def get_kind(self, found) -> str:
        return resource_name(type(found.record))

    def get_url(self, found) -> str:
        return build_record_url(found.record, self.context)


class SearchSerializer(RedFlagsPageSerializer):
    """The entries and statements that answer a few words, best first."""

    corrections = serializers.DictField(
        child=serializers.CharField(), help_text="The words that were taken for typing errors, and as what."
    )
    all_words_found = serializers.BooleanField(
        help_text="Whether some record holds all the words; else those come that hold most of them."
    )
    missing_words = serializers.ListField(
        child=serializers.CharField(),
        help_text="The words that nothing here holds; words without meaning do not count.",
    )
    truncated = serializers.BooleanField(
        source="is_truncated",
        help_text="Whether there may be more than `count` hits: of each kind, 200 are listed at most.",
    )
    serious_harms = GenericStatementSerializer(
        many=True, help_text="The serious harms of the treatments named that are a symptom named, or show as it."
    )
    results = HitSerializer(many=True, help_text="The hits of this page, best first.")
