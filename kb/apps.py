"""Names the app in the admin and in OpenAPI: sources and cancers; puts the admin on the desk of the editors."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate


class KbConfig(AppConfig):
    name = "kb"
    verbose_name = "Sources and cancers"

    def ready(self):
        from kb import history  # noqa: F401 - it listens to what is written
        from kb.fulltext import keep_in_step

        post_migrate.connect(keep_in_step)  # Of every app: records live in all of them.


class DeskConfig(admin.AdminConfig):
    """The admin, on our own desk."""

    default = False
    default_site = "kb.desk.Desk"
