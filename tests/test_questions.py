"""What people come to ask, in the small universe of conftest: who could be the cause, what fits, what leads where."""

from datetime import timedelta

import pytest

from kb.models import Cancer
from symptoms.models import DistinguishingFeature, ManagementOption, Manifestation, RedFlag, SideEffect, Symptom
from treatments.models import Caution, Indication, Treatment


@pytest.fixture
def asked(universe):
    """The universe, with more to ask about.

    balm relieves joint-ache (general), needle relieves it only from class, rest only from loner, walk from treatment in
    general; care is needed with balm for drug and, whatever is taken, with needle; a red flag stands on bone-ache;
    worse-at-night and both-sides tell metastasis from treatment.
    """
    u = universe
    joint, bone = Symptom.objects.get(slug="joint-ache"), Symptom.objects.get(slug="bone-ache")
    drug, group, loner = (Treatment.objects.get(slug=slug) for slug in ("drug", "class", "loner"))
    helps = {slug: u.make(Treatment, slug) for slug in ("balm", "needle", "rest", "walk")}
    general = u.make(Treatment, "any-treatment", kind="general")
    causes = {"balm": None, "needle": group, "rest": loner, "walk": general}
    for slug, cause in causes.items():
        u.say(ManagementOption, f"{slug}-helps", treatment=helps[slug], symptom=joint, cause_treatment=cause)
    u.say(Caution, "balm-with-drug", treatment=helps["balm"], with_treatment=drug, effect="x")
    u.say(Caution, "needle-care", treatment=helps["needle"], effect="y")
    u.say(RedFlag, "flag", action="act").signs.add(bone)
    for slug, points_to in [("worse-at-night", "metastasis"), ("both-sides", "treatment")]:
        feature = {"question": "treatment-or-metastasis", "aspect": "timing", "feature": slug, "points_to": points_to}
        u.say(DistinguishingFeature, slug, **feature).symptoms.add(bone)
    return u


def options(ask, **params):
    return {r["slug"]: r for r in ask("management-options/", symptom="joint-ache", **params)["results"]}


def test_an_option_fits_when_it_is_stated_for_what_is_taken_or_for_its_class(asked, ask):
    fits = {slug: r["fit"] for slug, r in options(ask, taking="drug").items()}
    assert fits == {
        "needle-helps": "stated-for-this-cause",
        "balm-helps": "general",
        "walk-helps": "general",
        "rest-helps": "stated-for-other-cause",
    }
    assert next(iter(fits)) == "needle-helps"
    assert {r["fit"] for r in options(ask).values()} == {None}
    assert {r["cautions"] for r in options(ask).values()} == {None}


def test_what_is_taken_may_be_named_in_any_way_and_several_times(asked, ask):
    named = [options(ask, taking=name) for name in ("drug", "Brandol", "DRÜG-E")]
    assert named[0] == named[1] == named[2]
    fits = {slug: r["fit"] for slug, r in options(ask, taking=["Brandol", "loner"]).items()}
    assert fits["needle-helps"] == fits["rest-helps"] == "stated-for-this-cause"


def test_a_member_of_the_class_for_which_it_is_stated_is_not_the_class(asked, ask):
    assert options(ask, taking="medicine")["needle-helps"]["fit"] == "stated-for-other-cause"
    assert options(ask, taking="drug", exact="true")["needle-helps"]["fit"] == "stated-for-other-cause"


def test_cautions_touch_what_is_taken_through_classes_and_their_members(asked, ask):
    cautions = {slug: [c["slug"] for c in r["cautions"]] for slug, r in options(ask, taking="drug").items()}
    assert cautions == {"balm-helps": ["balm-with-drug"], "needle-helps": [], "walk-helps": [], "rest-helps": []}
    (of_class,) = options(ask, taking="class")["balm-helps"]["cautions"]  # Who takes "class" may take drug.
    assert (of_class["basis"], of_class["via"]) == ("possible", ["class", "drug"])
    assert options(ask, taking="other")["balm-helps"]["cautions"] == []
    assert [c["slug"] for c in options(ask, taking="other")["needle-helps"]["own_cautions"]] == ["needle-care"]


