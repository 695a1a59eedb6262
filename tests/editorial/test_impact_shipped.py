"""The impact of changes of the shipped data."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.dataset.version import data_version
from kb.models import Version
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.helpers.impact import predict_impact
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")
CLASS_STATEMENT = "aromatase-inhibitors-causes-bone-pain"
CLASS_MEMBERS = {"anastrozole", "exemestane", "letrozole"}


def get_statement_slugs(responses, entry):
    return {a.statement.slug for a in responses if a.entry.slug == entry and a.statement}


def test_letrozole_in_another_class_exchanges_the_statements_of_the_classes():
    impact = predict_impact(Treatment.objects.get(slug="letrozole"), parents=["chemotherapy"])
    assert {a.entry.slug for a in [*impact.added, *impact.removed, *impact.changed]} == {"letrozole"}
    assert CLASS_STATEMENT in get_statement_slugs(impact.removed, "letrozole")
    of_chemotherapy = SideEffect.objects.filter(treatment__slug="chemotherapy").values_list("slug", flat=True)
    assert get_statement_slugs(impact.added, "letrozole") >= set(of_chemotherapy)
    assert {a.differences[0].name for a in impact.changed} == {"via"}


def test_a_retired_statement_of_aromatase_inhibitors_is_lost_to_each_member():
    impact = predict_impact(SideEffect.objects.get(slug=CLASS_STATEMENT), status="retired")
    assert {a.entry.slug for a in impact.removed} == {*CLASS_MEMBERS, "aromatase-inhibitors", "bone-pain", "pain"}
    assert "anastrozole" in {e.slug for _, _, bundles in impact.sections for _, es in bundles[0].effects for e in es}


def test_a_statement_about_some_aromatase_inhibitors_is_only_possible_for_each():
    impact = predict_impact(SideEffect.objects.get(slug=CLASS_STATEMENT), scope="some")
    now_possible = {
        a.entry.slug for a in impact.changed if (a.before.basis, a.after.basis) == ("inherited", "possible")
    }
    assert now_possible == CLASS_MEMBERS


def test_a_retired_statement_of_tamoxifen_no_longer_contests_its_class():
    statement = SideEffect.objects.get(slug="tamoxifen-protects-from-bone-loss")
    impact = predict_impact(statement, status="retired")
    no_longer_contested = [a for a in impact.changed if a.before.contested_by and not a.after.contested_by]
    assert no_longer_contested
    assert {a.entry.slug for a in no_longer_contested} == {"tamoxifen"}


def test_a_symptom_without_its_parent_takes_its_statements_from_it(get_json):
    impact = predict_impact(Symptom.objects.get(slug="osteoporosis"), parents=[])
    broader_slugs = {
        record["slug"] for record in get_json("side-effects/", symptom="bone-loss", page_size=200)["results"]
    }
    narrower_slugs = {
        record["slug"] for record in get_json("side-effects/", symptom="osteoporosis", page_size=200)["results"]
    }
    assert narrower_slugs <= broader_slugs
    assert narrower_slugs <= get_statement_slugs(impact.removed, "bone-loss")


def test_a_retired_red_flag_is_lost_wherever_its_sign_is_named(get_json):
    flag = RedFlag.objects.order_by("slug").first()
    affected_slugs = {a.entry.slug for a in predict_impact(flag, status="retired").removed}
    for slug in Treatment.objects.public().values_list("slug", flat=True)[::12]:
        flags = {record["slug"] for record in get_json(f"treatments/{slug}/")["red_flags"]}
        assert (flag.slug in flags) == (slug in affected_slugs)


def test_the_number_of_queries_does_not_grow_with_the_answers():
    state = data_version(), Version.objects.count()
    query_counts, added_counts = [], []
    for slug in ("letrozole", "aromatase-inhibitors"):
        with CaptureQueriesContext(connection) as queries:
            impact = predict_impact(Treatment.objects.get(slug=slug), parents=["chemotherapy"])
        query_counts.append(len(queries))
        added_counts.append(len(impact.added))
    assert added_counts[1] > 3 * added_counts[0]
    assert query_counts[1] <= query_counts[0] + 4
    assert query_counts[1] < 190
    assert (data_version(), Version.objects.count()) == state
