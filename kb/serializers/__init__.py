"""How records look on the wire, in the words of their models."""

from kb.serializers.about import ContentsSerializer
from kb.serializers.details import detail_of
from kb.serializers.records import (
    CancerSerializer,
    EntrySerializer,
    MetastaticSiteSerializer,
    Reference,
    SourceSerializer,
    StatementSerializer,
    address,
    resource,
)

__all__ = [
    "CancerSerializer",
    "ContentsSerializer",
    "EntrySerializer",
    "MetastaticSiteSerializer",
    "Reference",
    "SourceSerializer",
    "StatementSerializer",
    "address",
    "detail_of",
    "resource",
]
