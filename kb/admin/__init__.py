"""Admin pages of editors, reviewers and administrators."""

# Django's admin imports this package once, when it looks for the admin modules of the installed apps, and a ModelAdmin
# is registered when its module is imported. So this imports each module that nothing else does. Their order does not
# matter: users.py, which replaces registrations of other apps, imports the admin modules of these apps itself.
from kb.admin import account_events, batches, history, suggestions, tokens  # noqa: F401 - imported to register pages
from kb.admin.records import EntryAdmin, StatementAdmin
from kb.admin.users import AdministratorOnlyMixin

__all__ = ["AdministratorOnlyMixin", "EntryAdmin", "StatementAdmin"]
