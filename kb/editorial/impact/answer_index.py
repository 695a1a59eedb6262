"""What readers are told as things stand: the answers of the API about each entry, without their dress."""

from collections import defaultdict
from functools import cache, reduce
from operator import or_

from django.db.models import Q

from kb.editorial.impact.report import Named, Told
from kb.models import Entry, Statement, kinds_of
from kb.reasoning.disagreements import contests
from kb.reasoning.inheritance import Lineage, Tree, contested_by, reason
from kb.reasoning.red_flags import named_by, vital_kinds


class Readers:
    """All who ask about an entry, as the knowledge base stands now.

    Keys are pairs of a model and a primary key, for entries and for statements alike. The number of queries depends on
    the number of kinds, not on that of the records.
    """

    def __init__(self):
        self.trees = {model: Tree(model) for model in kinds_of(Entry)}
        self.named = {(kind, pk): named for kind in kinds_of(Statement) for pk, named in named_in(kind).items()}
        self.names = {
            (model, pk): Named(model, slug, name)
            for model in self.trees
            for pk, slug, name in model.objects.public().order_by().values_list("pk", "slug", "name")
        }
        self.lineage, self.reached = cache(self.lineage), cache(self.reached)  # Asked again for every statement.

    def near(self, record):
        """The entries that stand above or below what a record is, or names: all that it could make a difference to."""
        named = named_by([record]) if record.pk else {}
        return {(model, key) for model in named for key in self.trees[model].around(named[model])}

    def reached(self, said):
        """The public entries about which a statement answers."""
        vital = said[0].vital
        return {
            (model, key)
            for model, named in self.named[said]
            for key in self.trees[model].speaks_for(named, vital)
            if (model, key) in self.names
        }

    def answers(self, kinds, near):
        """What statements of these kinds answer that name something near, and every red flag that comes along."""
        found = {(key, None): Told() for key in near & self.names.keys()}
        for kind in kinds:
            found |= self.said(kind, near)
        return found | self.warned()

    def said(self, kind, near):
        """On what each statement of a kind that names something near answers about each entry."""
        matches = [
            Q(**{f"{field.name}__in": keys})
            for field in kind.entry_fields()
            if (keys := [key for model, key in near if model is field.related_model])
        ]
        if not matches:
            return {}
        touching = kind.objects.filter(reduce(or_, matches)).order_by().values("pk")
        statements = list(kind.objects.public().filter(pk__in=touching))
        rivals, found = contests(kind, statements), {}
        for statement in statements:
            said = kind, statement.pk
            self.names[said] = Named(kind, statement.slug, statement.text)
            for entry in self.reached(said):
                found[entry, said] = self.told(statement, entry, [rival.other for rival in rivals[statement.pk]])
        return found

    def told(self, statement, entry, rivals):
        if not entry[0].inherits:
            return Told()
        lineages = [self.lineage(type(statement), entry)]
        basis, via = reason(statement, lineages)
        return Told(basis, tuple(via), tuple(sorted(set(contested_by(statement, lineages, rivals)))))

    def lineage(self, kind, entry):
        model, key = entry
        return Lineage(kind.naming(model), self.trees[model].paths([key]))

    def warned(self):
        """The red flags that come with what is said about each entry, beside those that are said of it."""
        rings, found = self.rings(), {}
        spoken_of = [({entry}, [entry]) for entry in self.names if issubclass(entry[0], Entry)]
        spoken_of += [(named, self.reached(said)) for said, named in self.named.items() if named & rings.keys()]
        for named, entries in spoken_of:
            for flag in set().union(*(rings[key] for key in named if key in rings)):
                found |= {(entry, flag): Told(warns=True) for entry in entries}
        said = {flag: self.reached(flag) for flag in set().union(*rings.values())}
        return {(entry, flag): told for (entry, flag), told in found.items() if entry not in said[flag]}

    def rings(self):
        """For each symptom that sets off a red flag, or is near to one that does: these flags."""
        rings = defaultdict(set)
        for kind in vital_kinds():
            for pk, slug, text in kind.objects.public().order_by().values_list("pk", "slug", "text"):
                self.names[kind, pk] = Named(kind, slug, text)
                for model, sign in self.named[kind, pk]:
                    for key in () if model.inherits else self.trees[model].around({sign}):
                        rings[model, key].add((kind, pk))
        return rings


def named_in(kind):
    """For the key of each public statement of a kind: the entries that it names."""
    public, found = kind.objects.public().order_by(), {}
    one = [field for field in kind.entry_fields() if field.many_to_one]
    for pk, *keys in public.values_list("pk", *(field.attname for field in one)):
        found[pk] = {(field.related_model, key) for field, key in zip(one, keys, strict=True) if key is not None}
    for field in kind.entry_fields():
        if field.many_to_many:
            for pk, key in public.exclude(**{field.name: None}).values_list("pk", field.name):
                found[pk].add((field.related_model, key))
    return found
