"""What editors see of symptoms and care."""

from django.contrib import admin

from kb.admin import EntryAdmin, StatementAdmin
from symptoms.models import (
    Comparison,
    Diagnostic,
    DistinguishingFeature,
    Guidance,
    Investigation,
    ManagementOption,
    Manifestation,
    RedFlag,
    RiskFactor,
    SideEffect,
    Switch,
    Symptom,
)

STATEMENTS = [
    SideEffect,
    ManagementOption,
    Manifestation,
    RedFlag,
    Comparison,
    Switch,
    Diagnostic,
    RiskFactor,
    DistinguishingFeature,
    Guidance,
]
admin.site.register([Symptom, Investigation], EntryAdmin)
admin.site.register(STATEMENTS, StatementAdmin)
