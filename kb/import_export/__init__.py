"""Records in bulk: out as a file, and in again as drafts and proposals, all or nothing."""

from kb.import_export.file_formats import MOST_BYTES, TYPES, export, read
from kb.import_export.importer import bring, records
from kb.import_export.results import Moved, Outcome, Result
from kb.import_export.rows import Row, Unreadable, kinds

__all__ = [
    "MOST_BYTES",
    "TYPES",
    "Moved",
    "Outcome",
    "Result",
    "Row",
    "Unreadable",
    "bring",
    "export",
    "kinds",
    "read",
    "records",
]
