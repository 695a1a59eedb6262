"""How records look on the wire, in the words of their models."""

from kb.serializers.details import (
    RED_FLAGS_SCHEMA,
    get_detail_serializer,
    get_statement_serializer,
    serialize_red_flags,
)
from kb.serializers.events import ChangeEventSerializer, ChangesSerializer
from kb.serializers.queries import (
    ANSWER_DISCLAIMER,
    CoverageSerializer,
    DisagreementSerializer,
    DisagreementsSerializer,
    EntryReferenceSerializer,
    FoundPathsSerializer,
    RedFlagsMixin,
    SearchSerializer,
)
from kb.serializers.records import (
    CancerSerializer,
    EntrySerializer,
    GenericStatementSerializer,
    MetastaticSiteSerializer,
    ReferenceSerializer,
    SourceSerializer,
    StatementSerializer,
    build_record_url,
)
from kb.serializers.releases import ReleaseSerializer, ReleasesSerializer
from kb.serializers.root import ContentsSerializer
from kb.serializers.suggestions import (
    StrictJSONParser,
    SuggestionInputSerializer,
    SuggestionSerializer,
    SuggestionsSerializer,
)

__all__ = [
    "ANSWER_DISCLAIMER",
    "RED_FLAGS_SCHEMA",
    "CancerSerializer",
    "ChangeEventSerializer",
    "ChangesSerializer",
    "ContentsSerializer",
    "CoverageSerializer",
    "DisagreementSerializer",
    "DisagreementsSerializer",
    "EntryReferenceSerializer",
    "EntrySerializer",
    "FoundPathsSerializer",
    "GenericStatementSerializer",
    "MetastaticSiteSerializer",
    "RedFlagsMixin",
    "ReferenceSerializer",
    "ReleaseSerializer",
    "ReleasesSerializer",
    "SearchSerializer",
    "SourceSerializer",
    "StatementSerializer",
    "StrictJSONParser",
    "SuggestionInputSerializer",
    "SuggestionSerializer",
    "SuggestionsSerializer",
    "build_record_url",
    "get_detail_serializer",
    "get_statement_serializer",
    "serialize_red_flags",
]
