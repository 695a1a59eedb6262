"""Filters of entries by what is stated of them: what they cause or help with, what causes them or helps."""

from django.apps import apps
from django.db.models import Q

from kb.filters.fields import RecordSlugFilter, find_descendants
from kb.filters.form_fields import get_model
from kb.reasoning.inheritance import build_inheritable_condition


class HasStatementFilter(RecordSlugFilter):
    """Entries named by a statement that names one of these others, too, through classes and kinds.

    `own` and `other` are the fields in which a statement names the two. What is said of some of a class, or of a class
    for some people only, does not pass to its members; what is said of a kind of a symptom counts for the symptom.
    Models are given as labels, since they belong to an app that may not be imported here.
    """

    takes_any = True

    def __init__(self, statement_model, other_model, *, own="treatment", other="symptom", effect=None, **kwargs):
        super().__init__("pk", model=other_model, **kwargs)
        self.statement_model, self.own, self.other, self.effect = statement_model, own, other, effect

    @property
    def other_model(self):
        return get_model(self.extra["model"])

    @property
    def statements(self):
        """The published statements that count."""
        statements = apps.get_model(self.statement_model).objects.public().order_by()
        return statements.filter(effect=self.effect) if self.effect else statements

    @property
    def is_inheritable(self):
        """The condition that a statement passes from a class to its members."""
        return build_inheritable_condition(apps.get_model(self.statement_model))

    def filter_values(self, queryset, values):
        return self.filter_by_statements(queryset, self.statements.filter(self.match_others(values)))

    def filter_any(self, queryset):
        return self.filter_by_statements(queryset, self.statements.filter(**{f"{self.other}__isnull": False}))

    def match_others(self, values):
        """Return the condition that a statement answers about one of these others."""
        keys, hierarchies = [value.pk for value in values], self.parent.hierarchies
        if self.parent.exact:
            return Q(**{f"{self.other}__in": keys})
        if not self.other_model.inherits:
            return Q(**{f"{self.other}__in": find_descendants(values, hierarchies)})
        classes = hierarchies[self.other_model].get_ancestors(keys)
        return Q(**{f"{self.other}__in": keys}) | self.is_inheritable & Q(**{f"{self.other}__in": classes})

    def filter_by_statements(self, queryset, statements):
        """Return the entries about which one of these statements answers."""
        named, ancestries = Q(pk__in=statements.values(self.own)), queryset.model.ancestries()
        if self.parent.exact:
            return queryset.filter(named)
        if queryset.model.inherits:
            classes = statements.filter(self.is_inheritable).values(self.own)
            return queryset.filter(named | Q(pk__in=ancestries.filter(ancestor__in=classes).values("descendant")))
        return queryset.filter(pk__in=ancestries.filter(descendant__in=statements.values(self.own)).values("ancestor"))
