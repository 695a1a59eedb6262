"""Records in bulk: out as a file, and in again as drafts and proposals, all or nothing."""

from kb.exchange.bringing import bring, records
from kb.exchange.files import MOST_BYTES, TYPES, export, read
from kb.exchange.results import Moved, Outcome, Result
from kb.exchange.rows import Row, Unreadable, kinds

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
