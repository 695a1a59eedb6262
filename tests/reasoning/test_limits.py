"""Limits: for which people, use, cause or part of the body a statement holds, in words and in the answers."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kb.choices import Population
from kb.models import Cancer, Statement, concrete_models
from kb.reasoning.hierarchies import HIERARCHIES_CACHE
from kb.reasoning.limits import describe_limits, lower_first_word
from symptoms.models import Comparison, Guidance, ManagementOption, Manifestation, RiskFactor, SideEffect, Symptom
from tests.helpers.lists import get_csv_rows, get_ndjson_records
from treatments.models import Caution, Treatment


@pytest.fixture
def limited_universe(universe):
    """The universe; limited: drug causes bone-ache only when used for growth; growth shows as joint-ache in women, when
    it comes from loner and affects the spine; loner helps with joint-ache from medicine.
    """
    u, growth = universe, Cancer.objects.get(slug="growth")
    bone, joint = (Symptom.objects.get(slug=slug) for slug in ("bone-ache", "joint-ache"))
    drug, loner, medicine = (Treatment.objects.get(slug=slug) for slug in ("drug", "loner", "medicine"))
    u.make_statement(SideEffect, "drug-bone", treatment=drug, symptom=bone, effect="causes", for_cancer=growth)
    u.make_statement(
        Manifestation,
        "growth-joint",
        cancer=growth,
        symptom=joint,
        population="women",
        cause_treatment=loner,
        involvement="the spine",
    )
    u.make_statement(ManagementOption, "loner-joint", treatment=loner, symptom=joint, cause_treatment=medicine)
    return u


GROWTH_JOINT_LIMITS = ["Only for women.", "Only when it comes from loner.", "Only when it affects the spine."]


@pytest.mark.parametrize("model", concrete_models(Statement), ids=lambda model: model._meta.model_name)
def test_every_limit_is_a_field_with_a_sentence_and_no_subject(model):
    names = model.limit_field_names()
    assert names[0] == "population"
    assert len(names) == len(set(names))
    assert set(names) <= {field.name for field in model._meta.fields}
    assert all(limit.sentence.count("{}") == 1 and limit.sentence.endswith(".") for limit in model.limits)
    assert set(model.cause_field_names()) == {name for name in names if name.startswith("cause_")}
    assert not {field.name for field in model.subject_fields()} & set(names)
    assert {field.name for field in model._meta.fields} & {"for_cancer", "involvement", "cause_cancer"} <= set(names)


def test_every_limit_is_a_sentence_in_the_order_of_the_model(limited_universe):
    assert describe_limits(Manifestation.objects.get()) == GROWTH_JOINT_LIMITS
    assert describe_limits(SideEffect.objects.get(slug="drug-bone")) == ["Only when used for growth."]
    assert describe_limits(SideEffect.objects.get(slug="class-bone")) == []


@pytest.mark.parametrize("population", Population)
def test_only_a_stated_population_limits(population):
    limits = describe_limits(SideEffect(population=population))
    assert len(limits) == (population not in {Population.UNSTATED, Population.EVERYONE})


@pytest.mark.parametrize(
    ("name", "in_sentence"),
    [
        ("Prostate cancer", "prostate cancer"),
        ("Vitamin D", "vitamin D"),
        ("HER2-positive breast cancer", "HER2-positive breast cancer"),
        ("GnRH agonists", "GnRH agonists"),
        ("T-DM1", "T-DM1"),
        ("Pre- and perimenopausal women", "pre- and perimenopausal women"),
    ],
)
def test_only_the_first_letter_of_a_plain_word_is_lowered(name, in_sentence):
    assert lower_first_word(name) == in_sentence


def test_every_answer_says_the_limits(limited_universe, get_json, api):
    limits = GROWTH_JOINT_LIMITS
    assert get_json("manifestations/")["results"][0]["limits"] == limits
    assert get_json("manifestations/growth-joint/")["limits"] == limits
    assert get_json("cancers/growth/")["statements"]["manifestations"]["results"][0]["limits"] == limits
    cited = {statement["slug"]: statement["limits"] for statement in get_json("sources/page/")["cited_by"]["results"]}
    assert (cited["growth-joint"], cited["drug-bone"]) == (limits, ["Only when used for growth."])
    params = {"from": "growth", "to": "joint-ache"}
    assert get_json("paths/", **params)["paths"] == []  # Its cause stands nowhere.
    (path,) = get_json("paths/", **params, having="loner")["paths"]
    assert path["steps"][0]["statements"][0]["limits"] == limits
    (row,) = get_csv_rows(api, "manifestations/")
    assert row["limits"] == " | ".join(limits)
    assert (row["cause_treatment"], row["involvement"]) == ("loner", "the spine")
    assert get_ndjson_records(api, "manifestations/")[0]["limits"] == limits


def test_limits_stand_after_the_subjects_of_a_statement(limited_universe, get_json):
    fields = list(get_json("side-effects/drug-bone/"))
    assert fields[:4] == ["slug", "url", "treatment", "symptom"]
    assert fields.index("for_cancer") == fields.index("text") - 1
    assert fields[fields.index("basis") :][:3] == ["basis", "via", "limits"]


@pytest.mark.parametrize("params", [{"fields": "limits"}, {"fields": "slug,limits"}, {}])
def test_limits_take_no_query_for_each_row(limited_universe, api, params):
    def count_queries(path):
        HIERARCHIES_CACHE.clear()  # It keeps what a write has not touched.
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/api/v1/{path}", params).status_code == 200
        return len(queries)

    paths = ["side-effects/", "manifestations/"] + ([] if params else ["sources/page/", "treatments/drug/"])
    before = [count_queries(path) for path in paths]
    symptom, growth = Symptom.objects.get(slug="pain"), Cancer.objects.get()
    for number in range(4):
        one = limited_universe.make(Cancer, f"cancer-{number}")
        treatment = limited_universe.make(Treatment, f"treatment-{number}")
        named = {"treatment": treatment, "symptom": symptom, "for_cancer": one}
        limited_universe.make_statement(SideEffect, f"effect-{number}", effect="causes", **named)
        shown = {"cancer": growth, "symptom": symptom, "cause_treatment": treatment}
        limited_universe.make_statement(Manifestation, f"shows-{number}", **shown)
    assert [count_queries(path) for path in paths] == before


def test_a_limit_narrows_a_list_through_classes(limited_universe, get_json):
    limited_universe.make(Cancer, "lump", parents=[Cancer.objects.get(slug="growth")])
    for cancer in ("growth", "lump"):
        (record,) = get_json("side-effects/", for_cancer=cancer)["results"]
        assert record["slug"] == "drug-bone"
    assert get_json("side-effects/", for_cancer="lump", exact="true")["count"] == 0
    assert get_json("manifestations/", cause_treatment="loner")["count"] == 1


def test_guidance_on_a_topic_is_not_what_is_only_limited_to_it(limited_universe, get_json):
    drug, growth = Treatment.objects.get(slug="drug"), Cancer.objects.get()
    limited_universe.make_statement(Guidance, "drug-advice", treatment=drug, for_cancer=growth)
    assert get_json("guidance/", topic="growth")["count"] == 0
    assert get_json("guidance/", topic="drug")["count"] == get_json("guidance/", for_cancer="growth")["count"] == 1


def test_limits_are_no_pairs_of_a_coverage_and_factors_are(limited_universe, get_json):
    pain = Symptom.objects.get(slug="pain")
    factor = {"factor": "medicine", "factor_treatment": Treatment.objects.get(slug="medicine"), "effect": "raises"}
    limited_universe.make_statement(RiskFactor, "medicine-raises", symptom=pain, **factor)
    for params in ({}, {"rows": "cancers", "cols": "symptoms"}):
        rows = get_json("coverage/", **params)["results"]
        kinds = {kind for row in rows for cell in row["cells"] for kind in cell["kinds"]}
        assert kinds == ({"manifestations"} if params else {"side-effects", "management-options", "risk-factors"})
    assert "speaks of no such pair" in get_json("coverage/", status=400, kind="manifestations")["detail"]
    refused = {"rows": "cancers", "cols": "symptoms", "kind": "guidance"}
    assert "speaks of no such pair" in get_json("coverage/", status=400, **refused)["detail"]


def test_a_manifestation_from_one_cause_is_no_step_from_another(limited_universe, get_json):
    def is_reached(start):
        params = {"from": start, "to": "limp"}
        return bool(get_json("paths/", **params)["paths"])

    bone, limp = Symptom.objects.get(slug="bone-ache"), limited_universe.make(Symptom, "limp")
    cause = Treatment.objects.get(slug="class")
    limited_universe.make_statement(Manifestation, "bone-limp", condition=bone, symptom=limp, cause_treatment=cause)
    assert is_reached("drug")
    assert not is_reached("bone-ache")  # Its cause is not known.
    assert not is_reached("loner")


def test_only_treatments_have_a_use_and_a_factor_is_one_entry(limited_universe):
    growth, drug, pain = Cancer.objects.get(), Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="pain")
    refused = [
        Guidance(slug="x", text="X.", symptom=pain, for_cancer=growth),
        RiskFactor(slug="y", text="Y.", symptom=pain, factor="z", factor_treatment=drug, factor_cancer=growth),
    ]
    for statement in refused:
        with pytest.raises(ValidationError) as error:
            statement.full_clean()
        assert any(
            message.startswith(("Only what is said of a treatment", "Name one of these at most"))
            for message in error.value.messages
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            statement.save()


@pytest.mark.parametrize("model", [SideEffect, Comparison, Caution])
def test_the_same_may_be_said_of_two_uses_and_only_once_of_each(limited_universe, model):
    other, growth = limited_universe.make(Cancer, "lump"), Cancer.objects.get(slug="growth")
    drug, pain = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="pain")
    named = {
        SideEffect: {"symptom": pain, "effect": "causes"},
        Comparison: {"symptom": pain, "comparator": drug},
        Caution: {"effect": "ask first"},
    }[model]
    for slug, cancer in [("a", None), ("b", growth), ("c", other)]:
        limited_universe.make_statement(model, slug, treatment=drug, for_cancer=cancer, **named)
    for cancer in (None, growth):
        with pytest.raises(IntegrityError), transaction.atomic():
            limited_universe.make_statement(model, "d", treatment=drug, for_cancer=cancer, **named)


def test_pages_say_the_limits(limited_universe, get_page):
    for path in ("manifestations/", "manifestations/growth-joint/", "cancers/growth/", "sources/page/"):
        page = get_page(path)
        assert all(limit in page for limit in GROWTH_JOINT_LIMITS)
