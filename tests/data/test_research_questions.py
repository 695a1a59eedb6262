"""The research questions of docs/researchers.md, each in one request: the answer is worked out here from raw rows."""

import csv
import re
from collections import Counter
from datetime import date, timedelta
from io import StringIO

import pytest
from django.conf import settings

from symptoms.models import ManagementOption, Manifestation, SideEffect, Symptom
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")
ROWS = re.findall(
    r"^\| (.+?) \| `GET /api/v1/(\S+)` \| (.+?) \|$", (settings.BASE_DIR / "docs/researchers.md").read_text(), re.M
)
REQUESTS = [request for _, request, _ in ROWS]
NO_PROVISO = {"unstated", "everyone"}


def read_rows(model, *columns):
    """Return the published rows of a table, as dicts of plain values."""
    return list(model.objects.filter(status="published").order_by().values("slug", *columns))


def climb(model):
    """Map the slug of each entry to those of itself and of everything that it belongs to, from the table of parents."""
    links = model.parents.through.objects
    own, other = f"from_{model._meta.model_name}__slug", f"to_{model._meta.model_name}__slug"
    parents = {}
    for child, parent in links.values_list(own, other):
        parents.setdefault(child, set()).add(parent)

    def go_up(slug):
        return {slug}.union(*(go_up(parent) for parent in parents.get(slug, ())))

    return {slug: go_up(slug) for slug in model.objects.filter(status="published").values_list("slug", flat=True)}


def find_request(beginning):
    """Return the one request of the page that begins so."""
    (request,) = [request for request in REQUESTS if request.startswith(beginning)]
    return request


def find_documented_number(beginning):
    """Return the first number of the answer that the page gives to a request."""
    (answer,) = [answer for _, request, answer in ROWS if request.startswith(beginning)]
    return int(re.search(r"\d+", answer)[0])


@pytest.fixture
def ask(api):
    """Send the one request of the page that begins so, and return its JSON."""

    def ask(beginning):
        response = api.get(f"/api/v1/{find_request(beginning)}")
        assert response.status_code == 200, response.content
        return response.json()

    return ask


def get_values(answer, column="count"):
    (facet,) = answer["facets"]
    return {value["value"]: value[column] for value in facet["results"]}


def test_the_page_has_thirteen_questions_each_with_one_request():
    assert len(ROWS) == len({*REQUESTS}) == 13
    assert not [request for request in REQUESTS if "cursor" in request]


def caused_and_managed():
    caused = {
        row["symptom__slug"] for row in read_rows(SideEffect, "symptom__slug", "effect") if row["effect"] == "causes"
    }
    return caused, {row["symptom__slug"] for row in read_rows(ManagementOption, "symptom__slug")}


def test_symptoms_that_are_caused_and_have_no_option(ask):
    caused, managed = caused_and_managed()
    up = climb(Symptom)
    expected = set().union(*(up[slug] for slug in caused)) - set().union(*(up[slug] for slug in managed))
    request = "symptoms/?caused_by=*&managed_by!=*"
    assert {record["slug"] for record in ask(request)["results"]} == expected
    assert len(expected) == find_documented_number(request)


def test_with_exact_only_the_very_symptoms_count(get_json):
    caused, managed = caused_and_managed()
    answer = get_json("symptoms/", exact="true", page_size=200, **{"caused_by": "*", "managed_by!": "*"})
    assert {record["slug"] for record in answer["results"]} == caused - managed


def test_side_effects_of_each_symptom(ask):
    expected = Counter(row["symptom__slug"] for row in read_rows(SideEffect, "symptom__slug"))
    values = get_values(ask("side-effects/?count=symptom"))
    assert values == dict(expected.most_common(5))
    assert expected.most_common(1)[0][1] == find_documented_number("side-effects/?count=symptom")


def test_side_effects_that_are_not_common(ask):
    expected = sum(row["frequency"] != "common" for row in read_rows(SideEffect, "frequency"))
    request = "side-effects/?frequency!=common"
    assert ask(request)["count"] == expected == find_documented_number(request)


def test_side_effects_from_documents_since_2025(ask):
    rows = read_rows(SideEffect, "citations__source__dated")
    dated = [(row["slug"], row["citations__source__dated"]) for row in rows]
    expected = {slug for slug, day in dated if day and day >= date(2025, 1, 1)}
    request = "side-effects/?dated_after=2025-01-01"
    assert ask(request)["count"] == len(expected) == find_documented_number(request)


def test_side_effects_that_rest_on_one_source(ask):
    sources = {}
    for row in read_rows(SideEffect, "citations__source__slug", "citations__source__publisher"):
        origin = row["citations__source__publisher"] or row["citations__source__slug"]
        sources.setdefault(row["slug"], set()).add(origin)
    expected = Counter(len(origins) for origins in sources.values())
    request = "side-effects/?count=independent_sources"
    answer = ask(request)
    assert get_values(answer) == {str(number): count for number, count in expected.items()}
    assert expected[1] == find_documented_number(request)


