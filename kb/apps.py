"""App configurations: names for the admin and OpenAPI, the connection of all signal handlers, our own admin site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.contrib.auth import apps as auth
from django.db.models.signals import post_migrate


class KbConfig(AppConfig):
    name = "kb"
    verbose_name = "Sources and cancers"

    def ready(self):
        """Connect every signal handler of the project; handlers of one signal run in this order."""
        # Here, since models can be imported only once all apps are loaded.
        from kb import checks as checks  # Registers them.
        from kb import request_log
        from kb.accounts import administrators, audit_log, user_names
        from kb.dataset import writes
        from kb.editorial import replaced_texts, versioning
        from kb.models import entries, records, sources
        from kb.search.fulltext import sync_search_indexes

        request_log.connect_signal_handlers()
        records.connect_signal_handlers()  # First, so that derived columns are up to date for the others.
        entries.connect_signal_handlers()
        sources.connect_signal_handlers()
        writes.connect_signal_handlers()  # Before versioning, which publishes what it noted.
        versioning.connect_signal_handlers()
        replaced_texts.connect_signal_handlers()
        administrators.connect_signal_handlers()  # Before the audit log, which records what was not refused.
        user_names.connect_signal_handlers()
        audit_log.connect_signal_handlers()
        post_migrate.connect(sync_search_indexes)  # Of every app, since each has models of records.


class KnowledgeAdminConfig(admin.AdminConfig):
    """Django's admin, with our own site."""

    default = False
    default_site = "kb.admin_site.KnowledgeAdminSite"


class AccountsConfig(auth.AuthConfig):
    """Django's accounts, under the name that people use."""

    default = False
    verbose_name = "People and sign-in"
