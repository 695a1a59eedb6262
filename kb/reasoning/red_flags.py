"""What must not be missed: the red flags of whatever symptom an answer speaks of."""

from collections import defaultdict

from django.db.models import Q

from kb.models import Entry, Statement, concrete_models
from kb.reasoning.inheritance import EntryTree


def red_flag_models():
    """The kinds of statements that stay in every answer about what they name: red flags."""
    return [kind for kind in concrete_models(Statement) if kind.vital]


def entry_keys_named_by_each(records):
    """For each record, by its place among them: the entries that it is, or names, as pairs of a model and a key."""
    found = [set() for _ in records]
    for model in {type(record) for record in records}:
        own = {record.pk: place for place, record in enumerate(records) if type(record) is model}
        if issubclass(model, Entry):
            for key, place in own.items():
                found[place].add((model, key))
        for field in model.entry_fields() if issubclass(model, Statement) else ():
            if field.many_to_many:
                links = field.remote_field.through.objects.filter(**{f"{field.m2m_field_name()}__in": own})
                pairs = links.values_list(f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id")
            else:
                pairs = [(key, getattr(records[place], field.attname)) for key, place in own.items()]
            for key, named in pairs:
                if named is not None:
                    found[own[key]].add((field.related_model, named))
    return found


def group_ids_by_model(entries):
    """The keys of entries by their model."""
    keys = defaultdict(set)
    for model, key in entries:
        keys[model].add(key)
    return keys


def entry_ids_named_by(records):
    """The keys of the entries that these records are, or name, by the model of the entry."""
    return group_ids_by_model(set().union(*entry_keys_named_by_each(list(records))))


def find_red_flags(keys):
    """The red flags that touch these entries: a sign, a kind of it or a broader one, or what is suspected.

    `keys` are those of entries, by their model. Only signs count, and conditions: that a cancer may be suspected makes
    no red flag of everything that is said about that cancer.
    """
    near = {
        model: EntryTree(model).get_ancestors_and_descendants(keys[model])
        for model in keys
        if keys[model] and not model.inherits
    }
    found = []
    for kind in red_flag_models():
        touching = Q()
        for field in kind.entry_fields():
            if field.related_model in near:
                touching |= Q(**{f"{field.name}__in": near[field.related_model]})
        if touching:
            touched = kind.objects.filter(touching).order_by().values("pk")
            found += kind.objects.public().with_related().filter(pk__in=touched)
    return found


def find_red_flags_for_each(records):
    """For each of these records, by its place among them: the red flags that touch what it is, or names."""
    named = entry_keys_named_by_each(records)
    keys = group_ids_by_model(set().union(*named))
    flags = find_red_flags(keys)
    touched = entry_keys_named_by_each(flags)
    trees = {model: EntryTree(model) for model in keys if not model.inherits}
    around = {
        (model, key): {(model, near) for near in tree.get_ancestors_and_descendants({key})}
        for model, tree in trees.items()
        for key in keys[model]
    }
    near = [set().union(*(around.get(entry, ()) for entry in entries)) for entries in named]
    return [[flag for flag, signs in zip(flags, touched, strict=True) if signs & here] for here in near]
