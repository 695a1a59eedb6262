"""Facets of records: how many of a list name each entry or source, themselves and through classes and kinds."""

from collections import Counter

from django.db.models import Q

from kb.filters.fields import DescendantFilter, LineageFilter
from kb.filters.form_fields import get_model
from kb.filters.tallies import FacetValue, Tally, build_record_tally, count_distinct
from kb.filters.value_facets import Facet
from kb.reasoning.red_flags import find_flag_triggers


class RecordFacet(Facet):
    """Records that are named, in one field or in several."""

    says = "`count` and `narrowed`: how many {records} name it."

    @property
    def columns(self):
        """The fields that may name a record, each with the model of what it names."""
        model = get_model(self.param.extra["model"])
        return dict.fromkeys(self.param.fields, model)

    def find_answered(self, model, key):
        """Return the keys of the records to which the list is narrowed with a record that names this one."""
        return {key}

    def tally(self, queryset):
        tally, columns = Tally(), self.columns
        for *keys, count in self.group(queryset, *columns):
            named = {(model, key) for model, key in zip(columns.values(), keys, strict=True) if key is not None}
            answered = {(model, other) for model, key in named for other in self.find_answered(model, key)}
            tally.direct.update(dict.fromkeys(named, count))
            tally.narrowed.update(dict.fromkeys(answered, count))
            tally.missing += 0 if named else count
        return self.keep_public(tally)

    def keep_public(self, tally):
        """Return a tally without the records that are not public."""
        counted = tally.direct.keys() | tally.narrowed.keys()
        for model in {*self.columns.values()}:
            public = model.objects.public().order_by().values_list("pk", "slug")
            tally.slugs |= {(model, key): slug for key, slug in public if (model, key) in counted}
        for counter in (tally.direct, tally.narrowed):
            for value in counter.keys() - tally.slugs.keys():
                del counter[value]
        return tally

    def describe_values(self, values):
        described = {}
        for model in {model for model, _key in values}:
            records = model.objects.in_bulk([key for of, key in values if of is model])
            described |= {
                (model, key): FacetValue(record.slug, str(record), getattr(record, "kind", ""), record)
                for key, record in records.items()
            }
        return described


class TopicFacet(RecordFacet):
    """Entries of any model, each named in a field of its own."""

    @property
    def columns(self):
        return {field.name: field.related_model for field in self.filterset._meta.model.subject_fields()}


class CitedRecordFacet(RecordFacet):
    """Records that are named through a relation to several."""

    says = "`count` and `narrowed`: how many {records} name it; one that names several counts for each."

    def tally(self, queryset):
        path, ((_, model), *_) = self.param.field_name, self.columns.items()
        named = count_distinct(queryset, path, "pk")
        through = self.find_path_through(path)
        narrowed = count_distinct(queryset, through, "pk") if through else named
        return self.keep_public(build_record_tally(model, named, narrowed))

    def find_path_through(self, path):
        """Return the path to the entries to which the list is narrowed, if these are others than those named."""
        is_through = isinstance(self.param, DescendantFilter) and not self.filterset.exact
        return f"{path}__ancestor_rows__ancestor" if is_through else ""


class RedFlagFacet(RecordFacet):
    """Entries for which red flags ring."""

    says = (
        "`count`: how many {records} name it; `narrowed`: how many ring for it, by a kind of it, what is broader "
        "or by another sign of the same condition."
    )

    def tally(self, queryset):
        ((_, model), *_), named, narrowed = self.columns.items(), Counter(), Counter()
        pairs = {pair for name in self.columns for pair in queryset.order_by().values_list("pk", name)}
        named.update(key for _, key in pairs)
        hierarchies, matching = self.filterset.hierarchies, set(queryset.order_by().values_list("pk", flat=True))
        for (flag_model, pk), by in hierarchies.derive(find_flag_triggers).items():
            if flag_model is queryset.model and pk in matching:
                keys = {key for of, key in by.direct | by.related if of is model}
                narrowed.update(hierarchies[model].get_ancestors_and_descendants(keys))
        return self.keep_public(build_record_tally(model, named, named if self.filterset.exact else narrowed))


class EntryFacet(RecordFacet):
    """Entries that are named, with what is said through classes or kinds."""

    @property
    def says(self):
        if self.filterset.exact:
            return RecordFacet.says
        if isinstance(self.param, LineageFilter):
            return (
                "`count`: how many {records} name it itself, so that one about a class counts for the class; "
                "`narrowed`: how many answer for it, those of the classes that it belongs to included."
            )
        return (
            "`count`: how many {records} name it itself; `narrowed`: how many name it or anything under it."
            if self.param.field_name != "pk"
            else "`count`: itself; `narrowed`: how many {records} it has in it, itself included."
        )

    def find_answered(self, model, key):
        if self.filterset.exact:
            return {key}
        hierarchy = self.filterset.hierarchies[model]
        is_up = isinstance(self.param, LineageFilter)
        return hierarchy.get_self_and_descendants({key}) if is_up else hierarchy.get_self_and_ancestors(key)


class StatedFacet(RecordFacet):
    """Entries of which statements say something together with those of the list."""

    @property
    def says(self):
        if self.filterset.exact:
            return "`count` and `narrowed`: of how many {records} a statement says it that names both."
        return (
            "`count`: of how many {records} a statement says it that names both; `narrowed`: of how many one says it "
            "through classes and kinds, too."
        )

    @property
    def columns(self):
        return {self.param.other: self.param.other_model}

    def tally(self, queryset):
        param, keys = self.param, queryset.order_by().values("pk")
        own_model, other_model = queryset.model, param.other_model
        own, other = param.own, param.other
        named = count_distinct(param.statements.filter(**{f"{own}__in": keys}), other, own)
        narrowed = named
        if not self.filterset.exact:
            own_path, own_condition = find_answered_path(own_model, own, param.is_inheritable)
            other_path, other_condition = find_answered_path(other_model, other, param.is_inheritable)
            answering = param.statements.filter(own_condition & other_condition, **{f"{own_path}__in": keys})
            narrowed = count_distinct(answering, other_path, own_path)
        return self.keep_public(build_record_tally(other_model, named, narrowed))


def find_answered_path(model, name, is_inheritable):
    """Return the path from a statement to the entries for which it answers, and the condition that it does."""
    if not model.inherits:
        return f"{name}__ancestor_rows__ancestor", Q()
    return f"{name}__descendant_rows__descendant", is_inheritable | Q(**{f"{name}__descendant_rows__depth": 0})
