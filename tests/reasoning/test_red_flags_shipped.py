"""Every shipped symptom: each answer about it has at least the red flags of its own page, the most urgent first."""

import pytest

from symptoms.choices import MOST_URGENT_FIRST
from symptoms.models import Manifestation, RedFlag, Symptom

pytestmark = pytest.mark.usefixtures("shipped_data")
URGENCIES = [urgency.value for urgency in MOST_URGENT_FIRST]


def get_flags(get_json, path, **params):
    """Return the slugs of the red flags of an answer, after a look at their order."""
    flags = get_json(path, **params)["red_flags"]
    ranks = [URGENCIES.index(flag["urgency"]) for flag in flags]
    assert ranks == sorted(ranks), (path, params)
    return {flag["slug"] for flag in flags}


def test_every_answer_about_a_symptom_has_the_red_flags_of_its_page(get_json):
    for symptom in Symptom.objects.public():
        own = get_flags(get_json, f"symptoms/{symptom.slug}/", fields="slug")
        answers = {
            "explain/": {"symptom": symptom.slug, "taking": "letrozole"},
            "side-effects/": {"symptom": symptom.slug, "fields": "slug"},
            "management-options/": {"symptom": symptom.slug, "taking": "letrozole", "fields": "slug"},
            "manifestations/": {"symptom": symptom.slug, "fields": "slug"},
            "paths/": {"from": "breast-cancer", "to": symptom.slug},
            "search/": {"q": symptom.name},
        }
        for path, params in answers.items():
            assert own <= get_flags(get_json, path, **params), (path, params)


def test_a_red_flag_rings_for_its_signs_their_kinds_and_every_sign_of_what_it_suspects(get_json):
    for flag in RedFlag.objects.public():
        rings = {sign.pk for sign in flag.signs.all()}
        rings |= set(Symptom.objects.descendants_of(rings).values_list("pk", flat=True))
        shown = Manifestation.objects.public()
        if flag.suspects_id:
            rings |= set(shown.filter(condition=flag.suspects_id).values_list("symptom", flat=True))
        if flag.suspects_cancer_id:
            rings |= set(shown.filter(cancer=flag.suspects_cancer_id).values_list("symptom", flat=True))
        for involvement in shown.filter(symptom__in=flag.signs.all()).exclude(involvement=""):
            same = shown.filter(
                cancer=involvement.cancer_id, condition=involvement.condition_id, involvement=involvement.involvement
            )
            rings |= set(same.values_list("symptom", flat=True))
        for symptom in Symptom.objects.public().filter(pk__in=rings):
            assert flag.slug in get_flags(get_json, f"symptoms/{symptom.slug}/", fields="slug"), (flag, symptom)
