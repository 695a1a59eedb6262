"""The ground floor: what a record, an entry and a statement are, and the records that everything shares."""

from kb.models.account_events import AccountEvent
from kb.models.changes import DECIDED_STATES, OPEN_STATES, Batch, Change, SavedFilter, Shipment, Version
from kb.models.citation_checks import Check, Finding
from kb.models.data_revision import Revision
from kb.models.entries import Cancer, Entry
from kb.models.events import Event
from kb.models.querysets import RecordQuerySet
from kb.models.records import Record
from kb.models.registry import (
    concrete_models,
    is_versioned,
    models_by_resource_name,
    record_models,
    resource_name,
    versioned_models,
    versioned_models_by_label,
)
from kb.models.releases import ARCHIVE_MEDIA_TYPE, DATABASE_MEDIA_TYPE, Release, ReleaseFile
from kb.models.sources import Passage, Source
from kb.models.statements import (
    ContradictionRule,
    GraphEdge,
    MetastaticSite,
    Statement,
    exactly_one_constraint,
    unique_statement_constraint,
)
from kb.models.suggestions import Suggestion
from kb.models.tokens import ApiToken

__all__ = [
    "ARCHIVE_MEDIA_TYPE",
    "DATABASE_MEDIA_TYPE",
    "DECIDED_STATES",
    "OPEN_STATES",
    "AccountEvent",
    "ApiToken",
    "Batch",
    "Cancer",
    "Change",
    "Check",
    "ContradictionRule",
    "Entry",
    "Event",
    "Finding",
    "GraphEdge",
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
    "concrete_models",
    "exactly_one_constraint",
    "is_versioned",
    "models_by_resource_name",
    "record_models",
    "resource_name",
    "unique_statement_constraint",
    "versioned_models",
    "versioned_models_by_label",
]
