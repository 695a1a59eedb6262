"""What editors see of symptoms and care."""

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
