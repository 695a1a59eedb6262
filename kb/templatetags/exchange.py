"""Template filters of the import page: the outcomes of the rows, in words and links."""

from django import template
from django.utils.text import capfirst

from kb.utils.urls import build_form_url

register = template.Library()


@register.filter
def outcomes_in_state(result, state):
    """Return the outcomes of the rows in one state."""
    return result.outcomes_in(state)


@register.filter
def noteworthy_outcomes(result):
    """Return the outcomes to list, wrong rows first: those of unchanged rows only where they carry notes."""
    outcomes = [outcome for outcome in result.outcomes if outcome.state != "same" or outcome.notes]
    return sorted(outcomes, key=lambda outcome: outcome.state != "wrong")


@register.filter
def importable_count(result):
    """Return how many records would be written, in words."""
    count = len(result.outcomes_in("new")) + len(result.outcomes_in("changed"))
    return f"{count} record{'' if count == 1 else 's'}"


@register.filter
def model_label(model):
    """Return the name of a model, capitalised."""
    return capfirst(model._meta.verbose_name)


@register.filter
def linked_by(message, named):
    """Return a message with links to the records that it names, found before for all messages (NamedRecords)."""
    return named.link(message)


@register.filter
def edit_url(outcome, result):
    """Return the URL of the form of an outcome's record; "" for a record that a dry run rolled back."""
    if outcome.record is None or (outcome.state == "new" and not result.is_imported):
        return ""
    return build_form_url(outcome.record)
