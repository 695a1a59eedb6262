"""App configuration of symptoms: its name in the admin and in OpenAPI."""

from django.apps import AppConfig


class SymptomsConfig(AppConfig):
    name = "symptoms"
    verbose_name = "Symptoms and care"
