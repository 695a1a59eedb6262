"""Filter sets of statements, sources and cancers."""

from kb.choices import CitationState, PassageState, SupportState
from kb.filters.about import AboutFilter
from kb.filters.fields import (
    CitationStateFilter,
    RecordSlugFilter,
    StoredTextFilter,
    StrictBooleanFilter,
)
from kb.filters.filtersets import EntryFilter, RecordFilter
from kb.filters.form_fields import NAME_HINT
from kb.filters.ranges import DayFilter, build_source_date_filters
from kb.filters.support import ConditionFilter, SourceNumberFilter, SourcesSinceFilter
from kb.models import Cancer, MetastaticSite, Source
from kb.reasoning.support import has_citation_state, has_support_state


class StatementFilter(RecordFilter):
    """The parameters of every list of statements: the sources that they cite and the entries that they name."""

    about = AboutFilter(
        help_text=f"Any entry, {NAME_HINT}, or as treatments/letrozole: all that its page shows, whichever field "
        "names it."
    )
    source = RecordSlugFilter("citations__source", model=Source, help_text="The slug of a source that it cites.")
    citation_check = ConditionFilter(
        CitationState,
        build_condition=has_citation_state,
        help_text="Whether the words are there, as the last check says.",
    )
    support = ConditionFilter(
        SupportState,
        build_condition=has_support_state,
        help_text="Whether a second person has decided that the lines support it, as it stands.",
    )
    independent_sources = SourceNumberFilter(help_text="Those that at least so many independent sources say.")
    newest_source_date = SourcesSinceFilter(
        "newest_source_date",
        help_text="Those of which a source carries this date or a later one (ISO 8601); unstated: none carries a date.",
    )
    citation_state = CitationStateFilter(
        "citations__state",
        PassageState.choices,
        help_text="How a passage that it cites stands in the edition of its source that is read now.",
    )
    source_withdrawn = StrictBooleanFilter(
        method="filter_by_withdrawn_source", help_text="true: only what cites a withdrawn source; false: only the rest."
    )

    dated_after, dated_before = build_source_date_filters().values()

    def filter_by_withdrawn_source(self, queryset, name, value):
        resting = queryset.model.objects.filter(citations__source__withdrawn_on__isnull=False).order_by().values("pk")
        return queryset.filter(pk__in=resting) if value else queryset.exclude(pk__in=resting)


class CancerFilter(EntryFilter):
    class Meta:
        model = Cancer


class SourceFilter(RecordFilter):
    publisher = StoredTextFilter("publisher", model=Source, help_text="Who stands behind it; unstated: not named.")
    reviewer = StoredTextFilter("reviewer", model=Source, help_text="Who reviewed it; unstated: not named.")
    date_means = StoredTextFilter(
        "date_means", model=Source, help_text="What was done on its date, such as reviewed; or unstated."
    )
    dated = DayFilter("dated", help_text="The date that it carries (ISO 8601); or unstated.")
    dated_after, dated_before = build_source_date_filters().values()
    withdrawn = StrictBooleanFilter(
        "withdrawn_on", "isnull", exclude=True, help_text="true: only those that were withdrawn; false: only the rest."
    )

    class Meta:
        model = Source


class MetastaticSiteFilter(StatementFilter):
    class Meta:
        model = MetastaticSite
