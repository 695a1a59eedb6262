"""What changes of the shipped data would do to the answers that readers get."""

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


def get_statement_slugs(answers, entry):
    return {a.statement.slug for a in answers if a.entry.slug == entry and a.statement}


def test_letrozole_under_another_class_is_told_of_as_the_classes_are():
    found = predict_impact(Treatment.objects.get(slug="letrozole"), parent="chemotherapy")
    assert {a.entry.slug for a in [*found.added, *found.removed, *found.changed]} == {"letrozole"}
    assert CLASS_STATEMENT in get_statement_slugs(found.removed, "letrozole")
    of_chemotherapy = SideEffect.objects.filter(treatment__slug="chemotherapy").values_list("slug", flat=True)
    assert get_statement_slugs(found.added, "letrozole") >= set(of_chemotherapy)
    assert {a.differences[0].name for a in found.changed} == {"via"}


def test_a_statement_of_the_aromatase_inhibitors_is_lost_to_each_of_them():
    found = predict_impact(SideEffect.objects.get(slug=CLASS_STATEMENT), status="retired")
    assert {a.entry.slug for a in found.removed} == {*CLASS_MEMBERS, "aromatase-inhibitors", "bone-pain", "pain"}
    assert "anastrozole" in {e.slug for _, _, bundles in found.sections for _, es in bundles[0].effects for e in es}


def test_said_of_some_aromatase_inhibitors_it_is_only_possible_for_each():
    found = predict_impact(SideEffect.objects.get(slug=CLASS_STATEMENT), scope="some")
    turned = {a.entry.slug for a in found.changed if (a.before.basis, a.after.basis) == ("inherited", "possible")}
    assert turned == CLASS_MEMBERS


def test_tamoxifen_no_longer_contests_what_is_said_of_its_class():
    protects = SideEffect.objects.get(slug="tamoxifen-protects-from-bone-loss")
    found = predict_impact(protects, status="retired")
    freed = [a for a in found.changed if a.before.contested_by and not a.after.contested_by]
    assert freed
    assert {a.entry.slug for a in freed} == {"tamoxifen"}


def test_a_symptom_that_stands_alone_takes_its_statements_from_the_broader_one(get_json):
    found = predict_impact(Symptom.objects.get(slug="osteoporosis"), parent=None)
    listed = {record["slug"] for record in get_json("side-effects/", symptom="bone-loss", page_size=200)["results"]}
    own = {record["slug"] for record in get_json("side-effects/", symptom="osteoporosis", page_size=200)["results"]}
    assert own <= listed
    assert own <= get_statement_slugs(found.removed, "bone-loss")


def test_a_red_flag_is_missed_wherever_its_sign_is_named(get_json):
    flag = RedFlag.objects.order_by("slug").first()
    gone = {a.entry.slug for a in predict_impact(flag, status="retired").removed}
    for slug in Treatment.objects.public().values_list("slug", flat=True)[::12]:
        flags = {record["slug"] for record in get_json(f"treatments/{slug}/")["red_flags"]}
        assert (flag.slug in flags) == (slug in gone)


def test_many_answers_take_no_more_queries_than_few_and_leave_nothing_behind():
    before = data_version(), Version.objects.count()
    counts, answers = [], []
    for slug in ("letrozole", "aromatase-inhibitors"):
        with CaptureQueriesContext(connection) as counted:
            found = predict_impact(Treatment.objects.get(slug=slug), parent="chemotherapy")
        counts.append(len(counted))
        answers.append(len(found.added))
    assert answers[1] > 3 * answers[0]
    assert counts[1] <= counts[0] + 4
    assert counts[1] < 130
    assert (data_version(), Version.objects.count()) == before
