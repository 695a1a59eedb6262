"""The ground floor: what a record, an entry and a statement are, and the records that everything shares."""

from kb.models.account_events import AccountEvent
from kb.models.changes import DECIDED, OPEN, Batch, Change, SavedFilter, Shipment, Version
from kb.models.citation_checks import Check, Finding
from kb.models.data_revision import Revision
from kb.models.entries import Cancer, Entry
from kb.models.events import Event
from kb.models.querysets import RecordQuerySet
from kb.models.records import Record, kinds_by_name, kinds_of, resource
from kb.models.releases import ARCHIVE, DATABASE, Release, ReleaseFile
from kb.models.sources import Passage, Source
from kb.models.statements import Contest, Lead, MetastaticSite, Statement, exactly_one, unique_statement
from kb.models.suggestions import Suggestion
from kb.models.tokens import ApiToken

__all__ = [
    "ARCHIVE",
    "DATABASE",
    "DECIDED",
    "OPEN",
    "AccountEvent",
    "ApiToken",
    "Batch",
    "Cancer",
    "Change",
    "Check",
    "Contest",
    "Entry",
    "Event",
    "Finding",
    "Lead",
    "MetastaticSite",
    "Passage",
    "Record",
    "RecordQuerySet",
    "Release",
    "ReleaseFile",
    "Revision",
    "SavedFilter",
    "Shipment",
    "Source",
    "Statement",
    "Suggestion",
    "Version",
    "exactly_one",
    "kinds_by_name",
    "kinds_of",
    "resource",
    "unique_statement",
]
