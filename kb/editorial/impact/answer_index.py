"""What readers are told as things stand: the answers of the API about each entry, without their dress."""

from collections import defaultdict
from functools import cache, reduce
from operator import or_

from django.db.models import Q

from kb.editorial.impact.report import AnswerBasis, RecordLabel
from kb.models import Entry, Statement, concrete_models
from kb.reasoning.disagreements import group_disagreements_by_statement
from kb.reasoning.inheritance import EntryTree, Lineage, find_contesting_slugs, infer_basis_and_path
from kb.reasoning.red_flags import entry_ids_named_by, red_flag_models


class AnswerIndex:
    """All who ask about an entry, as the knowledge base stands now.

    Keys are pairs of a model and a primary key, for entries and for statements alike. The number of queries depends on
    the number of kinds, not on that of the records.
    """

    def __init__(self):
        self.trees = {model: EntryTree(model) for model in concrete_models(Entry)}
        self.named_entries = {
            (kind, pk): named
            for kind in concrete_models(Statement)
            for pk, named in entries_named_by_statement(kind).items()
        }
        self.labels = {
            (model, pk): RecordLabel(model, slug, name)
            for model in self.trees
            for pk, slug, name in model.objects.public().order_by().values_list("pk", "slug", "name")
        }
        self.lineage, self.answered_entries = (
            cache(self.lineage),
            cache(self.answered_entries),
        )  # Asked again for every statement.

    def nearby_entries(self, record):
        """The entries that stand above or below what a record is, or names: all that it could make a difference to."""
        named = entry_ids_named_by([record]) if record.pk else {}
        return {
            (model, key) for model in named for key in self.trees[model].get_ancestors_and_descendants(named[model])
        }

    def answered_entries(self, said):
        """The public entries about which a statement answers."""
        vital = said[0].vital
        return {
            (model, key)
            for model, named in self.named_entries[said]
            for key in self.trees[model].get_answered_entries(named, vital)
            if (model, key) in self.labels
        }

    def answers(self, kinds, near):
        """What statements of these kinds answer that name something near, and every red flag that comes along."""
        found = {(key, None): AnswerBasis() for key in near & self.labels.keys()}
        for kind in kinds:
            found |= self.statement_answers(kind, near)
        return found | self.red_flag_answers()

    def statement_answers(self, kind, near):
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
        rivals, found = group_disagreements_by_statement(kind, statements), {}
        for statement in statements:
            said = kind, statement.pk
            self.labels[said] = RecordLabel(kind, statement.slug, statement.text)
            for entry in self.answered_entries(said):
                found[entry, said] = self.answer_basis(
                    statement, entry, [rival.right for rival in rivals[statement.pk]]
                )
        return found

    def answer_basis(self, statement, entry, rivals):
        if not entry[0].inherits:
            return AnswerBasis()
        lineages = [self.lineage(type(statement), entry)]
        basis, via = infer_basis_and_path(statement, lineages)
        return AnswerBasis(basis, tuple(via), tuple(sorted(set(find_contesting_slugs(statement, lineages, rivals)))))

    def lineage(self, kind, entry):
        model, key = entry
        return Lineage(kind.entry_field_names(model), self.trees[model].get_ancestor_paths([key]))

    def red_flag_answers(self):
        """The red flags that come with what is said about each entry, beside those that are said of it."""
        rings, found = self.red_flags_by_symptom(), {}
        spoken_of = [({entry}, [entry]) for entry in self.labels if issubclass(entry[0], Entry)]
        spoken_of += [
            (named, self.answered_entries(said)) for said, named in self.named_entries.items() if named & rings.keys()
        ]
        for named, entries in spoken_of:
            for flag in set().union(*(rings[key] for key in named if key in rings)):
                found |= {(entry, flag): AnswerBasis(as_red_flag=True) for entry in entries}
        said = {flag: self.answered_entries(flag) for flag in set().union(*rings.values())}
        return {(entry, flag): told for (entry, flag), told in found.items() if entry not in said[flag]}

    def red_flags_by_symptom(self):
        """For each symptom that sets off a red flag, or is near to one that does: these flags."""
        rings = defaultdict(set)
        for kind in red_flag_models():
            for pk, slug, text in kind.objects.public().order_by().values_list("pk", "slug", "text"):
                self.labels[kind, pk] = RecordLabel(kind, slug, text)
                for model, sign in self.named_entries[kind, pk]:
                    for key in () if model.inherits else self.trees[model].get_ancestors_and_descendants({sign}):
                        rings[model, key].add((kind, pk))
        return rings


def entries_named_by_statement(kind):
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
