"""Pages of answers with several long parts: every row stands on one of them, and the warnings on each."""

import re

import pytest

from kb.models import Cancer
from kb.reasoning.hierarchies import HIERARCHIES_CACHE
from kb.reasoning.record_cache import RecordCache
from symptoms.models import DistinguishingFeature, Manifestation, SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.answer_pages import assert_pages_are_the_whole, get_pages, iterate_parts
from treatments.models import Treatment

EXPLAIN = "explain/?symptom=bone-ache&taking=drug&taking=loner"
DIFFERENTIAL = "differential/?question=treatment-or-metastasis"


@pytest.fixture
def add_rows(extended_universe):
    """Add side effects, manifestations and features of the bone ache, with numbers."""
    universe = Universe(is_created=True)

    def add_rows(first, last):
        drug, bone, cancer = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="bone-ache"), Cancer
        for number in range(first, last):
            growth = universe.make(cancer, f"growth-{number:03}")
            universe.make_statement(Manifestation, f"shown-{number:03}", symptom=bone, cancer=growth)
            feature = {"question": "treatment-or-metastasis", "aspect": "timing", "feature": f"{number} o'clock"}
            made = universe.make_statement(
                DistinguishingFeature, f"at-{number:03}", **feature, points_to=["treatment", "metastasis"][number % 2]
            )
            made.symptoms.add(bone)
            kind = universe.make(Symptom, f"ache-{number:03}", parents=[bone])
            universe.make_statement(SideEffect, f"brings-{number:03}", treatment=drug, symptom=kind, effect="causes")

    return add_rows


@pytest.mark.parametrize("path", [EXPLAIN, DIFFERENTIAL])
def test_the_pages_of_an_answer_hold_every_row_once(add_rows, api, get_json, path):
    add_rows(0, 23)
    pages = get_pages(api, f"{path}&page_size=5")
    assert len(pages) in (3, 5)
    assert_pages_are_the_whole(pages, get_json(path), 5)
    beyond = api.get(f"/api/v1/{path}&page_size=5&page={len(pages) + 1}")
    assert beyond.status_code == 404
    assert api.get(f"/api/v1/{path}&page_size=201").status_code == 400


def test_a_feature_that_was_given_stands_on_the_first_page(add_rows, get_json):
    add_rows(0, 23)
    features = dict(iterate_parts(get_json(f"{DIFFERENTIAL}&feature=at-020&page_size=5")))["aspects/timing/treatment"]
    assert [(feature["slug"], feature["given"]) for feature in features][:2] == [("at-020", True), ("at-000", False)]


@pytest.mark.parametrize("path", [f"{EXPLAIN}&page_size=20", f"{DIFFERENTIAL}&page_size=20", "disagreements/"])
def test_neither_the_size_nor_the_rows_read_grow_with_the_statements(add_rows, get_json, path):
    add_rows(0, 60)
    get_json(path)
    before = len(str(get_json(path)))
    add_rows(60, 120)
    answer = get_json(path)
    assert len(str(answer)) < before * 1.1
    kept = HIERARCHIES_CACHE.get().derive(RecordCache)
    shown = sum(model in (Manifestation, DistinguishingFeature) for model, _ in kept)
    assert shown <= 40


def test_the_page_of_an_answer_leads_to_the_next(add_rows, get_page):
    add_rows(0, 60)
    for path in ("explain/?symptom=bone-ache&taking=drug", "?symptom=bone-ache&taking=drug"):
        html = get_page(path)
        assert re.search(r'rel="next" href="/explore/[a-z/]*\?', html)
    assert "page=2" in html
    assert "shown-055" not in html
    assert "shown-055" in get_page("explain/?symptom=bone-ache&taking=drug&page=2")
    assert 'rel="next"' not in get_page("explain/?symptom=joint-ache&taking=drug")


def test_a_new_contradiction_stands_in_the_next_answer(universe, get_json):
    before = get_json("disagreements/")["count"]
    drug, joint = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="joint-ache")
    universe.make_statement(SideEffect, "drug-harms-joint", treatment=drug, symptom=joint, effect="causes")
    assert get_json("disagreements/")["count"] == before + 1
    assert get_json("disagreements/?about=treatments/drug")["count"] == before + 1
    assert get_json("disagreements/?about=treatments/loner")["count"] == 0
