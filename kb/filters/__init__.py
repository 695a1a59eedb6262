"""How lists narrow: strictly, through the trees of entries, in the words of the models."""

from kb.filters.kinds import HasStatement, SubtreeFilter, TopicFilter
from kb.filters.sets import CancerFilter, EntryFilter, MetastaticSiteFilter, RecordFilter, SourceFilter, StatementFilter
from kb.filters.strict import SHAPE, StrictFilterBackend, refuse_unknown

__all__ = [
    "SHAPE",
    "CancerFilter",
    "EntryFilter",
    "HasStatement",
    "MetastaticSiteFilter",
    "RecordFilter",
    "SourceFilter",
    "StatementFilter",
    "StrictFilterBackend",
    "SubtreeFilter",
    "TopicFilter",
    "refuse_unknown",
]
