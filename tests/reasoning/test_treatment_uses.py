"""What is said of a class when it is used for a cancer: firm only for members that are said to be used for it."""

import pytest

from kb.models import Cancer
from symptoms.models import SideEffect, Symptom
from treatments.models import Indication, Treatment


@pytest.fixture
def limited_statement(universe):
    """The class causes joint-ache, when it is used for growth."""
    growth, group = Cancer.objects.get(slug="growth"), Treatment.objects.get(slug="class")
    joint = Symptom.objects.get(slug="joint-ache")
    return universe.make_statement(
        SideEffect, "class-joint", treatment=group, symptom=joint, effect="causes", for_cancer=growth
    )


@pytest.fixture
def get_basis(limited_statement, get_json):
    """Return the basis on which the limited statement answers about a treatment."""

    def get_basis(treatment):
        results = get_json("side-effects/", treatment=treatment, symptom="joint-ache")["results"]
        (record,) = [record for record in results if record["slug"] == "class-joint"]
        assert record["limits"] == ["Only when used for growth."]
        return record["basis"]

    return get_basis


def test_it_is_direct_of_the_class_and_possible_of_members_without_that_use(get_basis):
    assert get_basis("class") == "direct"
    assert get_basis("drug") == get_basis("other") == "possible"


@pytest.mark.parametrize(
    ("treatment", "scope", "firm"),
    [
        ("drug", "unstated", {"drug"}),
        ("class", "all", {"drug", "other"}),
        ("medicine", "unstated", {"drug", "other"}),
        ("class", "some", set()),
        ("drug", "some", set()),
        ("loner", "all", set()),
    ],
)
def test_it_is_inherited_by_members_that_are_said_to_be_used_for_that_cancer(
    universe, get_basis, treatment, scope, firm
):
    growth, used = Cancer.objects.get(slug="growth"), Treatment.objects.get(slug=treatment)
    universe.make_statement(Indication, "use", treatment=used, cancer=growth, scope=scope)
    for member in ("drug", "other"):
        assert get_basis(member) == ("inherited" if member in firm else "possible")


def test_a_use_for_a_kind_of_the_cancer_counts_and_one_for_a_broader_cancer_does_not(universe, get_basis):
    growth = Cancer.objects.get(slug="growth")
    kind, broader = universe.make(Cancer, "kind"), universe.make(Cancer, "broader")
    kind.parents.add(growth)
    growth.parents.add(broader)
    drug, other = (Treatment.objects.get(slug=slug) for slug in ("drug", "other"))
    universe.make_statement(Indication, "use-for-kind", treatment=drug, cancer=kind)
    universe.make_statement(Indication, "use-for-broader", treatment=other, cancer=broader)
    assert (get_basis("drug"), get_basis("other")) == ("inherited", "possible")


def test_a_draft_states_no_use(universe, get_basis):
    growth, drug = Cancer.objects.get(slug="growth"), Treatment.objects.get(slug="drug")
    universe.make_statement(Indication, "use", treatment=drug, cancer=growth, status="draft")
    assert get_basis("drug") == "possible"


def test_the_treatments_that_cause_a_symptom_include_no_member_by_a_limited_statement(
    universe, limited_statement, get_json
):
    SideEffect.objects.exclude(pk=limited_statement.pk).update(effect="protects")
    slugs = [record["slug"] for record in get_json("treatments/", causes="joint-ache")["results"]]
    assert slugs == ["class"]
