"""How records look on the wire, in the words of their models."""

from kb.serializers.details import RED_FLAGS, detail_of, serializer_of, shown_red_flags
from kb.serializers.events import ChangeEventSerializer, ChangesSerializer
from kb.serializers.queries import (
    NOTE,
    CoverageSerializer,
    DisagreementSerializer,
    DisagreementsSerializer,
    EntryReference,
    Flagged,
    FoundPathsSerializer,
    SearchSerializer,
)
from kb.serializers.records import (
    CancerSerializer,
    EntrySerializer,
    MetastaticSiteSerializer,
    Reference,
    SourceSerializer,
    StatedSerializer,
    StatementSerializer,
    address,
    resource,
)
from kb.serializers.releases import ReleaseSerializer, ReleasesSerializer
from kb.serializers.root import ContentsSerializer
from kb.serializers.suggestions import (
    StrictJSONParser,
    SuggestedSerializer,
    SuggestionSerializer,
    SuggestionsSerializer,
)

__all__ = [
    "NOTE",
    "RED_FLAGS",
    "CancerSerializer",
    "ChangeEventSerializer",
    "ChangesSerializer",
    "ContentsSerializer",
    "CoverageSerializer",
    "DisagreementSerializer",
    "DisagreementsSerializer",
    "EntryReference",
    "EntrySerializer",
    "Flagged",
    "FoundPathsSerializer",
    "MetastaticSiteSerializer",
    "Reference",
    "ReleaseSerializer",
    "ReleasesSerializer",
    "SearchSerializer",
    "SourceSerializer",
    "StatedSerializer",
    "StatementSerializer",
    "StrictJSONParser",
    "SuggestedSerializer",
    "SuggestionSerializer",
    "SuggestionsSerializer",
    "address",
    "detail_of",
    "resource",
    "serializer_of",
    "shown_red_flags",
]
