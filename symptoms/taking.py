"""What somebody takes, and what that means for a way to help: whether it is for this cause, and what needs care."""

from collections import defaultdict
from copy import copy
from dataclasses import dataclass, field

from django.db.models import Case, Q, Value, When

from kb.inheritance import Lineage, Tree
from symptoms.choices import Fit
from treatments.choices import TreatmentKind
from treatments.models import Caution, Treatment


@dataclass
class Care:
    """The cautions of one way to help: those that touch what is taken, and those that hold whatever is taken."""

    touching: list = field(default_factory=list)
    whatever: list = field(default_factory=list)


class Taking:
    """The treatments that somebody takes, with the classes that they belong to."""

    def __init__(self, treatments, exact=False):
        self.tree = Tree(Treatment)
        self.keys = {treatment.pk for treatment in treatments}
        self.classes = self.keys if exact else self.keys.union(*map(self.tree.line, self.keys))

    def fitted(self, options):
        """These management options, each with its `fit`; those that are stated for this cause first."""
        no_cause = Q(cause_treatment=None, cause_cancer=None, cause_condition=None)
        fits = [
            (Fit.STATED_FOR_THIS_CAUSE, Q(cause_treatment__in=self.classes)),
            (Fit.GENERAL, no_cause | Q(cause_treatment__kind=TreatmentKind.GENERAL)),
            (Fit.STATED_FOR_OTHER_CAUSE, Q()),
        ]
        cases = {
            "fit": [When(match, then=Value(fit.value)) for fit, match in fits[:-1]],
            "fit_rank": [When(match, then=Value(rank)) for rank, (fit, match) in enumerate(fits[:-1])],
        }
        return options.annotate(
            fit=Case(*cases["fit"], default=Value(fits[-1][0].value)),
            fit_rank=Case(*cases["fit_rank"], default=Value(len(fits))),
        ).order_by("fit_rank", "slug")

    def care(self, options):
        """For the key of each treatment that these management options name: the cautions about it.

        A caution about a class holds of its members; one about a member is told of the class too, since whoever names
        only the class may take that member.
        """
        helps = {key: self.lineage({key}) for key in {option.treatment_id for option in options}}
        every = set().union(*map(touches, helps.values()))
        taken = self.lineage(self.keys)
        sides = Q(treatment__in=every, with_treatment__in=touches(taken))
        sides |= Q(treatment__in=touches(taken), with_treatment__in=every)
        alone = Q(treatment__in=every, with_treatment=None)
        found = defaultdict(Care)
        for caution in Caution.objects.public().with_related().filter(sides | alone):
            for key, help_ in helps.items():
                if caution.with_treatment_id is None and caution.treatment_id in touches(help_):
                    found[key].whatever.append(seen_from(caution, [help_]))
                elif between(caution, help_, taken) or between(caution, taken, help_):
                    found[key].touching.append(seen_from(caution, [help_, taken]))
        return found

    def lineage(self, keys):
        """What is said of these treatments, of their classes, or of a member of them, on either side of a caution."""
        return Lineage(("treatment", "with_treatment"), self.tree.paths(keys), self.tree.members(keys))


def touches(lineage):
    """The keys of everything that a lineage leads to."""
    return lineage.paths.keys() | lineage.below.keys()


def between(caution, one, other):
    """Whether a caution is about a treatment of one lineage together with one of the other."""
    return caution.treatment_id in touches(one) and caution.with_treatment_id in touches(other)


def seen_from(caution, lineages):
    """The same caution, answering about these treatments."""
    seen = copy(caution)
    seen.lineages = lineages
    return seen
