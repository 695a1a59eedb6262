"""Registers the models of symptoms and care with the admin."""

from django.contrib import admin

from kb.admin import EntryAdmin, StatementAdmin
from symptoms import models

STATEMENTS = [
    models.SideEffect,
    models.ManagementOption,
    models.Manifestation,
    models.RedFlag,
    models.Comparison,
    models.Switch,
    models.Diagnostic,
    models.RiskFactor,
    models.DistinguishingFeature,
    models.Guidance,
]
admin.site.register([models.Symptom, models.Investigation], EntryAdmin)
admin.site.register(STATEMENTS, StatementAdmin)
