"""Where clinical editors work: one grammar for every record, and a desk on which their work lies."""

from kb.admin import account_events, changes, history, suggestions, tokens  # noqa: F401 - they register their pages
from kb.admin.records import EntryAdmin, StatementAdmin
from kb.admin.users import AdministratorOnlyMixin

__all__ = ["AdministratorOnlyMixin", "EntryAdmin", "StatementAdmin"]
