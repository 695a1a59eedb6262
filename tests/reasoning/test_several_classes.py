"""Entries of several classes: what follows from each, and how they are shown."""

import csv

import pytest

from kb.serializers.details import MAX_BREADCRUMBS
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment


@pytest.fixture(autouse=True)
def drug(universe):
    """A drug of two classes: of `class` and of `loner`, which both belong to `medicine`."""
    drug = Treatment.objects.get(slug="drug")
    drug.parents.add(Treatment.objects.get(slug="loner"))
    return drug


def get_answers(get_json, **params):
    return {r["slug"]: (r["basis"], r["via"]) for r in get_json("side-effects/", **params)["results"]}


def test_it_inherits_from_each_by_the_shortest_path_whose_slugs_come_first(drug, get_json):
    assert get_answers(get_json, treatment="drug") == {
        "class-bone": ("inherited", ["drug", "class"]),
        "loner-bone": ("inherited", ["drug", "loner"]),
        "medicine-joint": ("possible", ["drug", "class", "medicine"]),
        "drug-joint": ("direct", ["drug"]),
    }
    drug.parents.set([Treatment.objects.get(slug="loner")])
    assert get_answers(get_json, treatment="drug")["medicine-joint"] == (
        "possible",
        ["drug", "loner", "medicine"],
    )


def test_its_detail_shows_its_parents_and_every_way_down_to_it(get_json, get_page):
    detail = get_json("treatments/drug/")
    assert [parent["slug"] for parent in detail["parents"]] == ["class", "loner"]
    assert [[r["slug"] for r in path] for path in detail["breadcrumbs"]] == [
        ["medicine", "class"],
        ["medicine", "loner"],
    ]
    for path in ("treatments/class/", "treatments/loner/"):
        assert "drug" in [member["slug"] for member in get_json(path)["members"]]
    page = get_page("treatments/drug/").partition('aria-label="Where it belongs"')[2].partition("</nav>")[0]
    assert page.count("treatments/medicine/") == 2


def test_it_is_within_each_of_them_and_listed_once(get_json):
    for slug in ("class", "loner", "medicine"):
        slugs = [r["slug"] for r in get_json("treatments/", within=slug)["results"]]
        assert slugs.count("drug") == 1
    assert "drug" in [r["slug"] for r in get_json("treatments/", causes="bone-ache")["results"]]
    rows = get_json("coverage/", row=["medicine"], col=["bone-ache"])["results"]
    assert [row["row"]["slug"] for row in rows] == ["medicine", "class", "drug", "other", "loner"]


def test_it_is_compared_with_each_of_its_classes(universe, get_json):
    joint = Symptom.objects.get(slug="joint-ache")
    for slug in ("class", "loner"):
        treatment = Treatment.objects.get(slug=slug)
        universe.make_statement(SideEffect, f"{slug}-joint", treatment=treatment, symptom=joint, effect="causes")
    pairs = [{statement["slug"] for statement in pair["statements"]} for pair in get_json("disagreements/")["results"]]
    assert {"drug-joint", "class-joint"} in pairs
    assert {"drug-joint", "loner-joint"} in pairs


def test_it_stands_in_a_table_with_both(api):
    response = api.get("/api/v1/treatments/", {"format": "csv", "slug": "drug"})
    header, row = csv.reader(b"".join(response).decode().splitlines())
    assert dict(zip(header, row, strict=True))["parents"] == "class | loner"


def test_the_ways_down_to_it_are_limited(drug, universe, get_json):
    lower = [drug]
    for level in range(7):
        pair = [universe.make(Treatment, f"l{level}-{side}", parents=lower) for side in "ab"]
        lower = pair
    assert len(get_json("treatments/l6-a/")["breadcrumbs"]) == MAX_BREADCRUMBS
