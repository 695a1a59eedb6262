"""Impacts of changes, and their answers in a short form."""

from kb.editorial.impact import compute_impact
from kb.editorial.snapshot import serialize_record
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment

NEW_SIDE_EFFECT = {
    "slug": "new",
    "text": "New.",
    "treatment": "class",
    "symptom": "joint-ache",
    "effect": "causes",
    "citations": [["page", 1, 2]],
}


def predict_impact(record, **values):
    """Compute the impact of other values of a record."""
    return compute_impact(record, serialize_record(record) | values)


def summarize_answers(responses):
    """Return answers as (entry, statement, basis before, basis after)."""
    return {
        (
            a.entry.slug,
            a.statement and a.statement.slug,
            a.before and (a.before.basis or ("warns" if a.before.as_red_flag else "")),
            a.after and (a.after.basis or ("warns" if a.after.as_red_flag else "")),
        )
        for a in responses
    }


def get_treatment(slug):
    return Treatment.objects.get(slug=slug)


def get_symptom(slug):
    return Symptom.objects.get(slug=slug)


def get_side_effect(slug):
    return SideEffect.objects.get(slug=slug)
