"""Where clinical editors work: one grammar for every record, and a desk on which their work lies."""

from kb.admin.records import EntryAdmin, StatementAdmin
from kb.admin.suggestions import SuggestionAdmin
from kb.admin.tokens import ApiTokenAdmin

__all__ = ["ApiTokenAdmin", "EntryAdmin", "StatementAdmin", "SuggestionAdmin"]
