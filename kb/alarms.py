"""What must not be missed: the red flags of whatever symptom an answer speaks of."""

from collections import defaultdict

from django.db.models import Q

from kb.inheritance import Tree
from kb.models import Entry, Statement, kinds_of


def vital_kinds():
    """The kinds of statements that stay in every answer about what they name: red flags."""
    return [kind for kind in kinds_of(Statement) if kind.vital]


def named_by(records):
    """The keys of the entries that these records are, or name, by the model of the entry."""
    keys = defaultdict(set)
    for model in {type(record) for record in records}:
        own = [record for record in records if type(record) is model]
        if issubclass(model, Entry):
            keys[model] |= {record.pk for record in own}
        for field in model.entry_fields() if issubclass(model, Statement) else ():
            if field.many_to_many:
                links = field.remote_field.through.objects.filter(**{f"{field.m2m_field_name()}__in": own})
                found = links.values_list(f"{field.m2m_reverse_field_name()}_id", flat=True)
            else:
                found = [getattr(record, field.attname) for record in own]
            keys[field.related_model] |= {key for key in found if key is not None}
    return keys


def red_flags(keys):
    """The red flags that touch these entries: a sign, a kind of it or a broader one, or what is suspected.

    `keys` are those of entries, by their model. Only signs count, and conditions: that a cancer may be suspected makes
    no red flag of everything that is said about that cancer.
    """
    near = {model: Tree(model).around(keys[model]) for model in keys if keys[model] and not model.inherits}
    found = []
    for kind in vital_kinds():
        touching = Q()
        for field in kind.entry_fields():
            if field.related_model in near:
                touching |= Q(**{f"{field.name}__in": near[field.related_model]})
        if touching:
            touched = kind.objects.filter(touching).order_by().values("pk")
            found += kind.objects.public().with_related().filter(pk__in=touched)
    return found
