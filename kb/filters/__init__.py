"""Filters of lists and forms of queries: they parse query parameters, and refuse what they do not understand."""

from kb.filters.about import ExactEntryFilter
from kb.filters.backend import (
    BYTE_ORDER_MARK_PARAM,
    BYTE_ORDER_MARK_VALUE,
    COUNT_PARAMS,
    SHAPE_HELP_TEXT,
    SHAPE_PARAM,
    SPARSE_FIELD_PARAMS,
    Shape,
    StrictFilterBackend,
    build_param_errors,
    reject_unknown_params,
)
from kb.filters.facets import find_facets
from kb.filters.fields import (
    DescendantFilter,
    LineageFilter,
    MemberKindFilter,
    MultiValueFilter,
    RedFlagEntryFilter,
)
from kb.filters.filtersets import EntryFilter, RecordFilter
from kb.filters.form_fields import (
    NAME_HINT,
    EntryNameField,
    EnumField,
    MultiValueField,
    RecordSlugField,
    collect_resolutions,
)
from kb.filters.modifiers import EXCLUSION_HELP_TEXT, EXCLUSION_MARK
from kb.filters.nearest import NearestListFinder
from kb.filters.orderings import COUNT_ORDERINGS
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
from kb.filters.record_facets import RedFlagFacet, StatedFacet
from kb.filters.resources import CancerFilter, MetastaticSiteFilter, SourceFilter, StatementFilter
from kb.filters.stated import HasStatementFilter
from kb.filters.tallies import tally_facet

__all__ = [
    "BYTE_ORDER_MARK_PARAM",
    "BYTE_ORDER_MARK_VALUE",
    "COUNT_ORDERINGS",
    "COUNT_PARAMS",
    "EXCLUSION_HELP_TEXT",
    "EXCLUSION_MARK",
    "NAME_HINT",
    "SHAPE_HELP_TEXT",
    "SHAPE_PARAM",
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
    "MemberKindFilter",
    "MetastaticSiteFilter",
    "MultiValueField",
    "MultiValueFilter",
    "NearestListFinder",
    "PathsForm",
    "QueryForm",
    "RecordFilter",
    "RecordSlugField",
    "RedFlagEntryFilter",
    "RedFlagFacet",
    "SearchForm",
    "Shape",
    "SourceFilter",
    "StatedFacet",
    "StatementFilter",
    "StrictFilterBackend",
    "SuggestionsForm",
    "build_param_errors",
    "collect_resolutions",
    "find_facets",
    "reject_unknown_params",
    "tally_facet",
]
