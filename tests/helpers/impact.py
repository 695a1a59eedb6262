"""What tests of impact speak of: a change that is foreseen, and answers in short."""

from kb.editorial.impact import impact
from kb.editorial.snapshot import content_of
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment

NEW = {
    "slug": "new",
    "text": "New.",
    "treatment": "class",
    "symptom": "joint-ache",
    "effect": "causes",
    "citations": [["page", 1, 2]],
}


def foresee(record, **values):
    """The impact of other values of a record."""
    return impact(record, content_of(record) | values)


def told(answers):
    """Answers in short: which entry, which statement, on what basis before and after."""
    return {
        (
            a.entry.slug,
            a.statement and a.statement.slug,
            a.before and (a.before.basis or ("warns" if a.before.warns else "")),
            a.after and (a.after.basis or ("warns" if a.after.warns else "")),
        )
        for a in answers
    }


def treatment(slug):
    return Treatment.objects.get(slug=slug)


def symptom(slug):
    return Symptom.objects.get(slug=slug)


def side_effect(slug):
    return SideEffect.objects.get(slug=slug)
