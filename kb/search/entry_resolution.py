"""Which entry a value of a parameter means: by slug, name, synonym, brand name, code, or a name with its dosage."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote_plus

from django.core.exceptions import ValidationError

from kb.choices import Status
from kb.code_systems import CODE_SYSTEMS, split_curie, validate_code
from kb.models import Entry, resource_name
from kb.reasoning.hierarchies import EntryHierarchies
from kb.search.entry_names import EntryNames, parse_code
from kb.search.nearest_names import NearestNames
from kb.search.slug_lookup import describe_retired
from kb.utils.bounded_dict import BoundedDict

MAX_KNOWN_ENTRIES = 5_000
MAX_EXPLAINED_VALUES = 20  # Unknown ones, to which the nearest are sought.
MAX_SHOWN_PARTS = 3  # Of a list of names, in the error that tells how to write it.


@dataclass(frozen=True)
class Resolution:
    """What a value means: an entry, with the dosage that was set aside; or why it means none, with the nearest."""

    parameter: str
    value: str
    entry: Entry | None = None
    is_own_name: bool = False  # Whether the value is the slug or the preferred name of the entry.
    dosage: str = ""
    problem: str = ""
    nearest: tuple[Entry, ...] = ()

    @property
    def says(self) -> str:
        """Say in words how the value was read."""
        if self.entry is None:
            return self.problem
        read = f"“{self.value}” is taken as {self.entry}"
        return (
            f"{read}; “{self.dosage}” is left aside: no statement is told apart by it." if self.dosage else f"{read}."
        )


class KnownEntries(BoundedDict[tuple[type[Entry], str], Entry]):
    """Published and retired entries by model and slug, in one state of the data. They are shared: none is changed."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        super().__init__(MAX_KNOWN_ENTRIES)


def read_known_entries(model: type[Entry], slugs: Collection[str]) -> dict[tuple[type[Entry], str], Entry]:
    """Read the published and retired entries with these slugs from the database."""
    known = model.objects.filter(status__in=[Status.PUBLISHED, Status.RETIRED]).select_related("replaced_by")
    return {(model, slug): entry for slug, entry in known.in_bulk(slugs, field_name="slug").items()}


def resolve_entries(
    models: Sequence[type[Entry]],
    values: Sequence[str],
    parameter: str = "",
    hierarchies: EntryHierarchies | None = None,
) -> list[Resolution]:
    """Return what each value means among the public entries of some models.

    A slug may stand behind its kind, as in addresses: treatments/letrozole. Slugs cost one query of each model, once
    for a state of the data if its `hierarchies` are given; names, codes and what is unknown cost a fixed number more,
    however many they are. `parameter` is where the values stand: an error tells how to write several.
    """
    known = hierarchies.derive(KnownEntries) if hierarchies else BoundedDict(MAX_KNOWN_ENTRIES)
    by_slug: defaultdict[str, list[Entry]] = defaultdict(list)
    retired: dict[str, Entry] = {}
    for model in models if values else ():
        slugs = {value: value.removeprefix(f"{resource_name(model)}/") for value in values}
        keys = {(model, slug): slug for slug in slugs.values()}
        entries = known.get_all(keys, partial(read_known_entries, model))
        for value, entry in (
            (value, entries[model, slug]) for value, slug in slugs.items() if (model, slug) in entries
        ):
            if entry.status == Status.RETIRED:
                retired[value] = entry
            else:
                by_slug[value].append(entry)
    names = EntryNames(models)
    found = {value: (by_slug[value], "") if value in by_slug else names.find(value) for value in values}
    unknown = explain_unknown(names, [v for v, (entries, _) in found.items() if not entries], retired, parameter)
    return [unknown.get(value) or build_resolution(parameter, value, *found[value]) for value in values]


def name_with_kind(entry: Entry) -> str:
    """Return the kind and the slug of an entry, as in its address."""
    return f"{resource_name(type(entry))}/{entry.slug}"


def name_apart(entry: Entry, entries: Sequence[Entry]) -> str:
    """Return the slug of one of these entries, behind its kind if another one has the same slug."""
    return name_with_kind(entry) if sum(other.slug == entry.slug for other in entries) > 1 else entry.slug


def build_resolution(parameter: str, value: str, entries: Sequence[Entry], dosage: str) -> Resolution:
    """Return what a value means that is a name of these entries."""
    if len(entries) > 1:
        listed = " and ".join(f"“{entry}” ({name_apart(entry, entries)})" for entry in entries)
        problem = f"“{value}” belongs to {listed}: give the slug of the one that is meant."
        return Resolution(parameter, value, problem=problem, nearest=tuple(entries))
    (entry,) = entries
    own_names = {entry.slug, name_with_kind(entry)}
    is_own_name = value in own_names or value.casefold() == entry.name.casefold()
    return Resolution(parameter, value, entry, is_own_name, dosage)


def explain_unknown(
    names: EntryNames, values: Sequence[str], retired: Mapping[str, Entry], parameter: str
) -> dict[str, Resolution]:
    """Return why each of these values, which name no public entry, means none, with the nearest entries.

    `retired` are the retired entries by their slugs.
    """
    explained = {}
    noun = names.models[0]._meta.verbose_name if len(names.models) == 1 else "entry"
    for value in values:
        if value in retired:
            problem, replacement = describe_retired(retired[value])
            nearest = (replacement,) if replacement else ()
            explained[value] = Resolution(parameter, value, problem=problem, nearest=nearest)
        elif problem := explain_form(names, value, noun, parameter):
            parts = [names.find(part)[0] for part in names.split_list(value)]
            nearest = tuple(entry for entries in parts for entry in entries[:1])
            explained[value] = Resolution(parameter, value, problem=problem, nearest=nearest)
    rest = [value for value in values if value not in explained]
    found = NearestNames(names).find(rest[:MAX_EXPLAINED_VALUES]) if rest else {}
    for value in rest:
        problem = f"There is no {noun} with the slug or name “{value}”."
        explained[value] = Resolution(parameter, value, problem=problem, nearest=tuple(found.get(value, ())))
    return explained


def explain_form(names: EntryNames, value: str, noun: str, parameter: str) -> str:
    """Return what is wrong with a value that is several names, or a code; an empty string if it is neither."""
    if parts := names.split_list(value):
        repeated = "&".join(f"{parameter}={quote_plus(part)}" for part in parts[:MAX_SHOWN_PARTS])
        return f"“{value}” reads like a list: give each name by itself, and repeat the parameter: {repeated}."
    if (curie := parse_code(value)) and split_curie(curie)[0] in CODE_SYSTEMS:
        try:
            validate_code(curie)
        except ValidationError as error:
            return " ".join(error.messages)
        return f"There is no {noun} with the code “{value}”."
    return ""
