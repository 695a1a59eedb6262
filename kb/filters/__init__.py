"""How lists narrow: strictly, through the trees of entries, in the words of the models."""

from kb.filters.kinds import AlarmFilter, HasStatement, LineageFilter, SubtreeFilter, TopicFilter
from kb.filters.sets import CancerFilter, EntryFilter, MetastaticSiteFilter, RecordFilter, SourceFilter, StatementFilter
from kb.filters.strict import SHAPE, StrictFilterBackend, refuse_unknown
from kb.filters.values import nearest_slug

__all__ = [
    "SHAPE",
    "AlarmFilter",
    "CancerFilter",
    "EntryFilter",
    "HasStatement",
    "LineageFilter",
    "MetastaticSiteFilter",
    "RecordFilter",
    "SourceFilter",
    "StatementFilter",
    "StrictFilterBackend",
    "SubtreeFilter",
    "TopicFilter",
    "nearest_slug",
    "refuse_unknown",
]
