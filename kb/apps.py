"""Names the app in the admin and in OpenAPI: sources and cancers."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KbConfig(AppConfig):
    name = "kb"
    verbose_name = "Sources and cancers"

    def ready(self):
        from kb.fulltext import keep_in_step

        post_migrate.connect(keep_in_step)  # Of every app: records live in all of them.
