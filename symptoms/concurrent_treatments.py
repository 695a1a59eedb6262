"""What somebody takes, and what that means for a way to help: whether it is for this cause, and what needs care."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Case, Q, Value, When

from kb.choices import Scope
from kb.reasoning.inheritance import EntryTree, Lineage, copy_with_lineages
from symptoms.choices import Fit, SideEffectEffect
from symptoms.models import SideEffect, Symptom
from treatments.choices import TreatmentKind
from treatments.models import Caution, Treatment


@dataclass
class OptionCautions:
    """The cautions of one way to help: those that touch what is taken, and those that hold whatever is taken."""

    with_current: list = field(default_factory=list)
    unconditional: list = field(default_factory=list)


class CurrentTreatments:
    """The treatments that somebody takes, with the classes that they belong to."""

    def __init__(self, treatments):
        self.tree = EntryTree(Treatment)
        self.keys = {treatment.pk for treatment in treatments}
        self.ids_with_classes = self.keys.union(*map(self.tree.get_self_and_ancestors, self.keys))

    def caused_condition_ids(self):
        """The symptoms and conditions that what is taken, or its class, is said to cause, and the broader ones."""
        caused = SideEffect.objects.public().filter(treatment__in=self.ids_with_classes, effect=SideEffectEffect.CAUSES)
        keys = caused.exclude(scope=Scope.SOME).order_by().values_list("symptom", flat=True).distinct()
        return set().union(*map(EntryTree(Symptom).get_self_and_ancestors, keys))

    def annotate_fit(self, options):
        """These management options, each with its `fit`, and with `fit_rank` to order them by."""
        no_cause = Q(cause_treatment=None, cause_cancer=None, cause_condition=None)
        fits = [
            (
                Fit.STATED_FOR_THIS_CAUSE,
                Q(cause_treatment__in=self.ids_with_classes) | Q(cause_condition__in=self.caused_condition_ids()),
            ),
            (Fit.GENERAL, no_cause | Q(cause_treatment__kind=TreatmentKind.GENERAL)),
        ]
        return options.annotate(
            fit=Case(
                *(When(match, then=Value(fit.value)) for fit, match in fits),
                default=Value(Fit.STATED_FOR_OTHER_CAUSE.value),
            ),
            fit_rank=Case(
                *(When(match, then=Value(rank)) for rank, (_, match) in enumerate(fits)), default=Value(len(fits))
            ),
        )

    def mutual_cautions(self):
        """The cautions between two of the things that are taken."""
        taken = [self.build_lineage({key}) for key in sorted(self.keys)]
        every = set().union(*map(affected_treatment_ids, taken))
        said = Caution.objects.public().with_related().filter(treatment__in=every, with_treatment__in=every)
        pairs = [(one, other) for one in taken for other in taken if one is not other]
        found = ((caution, pair) for caution in said for pair in pairs if is_between(caution, *pair))
        return list({caution.pk: copy_with_lineages(caution, pair) for caution, pair in found}.values())

    def cautions_by_treatment(self, options):
        """For the key of each treatment that these management options name: the cautions about it.

        A caution about a class holds of its members; one about a member is told of the class too, since whoever names
        only the class may take that member.
        """
        helps = {key: self.build_lineage({key}) for key in {option.treatment_id for option in options}}
        every = set().union(*map(affected_treatment_ids, helps.values()))
        taken = self.build_lineage(self.keys)
        sides = Q(treatment__in=every, with_treatment__in=affected_treatment_ids(taken))
        sides |= Q(treatment__in=affected_treatment_ids(taken), with_treatment__in=every)
        alone = Q(treatment__in=every, with_treatment=None)
        found = defaultdict(OptionCautions)
        for caution in Caution.objects.public().with_related().filter(sides | alone):
            for key, help_ in helps.items():
                if caution.with_treatment_id is None and caution.treatment_id in affected_treatment_ids(help_):
                    found[key].unconditional.append(copy_with_lineages(caution, [help_]))
                elif is_between(caution, help_, taken) or is_between(caution, taken, help_):
                    found[key].with_current.append(copy_with_lineages(caution, [help_, taken]))
        return found

    def build_lineage(self, keys, *fields):
        """What is said of these treatments, of their classes, or of a member, in these fields of a statement."""
        return Lineage(
            fields or ("treatment", "with_treatment"),
            self.tree.get_ancestor_paths(keys),
            self.tree.get_descendant_paths(keys),
        )


def affected_treatment_ids(lineage):
    """The keys of everything that a lineage leads to."""
    return lineage.ancestor_paths.keys() | lineage.descendant_paths.keys()


def is_between(caution, one, other):
    """Whether a caution is about a treatment of one lineage together with one of the other."""
    return caution.treatment_id in affected_treatment_ids(one) and caution.with_treatment_id in affected_treatment_ids(
        other
    )
