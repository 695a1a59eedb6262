"""Where clinical editors work: one grammar for every record, and a desk on which their work lies."""

from kb.admin import changes, history, signins, suggestions, tokens  # noqa: F401 - they register their pages
from kb.admin.people import ForAdministrators
from kb.admin.records import EntryAdmin, StatementAdmin

__all__ = ["EntryAdmin", "ForAdministrators", "StatementAdmin"]
