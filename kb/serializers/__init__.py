"""Serializers of records, statements and answers: the JSON of the API, described by the models."""

from kb.serializers.absence import AbsenceSerializer
from kb.serializers.brief import MAX_BRIEF_BYTES, build_brief
from kb.serializers.brief_schema import BriefSerializer
from kb.serializers.context import build_neutral_context, get_answer_context
from kb.serializers.details import (
    SOURCE_PARAMETERS,
    STATEMENTS_HELP_TEXT,
    CancerDetailSerializer,
    EntryDetailMixin,
    EntryStatementsSerializer,
    MetastaticSiteDetailSerializer,
    RecordDetailMixin,
    SourceDetailSerializer,
)
from kb.serializers.editions import SourceEditionsSerializer
from kb.serializers.events import ChangeEventSerializer, ChangesSerializer
from kb.serializers.facets import FacetSerializer
from kb.serializers.parts import AnswerPagesSerializer, PageEnvelopeSerializer, PartSerializer
from kb.serializers.queries import (
    ANSWER_DISCLAIMER,
    CoverageSerializer,
    DisagreementSerializer,
    DisagreementsSerializer,
    FoundPathsSerializer,
    PathSerializer,
    RedFlagsMixin,
    SearchSerializer,
)
from kb.serializers.readings import InterpretedMixin, UnknownMixin, serialize_readings
from kb.serializers.records import CancerSerializer, EntrySerializer, SourceSerializer
from kb.serializers.red_flags import (
    MAX_REFERENCES,
    REFERENCE_FIELDS,
    RedFlagReferenceSerializer,
    build_red_flags_url,
    reference_red_flags,
    serialize_red_flags,
    serialize_warnings,
)
from kb.serializers.references import (
    EntryReferenceSerializer,
    PassageSerializer,
    ReferenceSerializer,
    build_record_url,
)
from kb.serializers.registry import get_record_serializer, statement_serializers
from kb.serializers.releases import ReleaseSerializer, ReleasesSerializer
from kb.serializers.root import ContentsSerializer
from kb.serializers.row_cache import RowCacheMixin
from kb.serializers.statements import (
    GenericStatementSerializer,
    InferenceFieldsMixin,
    MetastaticSiteSerializer,
    StatementReferenceSerializer,
    StatementSerializer,
)
from kb.serializers.suggestions import (
    StrictJSONParser,
    SuggestionInputSerializer,
    SuggestionSerializer,
    SuggestionsSerializer,
)

__all__ = [
    "ANSWER_DISCLAIMER",
    "MAX_BRIEF_BYTES",
    "MAX_REFERENCES",
    "REFERENCE_FIELDS",
    "SOURCE_PARAMETERS",
    "STATEMENTS_HELP_TEXT",
    "AbsenceSerializer",
    "AnswerPagesSerializer",
    "BriefSerializer",
    "CancerDetailSerializer",
    "CancerSerializer",
    "ChangeEventSerializer",
    "ChangesSerializer",
    "ContentsSerializer",
    "CoverageSerializer",
    "DisagreementSerializer",
    "DisagreementsSerializer",
    "EntryDetailMixin",
    "EntryReferenceSerializer",
    "EntrySerializer",
    "EntryStatementsSerializer",
    "FacetSerializer",
    "FoundPathsSerializer",
    "GenericStatementSerializer",
    "InferenceFieldsMixin",
    "InterpretedMixin",
    "MetastaticSiteDetailSerializer",
    "MetastaticSiteSerializer",
    "PageEnvelopeSerializer",
    "PartSerializer",
    "PassageSerializer",
    "PathSerializer",
    "RecordDetailMixin",
    "RedFlagReferenceSerializer",
    "RedFlagsMixin",
    "ReferenceSerializer",
    "ReleaseSerializer",
    "ReleasesSerializer",
    "RowCacheMixin",
    "SearchSerializer",
    "SourceDetailSerializer",
    "SourceEditionsSerializer",
    "SourceSerializer",
    "StatementReferenceSerializer",
    "StatementSerializer",
    "StrictJSONParser",
    "SuggestionInputSerializer",
    "SuggestionSerializer",
    "SuggestionsSerializer",
    "UnknownMixin",
    "build_brief",
    "build_neutral_context",
    "build_record_url",
    "build_red_flags_url",
    "get_answer_context",
    "get_record_serializer",
    "reference_red_flags",
    "serialize_readings",
    "serialize_red_flags",
    "serialize_warnings",
    "statement_serializers",
]