def test_a_caution_about_a_class_is_a_caution_about_its_members(asked, ask):
    balms = asked.make(Treatment, "balms")
    Treatment.objects.filter(slug="balm").update(parent=balms)
    group = Treatment.objects.get(slug="class")
    asked.say(Caution, "class-with-balms", treatment=group, with_treatment=balms, effect="z")
    found = {c["slug"]: c["basis"] for c in options(ask, taking="other")["balm-helps"]["cautions"]}
    assert found == {"class-with-balms": "inherited"}


def test_an_answer_about_many_options_takes_a_bounded_number_of_queries(asked, api, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        api.get("/api/v1/management-options/", {"symptom": "joint-ache", "taking": ["drug", "loner", "class"]})


def test_explain_tells_for_each_thing_that_is_taken_whether_it_could_be_the_cause(asked, ask):
    answer = ask("explain/", symptom="bone-ache", taking=["Brandol", "loner", "balm"])
    taken = {suspect["treatment"]["slug"]: suspect for suspect in answer["taking"]}
    assert {slug: suspect["basis"] for slug, suspect in taken.items()} == {
        "drug": "inherited",
        "loner": "direct",
        "balm": None,
    }
    assert taken["balm"]["says"] == "No statement in these sources."
    assert taken["drug"]["causes"][0]["via"] == ["drug", "class"]
    assert [flag["slug"] for flag in answer["red_flags"]] == ["flag"]
    assert {feature["slug"] for feature in answer["features"]} == {"worse-at-night", "both-sides"}


def test_explain_tells_what_protects_apart_from_what_causes(asked, ask):
    (suspect,) = ask("explain/", symptom="joint-ache", taking="drug")["taking"]
    assert [s["slug"] for s in suspect["protects"]] == ["drug-joint"]
    assert [(s["slug"], s["contested_by"]) for s in suspect["causes"]] == [("medicine-joint", ["drug-joint"])]
    assert suspect["basis"] == "possible"


def test_explain_takes_as_many_queries_for_twenty_things_as_for_one(asked, api, django_assert_max_num_queries):
    slugs = [asked.make(Treatment, f"pill-{n}").slug for n in range(18)] + ["drug", "loner"]
    with django_assert_max_num_queries(25):
        assert len(api.get("/api/v1/explain/", {"symptom": "pain", "taking": slugs}).json()["taking"]) == 20


@pytest.mark.parametrize(
    ("path", "params", "parameter"),
    [
        ("explain/", {}, "symptom"),
        ("explain/", {"symptom": "bone-ache"}, "taking"),
        ("explain/", {"symptom": "bone-ach", "taking": "drug"}, "symptom"),
        ("explain/", {"symptom": ["bone-ache", "pain"], "taking": "drug"}, "symptom"),
        ("explain/", {"symptom": "bone-ache", "taking": ""}, "taking"),
        ("explain/", {"symptom": "bone-ache", "taking": [f"t{n}" for n in range(200)]}, "taking"),
        ("explain/", {"symptom": "bone-ache", "taking": "drug", "exact": "true"}, "exact"),
        ("management-options/", {"taking": [f"t{n}" for n in range(200)]}, "taking"),
        ("management-options/", {"taking": "Brandolo"}, "taking"),
        ("paths/", {"from": "drug"}, "to"),
        ("paths/", {"from": "drug", "to": "pain", "max_hops": "0"}, "max_hops"),
        ("paths/", {"from": "drug", "to": "pain", "max_hops": "6"}, "max_hops"),
        ("paths/", {"from": "drug", "to": "pain", "max_hops": "two"}, "max_hops"),
        ("differential/", {}, "question"),
        ("differential/", {"question": "bone-or-join"}, "question"),
        ("differential/", {"question": "bone-or-joint", "feature": "worse-at-night"}, "feature"),
        ("differential/", {"question": "treatment-or-metastasis", "feature": "no-such"}, "feature"),
        ("coverage/", {"rows": "treatments", "cols": "investigations"}, "cols"),
        ("coverage/", {"rows": "sources"}, "rows"),
        ("coverage/", {"row": "pain"}, "row"),
        ("coverage/", {"kind": "indications"}, "kind"),
        ("coverage/", {"page_size": "0"}, "page_size"),
        ("disagreements/", {"verdict": "closed"}, "verdict"),
        ("disagreements/", {"about": "no such thing"}, "about"),
        ("search/", {}, "q"),
        ("search/", {"q": " "}, "q"),
        ("search/", {"q": "(!?"}, "q"),
        ("search/", {"q": "ache " * 50}, "q"),
        ("search/", {"q": "a1 " * 20}, "q"),
        ("search/", {"q": ["drug", "pain"]}, "q"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(asked, ask, path, params, parameter):
    problem = ask(path, status=400, **params)
    assert parameter in {error["parameter"] for error in problem["errors"]}
    assert parameter in problem["detail"]


def test_two_hundred_values_are_told_how_many_are_right(asked, ask):
    assert (
        "give 20 at most" in ask("explain/", status=400, symptom="pain", taking=[f"t{n}" for n in range(200)])["detail"]
    )


def test_a_misspelt_name_is_told_the_nearest(asked, ask):
    assert ask("explain/", status=400, symptom="pain", taking="Brandoll")["errors"][0]["nearest"] == "drug"


def test_features_stand_side_by_side_and_those_given_are_marked_without_a_score(asked, ask):
    answer = ask("differential/", question="treatment-or-metastasis", feature="worse-at-night")
    (aspect,) = answer["aspects"]
    sides = {side["points_to"]: {f["slug"]: f["given"] for f in side["features"]} for side in aspect["sides"]}
    assert sides == {"treatment": {"both-sides": False}, "metastasis": {"worse-at-night": True}}
    assert [flag["slug"] for flag in answer["red_flags"]] == ["flag"]
    assert not {"score", "diagnosis", "likely"} & set(answer)


@pytest.fixture
def chained(universe):
    """medicine (some) lowers low-count; lifter treats low-count from medicine, and causes bone-ache; growth shows as
    low-count, is treated with drug.
    """
    u = universe
    medicine, bone = Treatment.objects.get(slug="medicine"), Symptom.objects.get(slug="bone-ache")
    low, growth = u.make(Symptom, "low-count"), Cancer.objects.get(slug="growth")
    lifters = u.make(Treatment, "lifters")
    u.make(Treatment, "lifter", parent=lifters)
    u.say(SideEffect, "medicine-low", treatment=medicine, symptom=low, effect="causes", scope="some")
    u.say(ManagementOption, "lifters-treat", treatment=lifters, symptom=low, cause_treatment=medicine)
    u.say(SideEffect, "lifters-ache", treatment=lifters, symptom=bone, effect="causes")
    u.say(Manifestation, "growth-low", symptom=low, cancer=growth)
    u.say(Indication, "growth-drug", treatment=Treatment.objects.get(slug="drug"), cancer=growth)
    return u


def chains(answer):
    return [
        [step["start"]["slug"] for step in path["steps"]] + [path["steps"][-1]["end"]["slug"]]
        for path in answer["paths"]
    ]


def test_chains_run_through_classes_shortest_first_and_cite_each_step(chained, ask):
    answer = ask("paths/", **{"from": "drug", "to": "bone-ache"})
    assert chains(answer) == [["drug", "bone-ache"], ["drug", "low-count", "lifters", "bone-ache"]]
    steps = answer["paths"][1]["steps"]
    assert [step["basis"] for step in steps] == ["possible", "direct", "direct"]
    assert all(statement["citations"] for step in steps for statement in step["statements"])
    assert answer["truncated"] is False


def test_a_help_that_is_stated_for_one_cause_is_no_step_from_another(chained, ask):
    assert chains(ask("paths/", **{"from": "growth", "to": "lifters"})) == [
        ["growth", "drug", "low-count", "lifters"],
    ]
    assert chains(ask("paths/", **{"from": "low-count", "to": "lifters"})) == [["low-count", "lifters"]]


def test_a_chain_ends_at_a_class_of_what_was_asked_or_at_a_kind_of_the_symptom(chained, ask):
    assert chains(ask("paths/", **{"from": "drug", "to": "lifter"})) == [["drug", "low-count", "lifters"]]
    assert ["drug", "bone-ache"] in chains(ask("paths/", **{"from": "drug", "to": "pain"}))


def test_a_chain_is_no_longer_than_asked_and_visits_nothing_twice(chained, ask):
    assert chains(ask("paths/", **{"from": "drug", "to": "bone-ache", "max_hops": 2})) == [["drug", "bone-ache"]]
    for path in chains(ask("paths/", **{"from": "growth", "to": "bone-ache", "max_hops": 5})):
        assert len(path) == len(set(path))
    assert chains(ask("paths/", **{"from": "bone-ache", "to": "growth"})) == []


def test_the_work_for_chains_is_bounded_and_the_answer_says_so(chained, ask, monkeypatch):
    monkeypatch.setattr("kb.chains.MOST_LINKS", 1)
    assert ask("paths/", **{"from": "drug", "to": "bone-ache"})["truncated"] is True
    monkeypatch.undo()
    monkeypatch.setattr("kb.chains.MOST_CHAINS", 1)
    answer = ask("paths/", **{"from": "drug", "to": "bone-ache"})
    assert (len(answer["paths"]), answer["truncated"]) == (1, True)
    monkeypatch.undo()
    monkeypatch.setattr("kb.chains.MOST_TRIALS", 1)
    assert ask("paths/", **{"from": "drug", "to": "bone-ache"})["truncated"] is True


def cells(answer):
    return {(row["row"]["slug"], cell["col"]): cell for row in answer["results"] for cell in row["cells"]}


def test_a_cell_of_the_coverage_counts_what_the_list_answers(universe, ask):
    found = cells(ask("coverage/", kind="side-effects"))
    for row in Treatment.objects.all():
        for col in Symptom.objects.all():
            listed = ask("side-effects/", treatment=row.slug, symptom=col.slug)["count"]
            exact = ask("side-effects/", treatment=row.slug, symptom=col.slug, exact="true")["count"]
            cell = found.get((row.slug, col.slug), {"statements": 0, "direct": 0})
            assert (cell["statements"], cell["direct"]) == (listed, exact), (row, col)


def test_a_cell_tells_single_sources_and_dates(universe, ask):
    cell = cells(ask("coverage/"))["loner", "bone-ache"]
    assert cell["kinds"] == {"side-effects": 1, "management-options": 1}
    assert (cell["single_source"], cell["undated"], cell["newest"]) == (True, True, None)
    universe.source.dated = "2025-07-03"
    universe.source.save()
    cell = cells(ask("coverage/"))["loner", "bone-ache"]
    assert (cell["undated"], cell["newest"]) == (False, "2025-07-03")


def test_an_empty_cell_says_that_nothing_is_stated_never_that_nothing_happens(universe, ask):
    answer = ask("coverage/", row="drug", col=["pain", "bone-ache"])
    universe.make(Symptom, "itch")
    empty = cells(ask("coverage/", row="drug", col="itch"))["drug", "itch"]
    assert (empty["statements"], empty["says"]) == (0, "no statement in these sources")
    assert answer["empty"] == "no statement in these sources"


def test_coverage_comes_in_pages_of_rows_and_costs_the_same_for_each(universe, ask, api, django_assert_max_num_queries):
    answer = ask("coverage/", page_size=2, page=2)
    assert (answer["count"], len(answer["results"])) == (5, 2)
    assert answer["previous"]
    assert answer["next"]
    with django_assert_max_num_queries(20):
        api.get("/api/v1/coverage/")


@pytest.mark.parametrize(
    "asked_for",
    [
        ("side-effects/", {"symptom": "bone-ache"}),
        ("side-effects/", {"treatment": "drug", "fields": "slug"}),
        ("side-effects/", {"symptom": "bone-ache", "omit": "symptom"}),
        ("side-effects/loner-bone/", {"fields": "text"}),
        ("side-effects/loner-bone/", {"omit": "red_flags,symptom"}),
        ("symptoms/", {"name": "bone-ache"}),
        ("symptoms/pain/", {"fields": "slug"}),
        ("treatments/loner/", {}),
        ("treatments/", {"causes": "bone-ache"}),
        ("guidance/", {"topic": "bone-ache"}),
        ("management-options/", {"symptom": "bone-ache", "effect": "prevents"}),
        ("explain/", {"symptom": "pain", "taking": "balm"}),
        ("paths/", {"from": "loner", "to": "bone-ache"}),
        ("coverage/", {"row": "loner"}),
        ("differential/", {"question": "treatment-or-metastasis"}),
    ],
)
def test_the_red_flags_of_a_symptom_are_in_every_answer_that_touches_it(asked, ask, asked_for):
    path, params = asked_for
    (flag,) = ask(path, **params)["red_flags"]
    assert flag["slug"] == "flag"
    assert flag["action"] == "act"
    assert flag["citations"]


def test_an_answer_that_names_no_symptom_has_no_red_flags(asked, ask):
    for path in ("sources/", "cancers/", "cautions/", "treatments/"):
        assert ask(path)["red_flags"] == []


def test_a_search_names_what_it_found_and_what_it_took_for_a_typing_error(asked, ask):
    answer = ask("search/", q="brindol bone-ache")
    assert answer["corrections"] == {"brindol": "brandol"}
    assert [hit["slug"] for hit in answer["results"]][:3] == ["drug", "bone-ache", "class-bone"]
    assert answer["results"][2]["citations"]
    assert [flag["slug"] for flag in answer["red_flags"]] == ["flag"]


def test_a_search_comes_in_pages_and_costs_the_same_for_each(asked, ask, api, django_assert_max_num_queries):
    first, second = (ask("search/", q="ache", page_size=2, page=page)["results"] for page in (1, 2))
    assert not {hit["slug"] for hit in first} & {hit["slug"] for hit in second}
    with django_assert_max_num_queries(60):
        api.get("/api/v1/search/", {"q": "brindol bone-ache", "page_size": 200})


@pytest.fixture
def timed(universe):
    u, loner = universe, Treatment.objects.get(slug="loner")
    for days in (1, 7, 21):
        symptom = u.make(Symptom, f"ache-{days}")
        u.say(SideEffect, f"days-{days}", treatment=loner, symptom=symptom, onset_max=timedelta(days=days))
    return u


@pytest.mark.parametrize(
    ("longest", "found"),
    [
        ("P7D", {"days-1", "days-7"}),
        ("P1W", {"days-1", "days-7"}),
        ("PT24H", {"days-1"}),
        ("P3W", {"days-1", "days-7", "days-21"}),
        ("unstated", {"loner-bone"}),
        (["P1D", "unstated"], {"days-1", "loner-bone"}),
    ],
)
def test_lengths_of_time_narrow_and_the_unstated_can_be_asked_for(timed, ask, longest, found):
    answer = ask("side-effects/", treatment="loner", exact="true", onset_max=longest)
    assert {r["slug"] for r in answer["results"]} == found


@pytest.mark.parametrize("wrong", ["7", "a week", "P", "P1M", "-P7D", "P99999W"])
def test_what_is_no_length_of_time_is_refused_with_what_is(timed, ask, wrong):
    assert "P7D for a week" in ask("side-effects/", status=400, onset_max=wrong)["detail"]


def test_a_list_of_words_that_is_empty_is_unstated(asked, ask):
    slugs = {r["slug"] for r in ask("management-options/", severity="unstated")["results"]}
    assert "loner-helps" not in slugs
    assert "balm-helps" in slugs
    assert ask("management-options/", severity=["unstated", "mild"])["count"] == len(slugs) + 1
