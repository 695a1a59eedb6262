"""How lists narrow and questions are asked: strictly, through the trees of entries, in the words of the models."""

from kb.filters.backend import SHAPE, StrictFilterBackend, faults, refuse_unknown
from kb.filters.fields import AlarmFilter, HasStatement, LineageFilter, SubtreeFilter, TopicFilter, ValuesFilter
from kb.filters.filtersets import (
    CancerFilter,
    EntryFilter,
    MetastaticSiteFilter,
    RecordFilter,
    SourceFilter,
    StatementFilter,
)
from kb.filters.form_fields import NamedField, RecordsField, ValuesField, WordsField
from kb.filters.query_forms import (
    ChangesForm,
    CoverageForm,
    DisagreementsForm,
    NumberField,
    PathsForm,
    QuestionForm,
    SearchForm,
    SuggestionsForm,
)

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
