"""Filters for entries of any kind: the statements about them, whatever the field that names them."""

from django.db.models import Q

from kb.filters.fields import MultiValueFilter
from kb.filters.form_fields import EntryNameField
from kb.reasoning.named_entries import group_ids_by_model
from kb.reasoning.statements_about import build_lineages_about, filter_statements_about


class AboutFilter(MultiValueFilter):
    """Statements about these entries, as their pages show them: through classes and kinds, in any field."""

    field_class = EntryNameField

    def filter_values(self, queryset, values):
        return self.filter_by_entries(queryset, values, exact=self.parent.exact)

    def filter_by_entry(self, queryset, entry):
        """Return the statements that name exactly this entry."""
        return self.filter_by_entries(queryset, [entry], exact=True)

    def filter_by_entries(self, queryset, entries, exact):
        return filter_statements_about(queryset, group_ids(entries), self.parent.hierarchies, exact=exact)

    def build_lineages(self, values):
        model = self.parent.queryset.model
        return build_lineages_about(model, group_ids(values), self.parent.hierarchies, exact=self.parent.exact)


class ExactEntryFilter(MultiValueFilter):
    """Statements about exactly these entries, of whatever model; those that only limit a statement do not count."""

    field_class = EntryNameField

    def filter_values(self, queryset, values):
        matches = Q()
        for field in queryset.model.subject_fields():
            matches |= Q(**{f"{field.name}__in": [e.pk for e in values if isinstance(e, field.related_model)]})
        return queryset.filter(matches)


def group_ids(entries):
    """Return the keys of entries by their model."""
    return group_ids_by_model((type(entry), entry.pk) for entry in entries)
