"""How lists narrow and questions are asked: strictly, through the trees of entries, in the words of the models."""

from kb.filters.asked import (
    ChangesForm,
    CoverageForm,
    DisagreementsForm,
    NumberField,
    PathsForm,
    QuestionForm,
    SearchForm,
    SuggestionsForm,
)
from kb.filters.kinds import AlarmFilter, HasStatement, LineageFilter, SubtreeFilter, TopicFilter, ValuesFilter
from kb.filters.sets import CancerFilter, EntryFilter, MetastaticSiteFilter, RecordFilter, SourceFilter, StatementFilter
from kb.filters.strict import SHAPE, StrictFilterBackend, faults, refuse_unknown
from kb.filters.values import NamedField, RecordsField, ValuesField, WordsField

__all__ = [
    "SHAPE",
    "AlarmFilter",
    "CancerFilter",
    "ChangesForm",
    "CoverageForm",
    "DisagreementsForm",
    "EntryFilter",
    "HasStatement",
    "LineageFilter",
    "MetastaticSiteFilter",
    "NamedField",
    "NumberField",
    "PathsForm",
    "QuestionForm",
    "RecordFilter",
    "RecordsField",
    "SearchForm",
    "SourceFilter",
    "StatementFilter",
    "StrictFilterBackend",
    "SubtreeFilter",
    "SuggestionsForm",
    "TopicFilter",
    "ValuesField",
    "ValuesFilter",
    "WordsField",
    "faults",
    "refuse_unknown",
]
