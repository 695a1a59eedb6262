"""Models that all apps share: records, entries, statements, sources, changes, versions, events, releases."""

from kb.models.account_events import AccountEvent
from kb.models.ancestries import Ancestry
from kb.models.changes import (
    DECIDED_STATES,
    MAX_REASON_LENGTH,
    OPEN_STATES,
    Batch,
    Change,
    SavedFilter,
    Shipment,
    Version,
)
from kb.models.citation_checks import Check, Finding
from kb.models.data_revision import Revision
from kb.models.editions import Edition
from kb.models.entries import Cancer, CancerAncestry, Entry
from kb.models.events import Event
from kb.models.notices import ReviewNotice
from kb.models.querysets import RecordQuerySet
from kb.models.record_digests import DatasetTally, RecordDigest
from kb.models.records import Record, RelatedRecords, RelationField
from kb.models.registry import (
    VersionedRecord,
    VersionedT,
    concrete_models,
    is_versioned,
    models_by_resource_name,
    record_models,
    resource_name,
    versioned_models,
    versioned_models_by_label,
)
from kb.models.releases import (
    ARCHIVE_MEDIA_TYPE,
    DATABASE_MEDIA_TYPE,
    PARQUET_MEDIA_TYPE,
    Release,
    ReleaseChunk,
    ReleaseFile,
)
from kb.models.remarks import MAX_REMARK_LENGTH, Remark
from kb.models.second_factors import AuthenticatorApp, RecoveryCodes
from kb.models.source_editions import SourceEdition
from kb.models.sources import Passage, Source, build_passage_key
from kb.models.statement_rules import ContradictionRule, EdgeKind, GraphEdge, Limit, SeriousHarmRule, Signal, SignRule
from kb.models.statements import (
    MetastaticSite,
    Statement,
    TreatmentUseStatement,
    at_most_one_constraint,
    entry_model,
    exactly_one_constraint,
    unique_statement_constraint,
)
from kb.models.suggestions import Suggestion
from kb.models.support import CitationCheck, SupportDecision
from kb.models.tokens import ApiToken

__all__ = [
    "ARCHIVE_MEDIA_TYPE",
    "DATABASE_MEDIA_TYPE",
    "DECIDED_STATES",
    "MAX_REASON_LENGTH",
    "MAX_REMARK_LENGTH",
    "OPEN_STATES",
    "PARQUET_MEDIA_TYPE",
    "AccountEvent",
    "Ancestry",
    "ApiToken",
    "AuthenticatorApp",
    "Batch",
    "Cancer",
    "CancerAncestry",
    "Change",
    "Check",
    "CitationCheck",
    "ContradictionRule",
    "DatasetTally",
    "EdgeKind",
    "Edition",
    "Entry",
    "Event",
    "Finding",
    "GraphEdge",
    "Limit",
    "MetastaticSite",
    "Passage",
    "Record",
    "RecordDigest",
    "RecordQuerySet",
    "RecoveryCodes",
    "RelatedRecords",
    "RelationField",
    "Release",
    "ReleaseChunk",
    "ReleaseFile",
    "Remark",
    "ReviewNotice",
    "Revision",
    "SavedFilter",
    "SeriousHarmRule",
    "Shipment",
    "SignRule",
    "Signal",
    "Source",
    "SourceEdition",
    "Statement",
    "Suggestion",
    "SupportDecision",
    "TreatmentUseStatement",
    "Version",
    "VersionedRecord",
    "VersionedT",
    "at_most_one_constraint",
    "build_passage_key",
    "concrete_models",
    "entry_model",
    "exactly_one_constraint",
    "is_versioned",
    "models_by_resource_name",
    "record_models",
    "resource_name",
    "unique_statement_constraint",
    "versioned_models",
    "versioned_models_by_label",
]
