"""Statements about entries: those that name one, a class of it where members inherit, or else a kind of it."""

from typing import Any

from django.db.models import Q, QuerySet

from kb.models import Statement, entry_model
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.inheritance import Lineage, build_lineage
from kb.reasoning.named_entries import EntryIds


def filter_statements_about(
    statements: "QuerySet[Any]", entry_ids: EntryIds, hierarchies: EntryHierarchies, *, exact: bool = False
) -> "QuerySet[Any]":
    """Keep the statements of one model about any of these entries, whatever the field that names it; each once.

    With `exact`, only those that name one of the entries itself.
    """
    model, matches = statements.model, Q()
    for field in model.entry_fields():
        if not (ids := entry_ids.get(of := entry_model(field))):
            continue
        match = Q(**{f"{field.name}__in": ids if exact else hierarchies[of].get_answering_entries(ids, model.vital)})
        if field.many_to_many:
            match = Q(pk__in=model.objects.filter(match).order_by().values("pk"))
        matches |= match
    return statements.filter(matches) if matches else statements.none()


def build_lineages_about(
    model: type[Statement], entry_ids: EntryIds, hierarchies: EntryHierarchies, *, exact: bool = False
) -> tuple[Lineage, ...]:
    """Return what decides on what basis statements of a model answer about these entries, one for each of their models.

    None for models whose members do not inherit.
    """
    named = {of: model.entry_field_names(of) for of, ids in entry_ids.items() if of.inherits and ids}
    return tuple(
        Lineage(fields, {key: [hierarchies[of].slugs[key]] for key in entry_ids[of]})
        if exact
        else build_lineage(hierarchies, of, entry_ids[of], fields)
        for of, fields in named.items()
    )
