"""Populations in terms of entries: the cancer that everybody of one has, or the treatment that everybody takes."""

from collections.abc import Collection

from kb.choices import POPULATION_ENTRIES, Scope
from kb.models import Cancer, Entry, MetastaticSite, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey, depends_on


@depends_on(lambda: [MetastaticSite])
class PopulationEntries:
    """What populations have or take, and which cancers can be those of one person."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        self.cancers = hierarchies[Cancer]
        models = {model.__name__: model for model in concrete_models(Entry)}
        keys = {
            name: {slug: key for key, slug in hierarchies[models[name]].slugs.items()}
            for name, _ in POPULATION_ENTRIES.values()
        }
        # Of each population the entries of which one at least is there, as far as they are among the data.
        self.by_population: dict[str, frozenset[EntryKey]] = {
            population.value: frozenset((models[name], keys[name][slug]) for slug in slugs if slug in keys[name])
            for population, (name, slugs) in POPULATION_ENTRIES.items()
            if keys[name].keys() & set(slugs)
        }
        # The keys of each cancer and of the state of cancer that it is said to spread as; what is said of some of a
        # class says nothing of each of its members.
        self.spreads = {
            (kind, state)
            for scope, cancer, state in MetastaticSite.objects.public()
            .exclude(metastasis=None)
            .order_by()
            .values_list("scope", "cancer", "metastasis")
            for kind in ({cancer} if scope == Scope.SOME else self.cancers.get_self_and_descendants({cancer}))
        }

    def is_excluded(self, population: str, given: Collection[EntryKey]) -> bool:
        """Return whether these entries cannot be those of anybody of a population: it has another cancer than one."""
        own = [key for model, key in self.by_population.get(population, ()) if model is Cancer]
        return bool(own) and all(self.is_other_cancer(key, given) for key in own)

    def is_other_cancer(self, cancer: int, given: Collection[EntryKey]) -> bool:
        """Return whether a cancer is none of those given nor a class of one, and one of them cannot go with it."""
        others = [key for model, key in given if model is Cancer]
        if any(cancer in self.cancers.get_self_and_ancestors(other) for other in others):
            return False
        return not all(self.can_go_together(cancer, other) for other in others)

    def excludes_statement(self, statement: Statement, given: Collection[EntryKey]) -> bool:
        """Return whether a statement holds only for people, or for a use for a cancer, that these entries cannot be."""
        uses = [getattr(statement, f"{name}_id") for name in statement.use_field_names()]
        return self.is_excluded(statement.population, given) or any(
            use is not None and self.is_other_cancer(use, given) for use in uses
        )

    def can_go_together(self, left: int, right: int) -> bool:
        """Return whether two cancers can be the disease of one person, as far as the data say.

        So they can if something is a kind of both, such as one of the two, or if one is said to spread as the other.
        """
        kinds = [self.cancers.get_self_and_descendants({key}) for key in (left, right)]
        return bool(kinds[0] & kinds[1]) or self.can_spread_as(left, right) or self.can_spread_as(right, left)

    def can_spread_as(self, cancer: int, state: int) -> bool:
        """Return whether a cancer or a kind of it is said to spread as a state of cancer, a kind or a class of it."""
        kinds = self.cancers.get_self_and_descendants({cancer})
        states = self.cancers.get_ancestors_and_descendants({state})
        return any(kind in kinds and reached in states for kind, reached in self.spreads)

    def is_state(self, cancer: int) -> bool:
        """Return whether a cancer is a state that others can come to, such as metastatic cancer, or a kind of one."""
        reached = {state for _, state in self.spreads}
        classes = {key for key in self.cancers.get_ancestors(reached) | reached if self.cancers.parents[key]}
        return cancer in self.cancers.get_self_and_descendants(classes)

    def leaves_open(self, population: str, cancers: Collection[int]) -> bool:
        """Return whether people with these cancers may be of a population of which they are not said to be.

        So it is with bone metastases that a cancer can bring about, where it is not said which cancer did; with a
        cancer of which the population has a kind; and with people with cancer, whatever is known.
        """
        own = [key for model, key in self.by_population[population] if model is Cancer]
        classes = set().union(*map(self.cancers.get_self_and_ancestors, own))
        return any(
            not self.cancers.parents[key] or any(c in classes or self.can_spread_as(key, c) for c in cancers)
            for key in own
        )
