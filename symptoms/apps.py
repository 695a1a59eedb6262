"""Names the app in the admin and in OpenAPI: symptoms and care."""

from django.apps import AppConfig


class SymptomsConfig(AppConfig):
    name = "symptoms"
    verbose_name = "Symptoms and care"
