"""Red flags: the statements that come with every answer about a symptom for which they ring."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.models import Entry, MetastaticSite, Record, SignRule, Statement, concrete_models, entry_model
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey, depends_on, get_current_hierarchies
from kb.reasoning.named_entries import (
    EntryIds,
    entry_keys_by_field,
    entry_keys_named_by_each,
    find_entries_near_named,
    find_entries_nearby,
    group_ids_by_model,
)
from kb.reasoning.page_entries import find_entries_on_pages_of
from kb.reasoning.populations import PopulationEntries
from kb.reasoning.record_cache import fetch_records
from kb.utils.bounded_dict import BoundedDict

MAX_INDEXED_QUESTIONS = 1_000
FlagKey: TypeAlias = tuple[type[Statement], int]  # The model and the primary key of a red flag.


def red_flag_models() -> list[type[Statement]]:
    """Return the models of statements that stay in every answer about what they name."""
    return [model for model in concrete_models(Statement) if model.vital]


@dataclass
class FlagTriggers:
    """The entries for which one red flag rings; it rings for their kinds and for broader ones as well."""

    direct: set[EntryKey]  # Its signs, and what it suspects.
    related: set[EntryKey] = field(default_factory=set)  # Other signs of the same condition or the same involvement.
    population: frozenset[EntryKey] = frozenset()  # The cancers of those for whom it holds, with their kinds.
    urgency_rank: int = 0  # 0 is the most urgent.


def find_sign_rules() -> dict[type[Statement], SignRule]:
    """Return how statements give a sign of a condition, by the models that do."""
    return {model: model.sign_rule for model in concrete_models(Statement) if model.sign_rule}


@depends_on(find_sign_rules)
class SignIndex:
    """The signs that public statements give: of each condition, and of each condition that affects some part."""

    def __init__(self, _hierarchies: EntryHierarchies) -> None:  # What is derived from hierarchies takes them.
        self.by_condition: defaultdict[EntryKey, set[EntryKey]] = defaultdict(set)
        self.by_involvement: defaultdict[tuple[EntryKey, str], set[EntryKey]] = defaultdict(set)
        keys: dict[EntryKey, EntryKey] = {}  # Each is kept once, and not for every statement that names it.
        for model, rule in find_sign_rules().items():
            fields = {field.name: entry_model(field) for field in model.entry_fields()}
            columns = (rule.involvement_field, rule.sign_field, *rule.condition_fields)
            for involvement, sign, *conditions in model.objects.public().order_by().values_list(*columns):
                for name, key in zip(rule.condition_fields, conditions, strict=True):
                    if key is not None:
                        condition, shown = (fields[name], key), (fields[rule.sign_field], sign)
                        condition, shown = keys.setdefault(condition, condition), keys.setdefault(shown, shown)
                        self.by_condition[condition].add(shown)
                        if involvement:
                            self.by_involvement[condition, involvement.casefold()].add(shown)

    def find_signs_with_involvement_of(self, entries: AbstractSet[EntryKey]) -> set[EntryKey]:
        """Return the signs of every condition that shows as one of these entries where it affects the same part."""
        return set().union(*(signs for signs in self.by_involvement.values() if signs & entries))


@depends_on(lambda: [*red_flag_models(), *find_sign_rules(), MetastaticSite])
def find_flag_triggers(hierarchies: EntryHierarchies) -> dict[FlagKey, FlagTriggers]:
    """Map each public red flag to the entries for which it rings.

    That a cancer may be suspected does not make a red flag of everything that is said about that cancer: only of what
    is said to be a sign of it.
    """
    index, populations = hierarchies.derive(SignIndex), hierarchies.derive(PopulationEntries)
    triggers: dict[FlagKey, FlagTriggers] = {}
    for model in red_flag_models():
        for pk, by_field in entry_keys_by_field(model.objects.public()).items():
            suspected = group_ids_by_model(set().union(*(by_field.get(name, set()) for name in model.suspicion_fields)))
            kinds = {
                (of, key) for of, ids in suspected.items() for key in hierarchies[of].get_self_and_descendants(ids)
            }
            named = set().union(*by_field.values())
            nearby = find_entries_nearby(group_ids_by_model(named), hierarchies)
            related = index.find_signs_with_involvement_of(nearby)
            related.update(*(index.by_condition[condition] for condition in kinds & index.by_condition.keys()))
            triggers[model, pk] = FlagTriggers(named, related)
        ranked = model.objects.public().order_by().annotate(urgency_rank=model.urgency_order)
        for pk, population, urgency_rank in ranked.values_list("pk", "population", "urgency_rank"):
            if (model, pk) not in triggers:  # Published since they were read.
                continue
            entries = group_ids_by_model(populations.by_population.get(population, ()))
            triggers[model, pk].urgency_rank = urgency_rank
            triggers[model, pk].population = frozenset(
                (of, key) for of, ids in entries.items() for key in hierarchies[of].get_self_and_descendants(ids)
            )
    return triggers


Circle: TypeAlias = tuple[AbstractSet[EntryKey], bool]  # Entries with those nearby; whether related signs count.


def rank_flags(circles: Sequence[Circle], triggers: Mapping[FlagKey, FlagTriggers]) -> dict[FlagKey, int]:
    """Map the red flags that ring for an entry of these circles to their closeness: 0 is the closest.

    The closest circle comes first. In each, a red flag that names one of its entries is closer than one that rings for
    it only by a condition or an involvement.
    """
    closeness: dict[FlagKey, int] = {}
    for rank, (entries, counts_related) in enumerate(circles):
        for flag, by in triggers.items():
            if by.direct & entries:
                closeness.setdefault(flag, 2 * rank)
            elif counts_related and by.related & entries:
                closeness.setdefault(flag, 2 * rank + 1)
    return closeness


def sort_flags(
    closeness: Mapping[FlagKey, int], triggers: Mapping[FlagKey, FlagTriggers], flags: Mapping[FlagKey, Statement]
) -> list[Statement]:
    """Return red flags in their order: the most urgent first, then the closest, then by slug."""
    keys = sorted(closeness, key=lambda key: (triggers[key].urgency_rank, closeness[key], flags[key].slug))
    return [flags[key] for key in keys]


FrozenEntryIds: TypeAlias = frozenset[tuple[type[Entry], frozenset[int]]]


class RedFlagIndex(BoundedDict[tuple[FrozenEntryIds, ...], list[FlagKey]]):
    """The keys of the red flags that ring for what questions name, in their order, in one state of the data."""

    def __init__(self, _hierarchies: EntryHierarchies) -> None:
        super().__init__(MAX_INDEXED_QUESTIONS)


def find_red_flags(
    named: EntryIds,
    hierarchies: EntryHierarchies | None = None,
    asked: EntryIds | None = None,
    mentioned: EntryIds | None = None,
) -> list[Statement]:
    """Return the red flags that ring for these entries, in their order.

    `asked` are the entries that an answer is about, `named` those that its records name, and `mentioned` those that
    stand only in the statements shown with an entry. Where a cancer is asked about and no symptom, the red flags for
    people who have it ring as well. What the page of an entry mentions belongs to every answer about
    it. For what is only mentioned, a red flag rings if it names it; not by a condition or an involvement. An answer
    about a symptom that names a broader one says nothing of the other kinds of that. Each question is answered once
    for a state of the data.
    """
    hierarchies, asked, mentioned = hierarchies or get_current_hierarchies(), asked or {}, mentioned or {}
    index, question = hierarchies.derive(RedFlagIndex), tuple(map(freeze_entry_ids, (named, asked, mentioned)))
    if (keys := index.get(question)) is None:
        flags = look_up_red_flags(named, hierarchies, asked, mentioned)
        index.remember(question, [(type(flag), flag.pk) for flag in flags])
        return flags
    flags_by_key = fetch_records(keys, hierarchies)
    return [flags_by_key[key] for key in keys if key in flags_by_key]


def freeze_entry_ids(entry_ids: EntryIds) -> FrozenEntryIds:
    """Return the keys of entries by their models as a value that a dictionary can be looked up by."""
    return frozenset((model, frozenset(ids)) for model, ids in entry_ids.items() if ids)


def look_up_red_flags(
    named: EntryIds, hierarchies: EntryHierarchies, asked: EntryIds, mentioned: EntryIds
) -> list[Statement]:
    """Find the red flags that ring for these entries, in their order, as `find_red_flags` returns them."""
    asked_nearby = find_entries_nearby(asked, hierarchies)
    others = {(model, key) for model, ids in mentioned.items() for key in ids}
    if asked_nearby:
        symptoms = {model: ids for model, ids in asked.items() if not model.inherits}
        others |= find_entries_on_pages_of(symptoms, hierarchies)
    circles = [
        (asked_nearby, True),
        (find_entries_near_named(named, asked, hierarchies), True),
        (find_entries_near_named(group_ids_by_model(others), asked, hierarchies), False),
    ]
    cancers = {(model, key) for model, ids in asked.items() if not model.is_symptom for key in ids}
    is_about_any = cancers or any(entries for entries, _ in circles)
    triggers = hierarchies.derive(find_flag_triggers) if is_about_any else {}
    closeness = rank_flags(circles, triggers)
    if not any(ids for model, ids in asked.items() if model.is_symptom):
        # What is asked about is a cancer, and no symptom that tells which flags matter: those for people who have it.
        for flag, by in triggers.items():
            if not by.population.isdisjoint(cancers):
                closeness.setdefault(flag, 2 * len(circles))
    return sort_flags(closeness, triggers, fetch_records(closeness, hierarchies))


def find_red_flags_for_each(records: Sequence[Record], hierarchies: EntryHierarchies) -> list[list[Statement]]:
    """Return, for each record by its index, the red flags that ring for what it is or names, in their order."""
    named_by_record = entry_keys_named_by_each(records)
    nearby = {
        entry: find_entries_nearby(group_ids_by_model({entry}), hierarchies) for entry in set().union(*named_by_record)
    }
    triggers = hierarchies.derive(find_flag_triggers) if any(nearby.values()) else {}
    circles = [set().union(*(nearby[entry] for entry in named)) for named in named_by_record]
    closeness = [rank_flags([(entries, True)], triggers) for entries in circles]
    flags = fetch_records(set().union(*closeness), hierarchies)
    return [sort_flags(ranks, triggers, flags) for ranks in closeness]
