"""The names of all public entries, folded, and what people write in their place: codes, brackets, dosages, lists."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from kb.code_systems import CODE_SYSTEMS
from kb.models import Entry, Record, RecordQuerySet
from kb.search.dosage import split_dosage
from kb.utils.fuzzy import normalize_name

LIST_SEPARATORS = re.compile(r"[,;\n]")
WEAK_SEPARATORS = re.compile(r"[,;+&\n]|\band\b", re.IGNORECASE)  # Part a list only if each part is a name.
QUOTES = "\"'“”„«»"
BRACKETED = re.compile(r"^(?P<outside>.+?)\s*\((?P<inside>[^()]+)\)(?P<rest>.*)$")
CODE = re.compile(r"(?P<system>[\w.]+)\s*:\s*(?P<code>\S+)")
PREFIXES_BY_URI = {system.uri: prefix for prefix, system in CODE_SYSTEMS.items() if system.uri}
RecordSelector = Callable[[type[Record]], RecordQuerySet]  # Returns the records of a model that are looked through.


def select_public(model: type[Record]) -> RecordQuerySet:
    """Return the published records of a model, the only ones that a reader finds."""
    return model.objects.public()


class EntryNames:
    """The entries of some models (the public ones, unless others are selected) by folded names, slugs and codes."""

    def __init__(self, models: Iterable[type[Entry]], select_records: RecordSelector = select_public) -> None:
        self.models, self.select_records = list(models), select_records

    @cached_property
    def entries(self) -> list[Entry]:
        return [entry for model in self.models for entry in self.select_records(model)]

    @cached_property
    def by_name(self) -> dict[str, list[Entry]]:
        by_name: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for name in {normalize_name(name) for name in entry.names()}:
                by_name[name].append(entry)
        for entry in self.entries:  # A name goes before the same word as a slug of something else.
            if (slug := normalize_name(entry.slug)) not in by_name:
                by_name[slug] = [entry]
        return dict(by_name)

    @cached_property
    def by_joined_name(self) -> dict[str, list[Entry]]:
        """The entries by their names without spaces: X-ray and xray are one name."""
        by_joined_name: defaultdict[str, list[Entry]] = defaultdict(list)
        for name, entries in self.by_name.items():
            joined = by_joined_name[name.replace(" ", "")]
            joined += [entry for entry in entries if entry not in joined]
        return dict(by_joined_name)

    @cached_property
    def by_code(self) -> dict[str, list[Entry]]:
        by_code: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for code in {code.casefold() for code in entry.codes}:
                by_code[code].append(entry)
        return dict(by_code)

    def find_by_name(self, value: str) -> list[Entry]:
        """Return the entries with this name, in any spelling, or with two of them as in “Femara (letrozole)”."""
        name = normalize_name(value).strip(QUOTES + ".,;: ")
        if entries := self.by_name.get(name) or self.by_joined_name.get(name.replace(" ", "")):
            return entries
        if match := BRACKETED.match(name):
            outside = self.by_name.get(" ".join([match["outside"], match["rest"].strip()]).strip(), [])
            inside = self.by_name.get(match["inside"].strip(), [])
            return [entry for entry in outside if entry in inside]
        return []

    def find_by_code(self, value: str) -> list[Entry]:
        """Return the entries with a code, written as system:code or as FHIR does (the address of the system, a bar)."""
        curie = parse_code(value)
        return self.by_code.get(curie.casefold(), []) if curie else []

    def find_with_dosage(self, value: str) -> tuple[list[Entry], str]:
        """Return the entries whose name is in a value beside a dosage, and the dosage; two empty ones if none is."""
        for name, dosage in split_dosage(normalize_name(value).strip(QUOTES)):
            if entries := [entry for entry in self.find_by_name(name) if entry.is_treatment]:
                return entries, dosage
        return [], ""

    def find(self, value: str) -> tuple[list[Entry], str]:
        """Return the entries that a value may mean, and the dosage that was set aside."""
        entries = self.find_by_name(value) or self.find_by_code(value)
        return (entries, "") if entries else self.find_with_dosage(value)

    def split_list(self, value: str) -> list[str]:
        """Return the parts of a value that is a list of several names; nothing for a single one."""
        parts = [part.strip() for part in LIST_SEPARATORS.split(value) if part.strip()]
        if len(parts) > 1 and (all(part[0].isalpha() for part in parts) or any(self.find(part)[0] for part in parts)):
            return parts
        parts = [part.strip() for part in WEAK_SEPARATORS.split(value) if part.strip()]
        return parts if len(parts) > 1 and all(self.find(part)[0] for part in parts) else []


def parse_code(value: str) -> str:
    """Return the CURIE that a value is, with its system as it is written here; an empty string if it is none."""
    uri, bar, code = value.strip().rpartition("|")
    if bar:
        return f"{PREFIXES_BY_URI[uri]}:{code}" if uri in PREFIXES_BY_URI else ""
    match = CODE.fullmatch(value.strip().strip(QUOTES))
    return f"{match['system'].casefold()}:{match['code']}" if match else ""
