"""Names apps as people call them, in the admin and in OpenAPI; puts the admin on the desk of the editors."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.contrib.auth import apps as auth
from django.db.models.signals import post_migrate


class KbConfig(AppConfig):
    name = "kb"
    verbose_name = "Sources and cancers"

    def ready(self):
        from kb.accounts import audit_log as audit
        from kb.editorial import versioning  # noqa: F401 - it listens to what is written
        from kb.search.fulltext import sync_search_indexes

        post_migrate.connect(sync_search_indexes)  # Of every app: records live in all of them.
        audit.connect_signal_handlers()


class KnowledgeAdminConfig(admin.AdminConfig):
    """The admin, on our own desk."""

    default = False
    default_site = "kb.admin_site.KnowledgeAdminSite"


class AccountsConfig(auth.AuthConfig):
    """Django's accounts, under the name that people use."""

    default = False
    verbose_name = "People and sign-in"
