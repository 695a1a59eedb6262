"""What comes with each row of an answer is bounded, too, and says where the rest is."""

import pytest

from kb.serializers import statements as statement_serializers
from symptoms.models import ManagementOption, SideEffect, Symptom
from tests.helpers.lists import get_csv_rows, get_workbook_rows
from treatments.models import Caution, Treatment


@pytest.fixture
def careful_class(universe):
    """An option of the class, with 30 cautions about the drug, which belongs to it, and 30 about the class itself."""
    joint, group = Symptom.objects.get(slug="joint-ache"), Treatment.objects.get(slug="class")
    universe.make_statement(ManagementOption, "class-helps", treatment=group, symptom=joint)
    for number in range(30):
        for slug in ("drug", "class"):
            treatment = Treatment.objects.get(slug=slug)
            universe.make_statement(Caution, f"care-{number:02}-{slug}", treatment=treatment, effect=f"{number}")
    return universe


def get_option(get_json, **params):
    (option,) = get_json("management-options/", slug="class-helps", **params)["results"]
    return option


def test_cautions_about_members_are_bounded_and_those_about_a_class_itself_are_not(careful_class, api, get_json):
    option = get_option(get_json)
    shown = [caution["slug"] for caution in option["own_cautions"]]
    assert [slug for slug in shown if "class" in slug] == [f"care-{number:02}-class" for number in range(30)]
    assert [slug for slug in shown if "drug" in slug] == [f"care-{number:02}-drug" for number in range(20)]
    assert option["more_cautions"]["count"] == 10
    listed = api.get(option["more_cautions"]["url"], {"page_size": 200}).json()["results"]
    assert {caution["slug"] for caution in listed} >= {f"care-{number:02}-drug" for number in range(30)}
    assert get_option(get_json, fields="slug")["more_cautions"] == option["more_cautions"]


@pytest.mark.parametrize("get_rows", [get_csv_rows, get_workbook_rows])
def test_what_is_left_out_stands_in_tables_as_well(careful_class, api, get_rows):
    (option,) = get_rows(api, "management-options/", slug="class-helps")
    assert option["more_cautions"] == "count: 10; url: http://testserver/api/v1/cautions/?treatment_class=class"


def test_cautions_that_all_stand_there_leave_nothing_over(careful_class, get_json, get_page):
    assert "10 more about what belongs to it" in get_page("management-options/?slug=class-helps")
    Caution.objects.filter(slug__endswith="drug", slug__gte="care-20").delete()
    assert get_option(get_json)["more_cautions"] is None
    assert len(get_option(get_json)["own_cautions"]) == 50


def test_notes_of_disagreements_are_bounded_and_all_stand_side_by_side(universe, get_json):
    drug, joint = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="joint-ache")
    for number in range(25):
        kind = universe.make(Symptom, f"joint-{number:02}", parents=[joint])
        universe.make_statement(SideEffect, f"harms-{number:02}", treatment=drug, symptom=kind, effect="causes")
    assert len(get_json("side-effects/drug-joint/")["disagreements"]) == statement_serializers.MAX_NOTES == 20
    assert get_json("disagreements/", about="treatments/drug")["count"] >= 25
