"""What the page of an import shows of its result."""

from django import template
from django.urls import reverse
from django.utils.text import capfirst

register = template.Library()


@register.filter
def outcomes_in_state(result, state):
    """The rows of which one thing becomes."""
    return result.outcomes_in(state)


@register.filter
def noteworthy_outcomes(result):
    """The rows of which there is something to tell; the wrong ones first."""
    rows = [outcome for outcome in result.outcomes if outcome.state != "same" or outcome.notes]
    return sorted(rows, key=lambda outcome: outcome.state != "wrong")


@register.filter
def importable_count(result):
    """How many records would be written."""
    count = len(result.outcomes_in("new")) + len(result.outcomes_in("changed"))
    return f"{count} record{'' if count == 1 else 's'}"


@register.filter
def model_label(model):
    """What kind of record it is."""
    return capfirst(model._meta.verbose_name)


@register.filter
def edit_url(outcome, result):
    """Where its record is edited, if it is there."""
    if outcome.record is None or (outcome.state == "new" and not result.is_imported):
        return ""
    meta = outcome.record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[outcome.record.pk])
