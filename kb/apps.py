"""Names the app in the admin and in OpenAPI: sources and cancers."""

from django.apps import AppConfig


class KbConfig(AppConfig):
    name = "kb"
    verbose_name = "Sources and cancers"
