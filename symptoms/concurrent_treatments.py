"""Concurrent treatments: what a person takes, and the cautions about it and about what would be taken with it."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Q

from kb.reasoning.inheritance import Basis, basis_of_path, build_lineage, copy_with_lineages
from kb.reasoning.record_cache import fetch_queryset
from treatments.models import Caution, Treatment

MAX_OF_MEMBERS = 20  # Cautions about members of a class, of those that hold whatever is taken.


@dataclass
class OptionCautions:
    """The cautions about one management option: together with what is taken, and those that hold whatever is taken."""

    with_current: list = field(default_factory=list)
    unconditional: list = field(default_factory=list)
    of_members: int = 0  # How many of the unconditional ones are about members of its treatment, shown or not.

    @property
    def hidden(self):
        """How many cautions about members are not shown."""
        return max(self.of_members - MAX_OF_MEMBERS, 0)

    def __iter__(self):
        return iter([*self.with_current, *self.unconditional])


class CurrentTreatments:
    """The treatments that a person takes, with the classes that they belong to."""

    def __init__(self, treatments, hierarchies):
        self.hierarchies, self.hierarchy = hierarchies, hierarchies[Treatment]
        self.keys = {treatment.pk for treatment in treatments}
        self.ids_with_classes = self.keys.union(*map(self.hierarchy.get_self_and_ancestors, self.keys))

    def mutual_cautions(self):
        """Return the cautions between two of the things that are taken."""
        lineages = [self.build_lineage({key}) for key in sorted(self.keys)]
        ids = set().union(*map(affected_treatment_ids, lineages))
        mutual = Caution.objects.public().filter(treatment__in=ids, with_treatment__in=ids)
        cautions = fetch_queryset(mutual, self.hierarchies)
        pairs = [(left, right) for left in lineages for right in lineages if left is not right]
        matches = ((caution, pair) for caution in cautions for pair in pairs if is_between(caution, *pair))
        return list({caution.pk: copy_with_lineages(caution, pair) for caution, pair in matches}.values())

    def cautions_by_treatment(self, options):
        """Map the key of each treatment that these management options name to the cautions about it.

        A caution about a class holds of its members. One about a member is shown for the class too, since a person who
        names only the class may take that member. One about some of a class that holds whatever is taken stands with
        those members of which it is said by name, and with the class. Of those about members that hold whatever is
        taken, the first are shown; those about itself and its classes all are.
        """
        lineages = {key: self.build_lineage({key}) for key in {option.treatment_id for option in options}}
        option_ids = set().union(*map(affected_treatment_ids, lineages.values()))
        current = self.build_lineage(self.keys)
        together = Q(treatment__in=option_ids, with_treatment__in=affected_treatment_ids(current))
        together |= Q(treatment__in=affected_treatment_ids(current), with_treatment__in=option_ids)
        alone = Q(treatment__in=option_ids, with_treatment=None)
        cautions = defaultdict(OptionCautions)
        for caution in fetch_queryset(Caution.objects.public().filter(together | alone), self.hierarchies):
            for key, lineage in lineages.items():
                if caution.with_treatment_id is None:
                    if is_about(caution, lineage):
                        cautions[key].of_members += caution.treatment_id in lineage.descendant_paths
                        if caution.treatment_id in lineage.descendant_paths and cautions[key].hidden:
                            continue
                        cautions[key].unconditional.append(copy_with_lineages(caution, [lineage]))
                elif is_between(caution, lineage, current) or is_between(caution, current, lineage):
                    cautions[key].with_current.append(copy_with_lineages(caution, [lineage, current]))
        return cautions

    def build_lineage(self, keys, *fields):
        """Return the lineage of these treatments, their classes and members, in these fields of a statement."""
        fields = fields or ("treatment", "with_treatment")
        return build_lineage(self.hierarchies, Treatment, keys, fields, with_members=True)


def affected_treatment_ids(lineage):
    """Return the keys of all treatments of a lineage: those asked about, their classes and members."""
    return lineage.ancestor_paths.keys() | lineage.descendant_paths.keys()


def is_about(caution, lineage):
    """Return whether a caution is about what a lineage was built for: of itself, a member, or each of a class of it."""
    if path := lineage.ancestor_paths.get(caution.treatment_id):
        return basis_of_path(path, caution.scope) != Basis.POSSIBLE
    return caution.treatment_id in lineage.descendant_paths


def is_between(caution, left, right):
    """Return whether a caution is about a treatment of one lineage, together with one of the other."""
    is_about_left = caution.treatment_id in affected_treatment_ids(left)
    return is_about_left and caution.with_treatment_id in affected_treatment_ids(right)
