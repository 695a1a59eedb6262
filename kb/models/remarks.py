"""Remarks: what the author and the reviewers of a change say to each other."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kb.models.changes import Change

MAX_REMARK_LENGTH = 1000


class Remark(models.Model):
    """Something that somebody says of a change. It stays when the change is sent again, and nobody alters it."""

    change = models.ForeignKey(Change, models.CASCADE, related_name="remarks", help_text="Of which change.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", help_text="By whom.")
    at = models.DateTimeField(default=timezone.now, help_text="When.")
    text = models.CharField(max_length=MAX_REMARK_LENGTH, help_text="What is said.")
    content = models.JSONField(encoder=DjangoJSONEncoder, help_text="The record as it was proposed then.")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="a_remark_says_something")]

    def __str__(self) -> str:
        return f"{self.by}: {self.text}"
