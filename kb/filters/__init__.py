"""Filters of lists and forms of queries: they parse query parameters, and refuse what they do not understand."""

from kb.filters.about import ExactEntryFilter
from kb.filters.backend import (
    BYTE_ORDER_MARK_PARAM,
    BYTE_ORDER_MARK_VALUE,
    SPARSE_FIELD_PARAMS,
    StrictFilterBackend,
    build_param_errors,
    reject_unknown_params,
)
from kb.filters.fields import (
    DescendantFilter,
    HasStatementFilter,
    LineageFilter,
    MultiValueFilter,
    RedFlagEntryFilter,
)
from kb.filters.filtersets import (
    CancerFilter,
    EntryFilter,
    MetastaticSiteFilter,
    RecordFilter,
    SourceFilter,
    StatementFilter,
)
from kb.filters.form_fields import (
    NAME_HINT,
    EntryNameField,
    EnumField,
    MultiValueField,
    RecordSlugField,
    collect_resolutions,
)
from kb.filters.nearest import NearestListFinder
from kb.filters.query_forms import (
    BoundedIntegerField,
    ChangesForm,
    CoverageForm,
    DisagreementsForm,
    PathsForm,
    QueryForm,
    SearchForm,
    SuggestionsForm,
)

__all__ = [
    "BYTE_ORDER_MARK_PARAM",
    "BYTE_ORDER_MARK_VALUE",
    "NAME_HINT",
    "SPARSE_FIELD_PARAMS",
    "BoundedIntegerField",
    "CancerFilter",
    "ChangesForm",
    "CoverageForm",
    "DescendantFilter",
    "DisagreementsForm",
    "EntryFilter",
    "EntryNameField",
    "EnumField",
    "ExactEntryFilter",
    "HasStatementFilter",
    "LineageFilter",
    "MetastaticSiteFilter",
    "MultiValueField",
    "MultiValueFilter",
    "NearestListFinder",
    "PathsForm",
    "QueryForm",
    "RecordFilter",
    "RecordSlugField",
    "RedFlagEntryFilter",
    "SearchForm",
    "SourceFilter",
    "StatementFilter",
    "StrictFilterBackend",
    "SuggestionsForm",
    "build_param_errors",
    "collect_resolutions",
    "reject_unknown_params",
]
