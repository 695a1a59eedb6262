"""Registers the models of treatments with the admin."""

from django.contrib import admin

from kb.admin import EntryAdmin, StatementAdmin
from treatments.models import Caution, Indication, Treatment

admin.site.register(Treatment, EntryAdmin)
admin.site.register([Indication, Caution], StatementAdmin)
