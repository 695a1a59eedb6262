"""The fit of management options: whether each is stated for the cause of a symptom, by what a person takes and has."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Case, Q, Value, When

from kb.choices import Population, are_disjoint
from kb.models import Cancer, Entry
from kb.reasoning.answer_context import AnswerContext
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.inheritance import (
    Basis,
    Lineage,
    TreatmentUses,
    build_lineage,
    copy_with_lineages,
    inference_sort_key,
)
from kb.reasoning.populations import PopulationEntries
from kb.reasoning.record_cache import fetch_queryset
from symptoms.choices import Fit, GuidanceKind, SideEffectEffect
from symptoms.concurrent_treatments import CurrentTreatments
from symptoms.models import Comparison, Guidance, ManagementOption, SideEffect, Switch, Symptom
from treatments.choices import TreatmentKind
from treatments.models import Treatment

# What guidance says to do, and what to expect of help.
ADVICE_KINDS = (GuidanceKind.SEEK_HELP, GuidanceKind.SELF_CARE, GuidanceKind.OUTLOOK)
MEDICINE_KINDS = (TreatmentKind.UNSTATED, TreatmentKind.CLASS, TreatmentKind.DRUG)
FITS = tuple(Fit)  # By their rank.
BRINGING_ABOUT = (SideEffectEffect.CAUSES, SideEffectEffect.RAISES_RISK)


class PatientContext:
    """What a person takes, and the cancers and conditions that the person has, as far as a request says."""

    def __init__(
        self, treatments: Iterable[Treatment], conditions: Iterable[Cancer | Symptom], hierarchies: EntryHierarchies
    ) -> None:
        self.treatments, self.conditions, self.hierarchies = list(treatments), list(conditions), hierarchies

    @property
    def is_stated(self) -> bool:
        """Whether the request says anything that decides the fit of an option."""
        return bool(self.treatments or self.conditions)

    @cached_property
    def current(self) -> CurrentTreatments:
        """What is taken, with its classes."""
        return CurrentTreatments(self.treatments, self.hierarchies)

    @cached_property
    def treatment_lineage(self) -> Lineage:
        """What is taken, with its classes, as what a statement is about."""
        return build_lineage(self.hierarchies, Treatment, self.current.keys, ["treatment"])

    def find_present_ids(self, model: type[Entry]) -> set[int]:
        """Return the keys of the entries of a model that are present: what is taken or there is, and its classes."""
        keys = {entry.pk for entry in [*self.treatments, *self.conditions] if type(entry) is model}
        return set().union(*map(self.hierarchies[model].get_self_and_ancestors, keys))

    @cached_property
    def populations(self) -> PopulationEntries:
        """What populations have or take."""
        return self.hierarchies.derive(PopulationEntries)

    @cached_property
    def present_populations(self) -> set[str]:
        """The populations whose cancer or treatment is present."""
        by_population = self.populations.by_population.items()
        return {
            population
            for population, entries in by_population
            if any(key in self.find_present_ids(model) for model, key in entries)
        }

    @cached_property
    def absent_populations(self) -> set[str]:
        """The populations of which nothing tells that the person may belong to them.

        Whoever takes what is used for a cancer is not said to have it, but may well have; to have come to a state of
        it, such as bone metastases, must be said.
        """
        uses = self.hierarchies.derive(TreatmentUses)
        taken = set(self.hierarchies[Treatment].get_slugs(self.current.keys))
        cancers = [condition.pk for condition in self.conditions if isinstance(condition, Cancer)]

        def may_have(model, key):
            is_used = model is Cancer and not self.populations.is_state(key)
            return is_used and not taken.isdisjoint(uses.find_treatment_slugs(key))

        possible = {
            population
            for population, entries in self.populations.by_population.items()
            if self.populations.leaves_open(population, cancers) or any(may_have(*entry) for entry in entries)
        }
        return self.populations.by_population.keys() - possible - self.present_populations

    @cached_property
    def possible_effects(self) -> dict[int, list[SideEffect]]:
        """What is taken may bring about: by the key of the condition, the statements that say so, strongest first.

        What brings a kind of a condition about brings that condition about. What one member of what is taken does says
        nothing of the rest: radiotherapy to the ovaries is not what everybody has who has radiotherapy.
        """
        lineage, hierarchy = self.treatment_lineage, self.hierarchies[Symptom]
        treatment_ids = lineage.ancestor_paths.keys()
        effects = SideEffect.objects.public().filter(treatment__in=treatment_ids, effect__in=BRINGING_ABOUT)
        inferences = defaultdict(list)
        for effect in fetch_queryset(effects, self.hierarchies) if treatment_ids else ():
            strength = inference_sort_key(lineage.infer_basis_and_path(effect))
            for condition_id, path in hierarchy.find_paths_up(effect.symptom_id).items():
                inferences[condition_id].append((strength, len(path), effect.slug, effect))
        return {
            condition_id: [copy_with_lineages(effect, [lineage]) for *_, effect in sorted(found, key=lambda f: f[:3])]
            for condition_id, found in inferences.items()
        }

    def find_possible_effect(self, option: ManagementOption) -> SideEffect | None:
        """Return the strongest statement that what is taken may bring about the condition for which an option is.

        A statement of other people than those of the option says nothing of them; None if there is none.
        """
        effects = self.possible_effects.get(option.cause_condition_id, ())
        return next((effect for effect in effects if not are_disjoint(effect.population, option.population)), None)

    def build_possible_effect_q(self) -> Q:
        """Return the condition that an option is for a condition that what is taken may bring about."""
        conditions_by_population = defaultdict(set)
        for condition_id, effects in self.possible_effects.items():
            for effect in effects:
                conditions_by_population[effect.population].add(condition_id)
        matches = Q(pk__in=[])
        for population, condition_ids in conditions_by_population.items():
            others = [other for other in Population.values if are_disjoint(population, other)]
            matches |= Q(cause_condition__in=condition_ids) & ~Q(population__in=others)
        return matches

    def annotate_fit(self, options):
        """Annotate a queryset of management options with `fit_rank`: the place of their fit among all, the best first.

        Every cause to which an option is limited must be there, and what its population has or takes: the weakest of
        them decides.
        """
        fields = {f.name: f for f in ManagementOption.entry_fields() if f.name in ManagementOption.cause_field_names()}
        is_unlimited = {name: Q(**{f"{name}__isnull": True}) for name in fields}
        is_unlimited["population"] = ~Q(population__in=self.present_populations | self.absent_populations)
        is_present = {
            name: Q(**{f"{name}__in": self.find_present_ids(field.related_model)}) for name, field in fields.items()
        }
        is_present["population"] = Q(population__in=self.present_populations)
        is_possible = is_present | {"cause_condition": is_present["cause_condition"] | self.build_possible_effect_q()}
        is_general = is_possible | {
            "cause_treatment": is_possible["cause_treatment"] | Q(cause_treatment__kind=TreatmentKind.GENERAL)
        }

        def holds(conditions):
            """Return the condition that each cause of an option, if it has one, meets its own of these."""
            every = Q()
            for name, unlimited in is_unlimited.items():
                every &= unlimited | conditions[name]
            return every

        has_no_cause = Q(*is_unlimited.values())
        fits = [
            (Fit.STATED_FOR_THIS_CAUSE, ~has_no_cause & holds(is_present)),
            (Fit.STATED_FOR_POSSIBLE_EFFECT, ~has_no_cause & holds(is_possible)),
            (Fit.GENERAL, holds(is_general)),
        ]
        ranks = [When(match, then=Value(FITS.index(fit))) for fit, match in fits]
        return options.annotate(fit_rank=Case(*ranks, default=Value(FITS.index(Fit.STATED_FOR_OTHER_CAUSE))))

    def find_advice(self, model: type[Comparison | Switch], fields: tuple[str, ...], symptoms: Iterable[Symptom]):
        """Return the switches from what is taken, or the comparisons with it, because of one of these symptoms.

        Those about its classes and about kinds of a symptom or broader ones count; all symptoms do if none is given.
        The strongest come first. `fields` are those in which a statement may name what is taken. A switch is from one
        medicine to another: what is said of a class says nothing of an operation in it.
        """
        keys = self.current.keys
        if model is Switch:
            keys = {treatment.pk for treatment in self.treatments if treatment.kind in MEDICINE_KINDS}
        lineage = build_lineage(self.hierarchies, Treatment, keys, fields)
        is_about = Q()
        for name in fields:
            is_about |= Q(**{f"{name}__in": lineage.ancestor_paths})
        statements = model.objects.public().filter(is_about)
        if symptom_ids := {symptom.pk for symptom in symptoms}:
            nearby_ids = self.hierarchies[Symptom].get_ancestors_and_descendants(symptom_ids)
            statements = statements.filter(symptom__in=nearby_ids)
        copies = [
            copy_with_lineages(statement, [lineage]) for statement in fetch_queryset(statements, self.hierarchies)
        ]
        return sorted(copies, key=lambda s: (inference_sort_key(lineage.infer_basis_and_path(s)), s.slug))

    def find_guidance(self, symptoms: Iterable[Symptom]) -> list[Guidance]:
        """Return what is said to do or to expect with these symptoms, what there is, and what is taken, in that order.

        Of the symptoms and their kinds, explanations count, too. What is said of a class of what is taken counts if it
        is said of each of the class.
        """
        symptom_ids = self.hierarchies[Symptom].get_self_and_descendants({symptom.pk for symptom in symptoms})
        had_ids = {condition.pk for condition in self.conditions if isinstance(condition, Symptom)}
        cancer_ids = {condition.pk for condition in self.conditions if isinstance(condition, Cancer)}
        lineage = self.treatment_lineage
        public, advice = Guidance.objects.public().with_related(), Q(kind__in=ADVICE_KINDS)
        of_symptoms = public.filter(symptom__in=symptom_ids)
        of_conditions = public.filter(advice, Q(symptom__in=had_ids - symptom_ids) | Q(cancer__in=cancer_ids))
        of_treatments = public.filter(advice, treatment__in=lineage.ancestor_paths.keys())
        inherited = [
            copy_with_lineages(statement, [lineage])
            for statement in of_treatments
            if (inference := lineage.infer_basis_and_path(statement)) and inference[0] != Basis.POSSIBLE
        ]
        return [
            *sorted(of_symptoms, key=lambda statement: (statement.kind not in ADVICE_KINDS, statement.slug)),
            *of_conditions,
            *inherited,
        ]


@dataclass(frozen=True)
class OptionsContext(AnswerContext):
    """The answer context of a list of management options: of which symptoms, and what the person takes and has."""

    patient: PatientContext | None = None
    symptoms: tuple[Symptom, ...] = field(default=())
