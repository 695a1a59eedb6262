"""The ground floor: what a record, an entry and a statement are, and the records that everything shares."""

from kb.models.entries import Cancer, Entry
from kb.models.records import Record, RecordQuerySet, kinds_of, resource
from kb.models.sources import Passage, Source
from kb.models.statements import Contest, Lead, MetastaticSite, Statement, exactly_one, unique_statement

__all__ = [
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
    "resource",
    "unique_statement",
]
