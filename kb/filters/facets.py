"""Which parameters of a list have a facet: how many of its records there are of each value."""

from kb.filters.about import ExactEntryFilter
from kb.filters.fields import (
    ChoiceFilter,
    CitationStateFilter,
    DescendantFilter,
    ListChoiceFilter,
    MemberKindFilter,
    RecordSlugFilter,
    RedFlagEntryFilter,
    StoredTextFilter,
)
from kb.filters.ranges import DayFilter
from kb.filters.record_facets import CitedRecordFacet, EntryFacet, RecordFacet, RedFlagFacet, StatedFacet, TopicFacet
from kb.filters.stated import HasStatementFilter
from kb.filters.support import ConditionFilter, SourceNumberFilter
from kb.filters.value_facets import CitedFacet, ConditionFacet, Facet, KindFacet, ListFacet, NumberFacet

# The facet of a filter is that of the first of its classes that stands here; None: it has none.
FACETS = {
    RedFlagEntryFilter: RedFlagFacet,
    HasStatementFilter: StatedFacet,
    DescendantFilter: EntryFacet,
    RecordSlugFilter: RecordFacet,
    ExactEntryFilter: TopicFacet,
    CitationStateFilter: CitedFacet,
    ListChoiceFilter: ListFacet,
    ConditionFilter: ConditionFacet,
    MemberKindFilter: KindFacet,
    ChoiceFilter: Facet,
    StoredTextFilter: Facet,
    DayFilter: Facet,
    SourceNumberFilter: NumberFacet,
}


def find_facet_class(param, model):
    """Return the class of the facet of a filter of lists of a model; None if it has none."""
    facet_class = next((facet for kind, facet in FACETS.items() if isinstance(param, kind)), None)
    if facet_class in (EntryFacet, RecordFacet):
        if facet_class is RecordFacet and "pk" in param.fields:
            return None  # Each record has a slug of its own.
        columns = {"pk", *(column.name for column in model._meta.fields)}
        return facet_class if columns.issuperset(param.fields) else CitedRecordFacet
    return facet_class


def find_facets(filterset):
    """Return the facets of a list by the names of their parameters."""
    model = filterset._meta.model
    classes = {name: find_facet_class(param, model) for name, param in filterset.params.items()}
    return {name: kind(name, filterset.params[name], filterset) for name, kind in classes.items() if kind}
