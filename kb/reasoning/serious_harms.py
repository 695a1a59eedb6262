"""Serious harms: what treatments are said to do seriously, told wherever one is taken or offered."""

from collections.abc import Collection, Sequence

from kb.models import Entry, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.inheritance import Lineage, build_lineage, copy_with_lineages, infer_basis_and_path
from kb.reasoning.record_cache import fetch_queryset
from kb.reasoning.red_flags import SignIndex


class SeriousHarmFinder:
    """Finds the public statements on serious harms of treatments (a query for each model, one for the signs)."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        self.hierarchies = hierarchies

    def find_harms(
        self, treatment_model: type[Entry], treatment_ids: Collection[int], symptom: Entry | None = None
    ) -> dict[int, list[Statement]]:
        """Map the key of each of these treatments to the serious harms of it or of a class of it, with their lineage.

        Where a symptom is given, only the harms that it is, that are a kind of it or broader, or that show as it.
        """
        harms: dict[int, list[Statement]] = {key: [] for key in treatment_ids}
        wanted_ids = None if symptom is None else self.find_harms_shown_as(symptom)
        for model in concrete_models(Statement):
            if (rule := model.harm_rule) is None or not harms:
                continue
            lineages = {key: self.build_lineage(treatment_model, key, rule.treatment_field) for key in harms}
            ids = {key for lineage in lineages.values() for key in lineage.ancestor_paths}
            statements = model.objects.public()
            if wanted_ids is not None:
                statements = statements.filter(**{f"{rule.symptom_field}__in": wanted_ids})
            about = statements.filter(**{f"{rule.treatment_field}__in": ids}, **rule.conditions)
            for statement in fetch_queryset(about, self.hierarchies):
                for key, lineage in lineages.items():
                    if infer_basis_and_path(statement, [lineage])[0] is not None:
                        harms[key].append(copy_with_lineages(statement, [lineage]))
        return harms

    def find_harms_of_all(self, treatments: Sequence[Entry], symptoms: Sequence[Entry] = ()) -> list[Statement]:
        """Return the serious harms of any of these treatments, each once; of all kinds if no symptom is given."""
        keys = [treatment.pk for treatment in treatments]
        found: dict[tuple[type[Statement], int], Statement] = {}
        wanted: Sequence[Entry | None] = symptoms or [None]
        for symptom in wanted if keys else ():
            for harms in self.find_harms(type(treatments[0]), keys, symptom).values():
                found |= {(type(harm), harm.pk): harm for harm in harms}
        return list(found.values())

    def build_lineage(self, treatment_model: type[Entry], key: int, field: str) -> Lineage:
        return build_lineage(self.hierarchies, treatment_model, [key], [field])

    def find_harms_shown_as(self, symptom: Entry) -> set[int]:
        """Return the keys of a symptom, its kinds and broader ones, and of the conditions of which these are signs."""
        model = type(symptom)
        near_ids = self.hierarchies[model].get_ancestors_and_descendants({symptom.pk})
        near = {(model, key) for key in near_ids}
        shown = {
            key
            for (of, key), signs in self.hierarchies.derive(SignIndex).by_condition.items()
            if of is model and signs & near
        }
        return near_ids | shown