def test_treatments_that_relieve_bone_pain_and_cause_it(ask):
    treatments, symptoms = climb(Treatment), climb(Symptom)
    proviso = {SideEffect: ("for_cancer",), ManagementOption: ()}

    def find_stated(model, **wanted):
        found = set()
        for row in read_rows(
            model, "treatment__slug", "symptom__slug", "scope", "population", "effect", *proviso[model]
        ):
            if "bone-pain" not in symptoms[row["symptom__slug"]] or wanted.items() - row.items():
                continue
            is_passed_on = row["scope"] != "some" and row["population"] in NO_PROVISO and not row.get("for_cancer")
            of_class = {slug for slug, up in treatments.items() if is_passed_on and row["treatment__slug"] in up}
            found |= of_class | {row["treatment__slug"]}
        return found

    request = "treatments/?causes=bone-pain&manages=bone-pain"
    expected = find_stated(SideEffect, effect="causes") & find_stated(ManagementOption)
    assert {record["slug"] for record in ask(request)["results"]} == expected
    assert len(expected) == find_documented_number(request)


def test_options_whose_text_has_the_word_trial(ask):
    rows = read_rows(ManagementOption, *ManagementOption.text_fields())
    expected = {row["slug"] for row in rows if any(re.search(r"\btrial\b", str(text), re.I) for text in row.values())}
    request = 'management-options/?search="trial"'
    assert {record["slug"] for record in ask(request)["results"]} == expected
    assert len(expected) == find_documented_number(request)


def test_durations_between_a_week_and_half_a_year(ask):
    rows = read_rows(SideEffect, "duration_max")
    week, half_a_year = timedelta(days=7), timedelta(days=182)
    expected = {row["slug"] for row in rows if row["duration_max"] and week <= row["duration_max"] <= half_a_year}
    request = "side-effects/?duration_min=P7D&duration_max=P182D"
    assert {record["slug"] for record in ask(request)["results"]} == expected
    assert len(expected) == find_documented_number(request)


def find_drugs():
    return {row["slug"] for row in read_rows(Treatment, "kind") if row["kind"] == "drug"}


def test_the_share_of_drugs_that_cause_joint_pain(ask):
    symptoms, treatments = climb(Symptom), climb(Treatment)
    rows = read_rows(SideEffect, "treatment__slug", "symptom__slug", "effect", "scope", "population", "for_cancer")
    causing = set()
    for row in rows:
        if row["effect"] == "causes" and "joint-pain" in symptoms[row["symptom__slug"]]:
            is_passed_on = row["scope"] != "some" and row["population"] in NO_PROVISO and not row["for_cancer"]
            causing |= {slug for slug, up in treatments.items() if is_passed_on and row["treatment__slug"] in up}
            causing.add(row["treatment__slug"])
    request = "treatments/?kind=drug&count=causes"
    answer = ask(request)
    assert (
        get_values(answer, "narrowed")["joint-pain"] == len(causing & find_drugs()) == find_documented_number(request)
    )
    assert answer["count"] == len(find_drugs())


def test_side_effects_that_are_signs_of_cancer_too(ask):
    up, caused = climb(Symptom), caused_and_managed()[0]
    signs = {row["symptom__slug"] for row in read_rows(Manifestation, "symptom__slug", "cancer") if row["cancer"]}
    expected = set().union(*(up[slug] for slug in caused)) & set().union(*(up[slug] for slug in signs))
    request = "symptoms/?caused_by=*&shows_in=*"
    assert {record["slug"] for record in ask(request)["results"]} == expected
    assert len(expected) == find_documented_number(request)


def test_the_evidence_of_what_helps(ask):
    expected = Counter(row["evidence"] for row in read_rows(ManagementOption, "evidence"))
    request = "management-options/?count=evidence"
    assert get_values(ask(request)) == dict(expected)
    assert expected["clinical-trial"] == find_documented_number(request)


def test_options_for_joint_pain_that_are_no_drugs(ask, get_json):
    symptoms, treatments, drugs = climb(Symptom), climb(Treatment), find_drugs()
    with_drugs = set().union(*(treatments[slug] for slug in drugs))
    rows = read_rows(ManagementOption, "treatment__slug", "symptom__slug")
    for_joint_pain = [row for row in rows if "joint-pain" in symptoms[row["symptom__slug"]]]
    expected = {row["slug"] for row in for_joint_pain if row["treatment__slug"] not in with_drugs}
    request = "management-options/?symptom=joint-pain&treatment_kind!=drug"
    assert {record["slug"] for record in ask(request)["results"]} == expected
    assert len(expected) == find_documented_number(request)


def test_drugs_by_the_side_effects_that_answer_for_them(api):
    treatments = climb(Treatment)
    stated = Counter(
        row["treatment__slug"]
        for row in read_rows(SideEffect, "treatment__slug", "effect")
        if row["effect"] == "causes"
    )
    expected = {drug: sum(stated[slug] for slug in treatments[drug]) for drug in find_drugs()}
    request = find_request("side-effects/?effect=causes&count=treatment")
    file = b"".join(api.get(f"/api/v1/{request}").streaming_content).decode()
    rows = [row for row in csv.DictReader(StringIO(file)) if row["kind"] == "drug"]
    assert {row["value"]: int(row["narrowed"]) for row in rows} == {drug: n for drug, n in expected.items() if n}
    assert int(rows[0]["narrowed"]) == max(expected.values()) == find_documented_number(request)
