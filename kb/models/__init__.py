"""The ground floor: what a record, an entry and a statement are, and the records that everything shares."""

from kb.models.entries import Cancer, Entry
from kb.models.records import Record, RecordQuerySet, kinds_of, resource
from kb.models.sources import Passage, Source
from kb.models.statements import Contest, Lead, MetastaticSite, Statement, exactly_one, unique_statement
from kb.models.suggestions import Suggestion
from kb.models.tokens import ApiToken

__all__ = [
    "ApiToken",
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
    "Suggestion",
    "exactly_one",
    "kinds_of",
    "resource",
    "unique_statement",
]
