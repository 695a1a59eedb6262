"""The ground floor: what a record, an entry and a statement are, and the records that everything shares."""

from kb.models.entries import Cancer, Entry
from kb.models.people import AccountEvent
from kb.models.records import Record, RecordQuerySet, kinds_of
from kb.models.sources import Passage, Source
from kb.models.statements import Contest, Lead, MetastaticSite, Statement, exactly_one, unique_statement

__all__ = [
    "AccountEvent",
    "Cancer",
    "Contest",
    "Entry",
    "Lead",
    "MetastaticSite",
    "Passage",
    "Record",
    "RecordQuerySet",
    "Source",
    "Statement",
    "exactly_one",
    "kinds_of",
    "unique_statement",
]
