"""The brief form over all shipped data: every symptom with many sets of medicines, every entry and every statement."""

import random

import pytest

from kb.models import Entry, Source, Statement, concrete_models, resource_name
from symptoms.models import Symptom
from tests.helpers.brief import check_brief
from treatments.models import Treatment

pytestmark = [pytest.mark.usefixtures("shipped_data"), pytest.mark.slow]
SET_SIZES = [0, 1, 2, 10, 20]


@pytest.fixture
def get_both(api):
    """Ask for the full answer and for the same in brief, hold them against each other, and return the second."""

    def get_both(path, **params):
        full = api.get(f"/api/v1/{path}", params)
        response = api.get(f"/api/v1/{path}", params | {"shape": "brief"})
        assert full.status_code == response.status_code == 200, (path, params, response.content)
        check_brief(full.json(), response.json(), response.content)
        return response.json()

    return get_both


@pytest.mark.parametrize("size", SET_SIZES)
def test_asking_about_every_symptom_has_a_small_answer_with_all_red_flags(get_both, size):
    treatments = list(Treatment.objects.public().values_list("slug", flat=True))
    chosen = random.Random(size)  # noqa: S311 - Which are tried is no secret.
    symptoms = list(Symptom.objects.public().values_list("slug", flat=True))
    for symptom in symptoms[SET_SIZES.index(size) :: 2 if size < 10 else 3]:
        taking = chosen.sample(treatments, size)
        brief = get_both("ask/", symptom=symptom, taking=taking)
        told = {part["about"] for part in brief["parts"] if part["part"] == "taking" and "link" in part}
        assert len(told) == size, (symptom, taking)


def test_asking_with_twenty_unknown_medicines_stays_small(get_both):
    unknown = [f"{'𝕏' * 90} mystery {number}" for number in range(20)]
    brief = get_both("ask/", symptom="bone-pain", taking=unknown, having=[f"{name} too" for name in unknown])
    assert brief["unknown"]
    assert brief["red_flags"]


@pytest.mark.parametrize("model", [*concrete_models(Entry), Source], ids=resource_name)
def test_every_entry_and_source_has_a_small_answer(get_both, model):
    for slug in model.objects.public().values_list("slug", flat=True):
        get_both(f"{resource_name(model)}/{slug}/")


@pytest.mark.parametrize("model", concrete_models(Statement), ids=resource_name)
def test_every_statement_has_a_small_answer_that_is_its_sentence(get_both, model):
    for slug, text in model.objects.public().values_list("slug", "text"):
        brief = get_both(f"{resource_name(model)}/{slug}/")
        ((sentence,),) = [part["sentences"] for part in brief["parts"]]
        assert brief["answered"]
        assert sentence["text"] == text


@pytest.mark.parametrize(
    "path",
    [
        "search/?q=joint+pain",
        "search/?q=pain",
        "disagreements/",
        "coverage/",
        "coverage/?row=letrozole&col=joint-pain",
        "paths/?from=chemotherapy&to=bone-pain",
        "paths/?from=chemotherapy&to=bone-pain&max_hops=5",
        "differential/?question=treatment-or-metastasis",
        "differential/?question=bone-or-joint",
        "explain/?symptom=bone-pain&taking=docetaxel&taking=Neulasta",
    ],
)
def test_every_question_has_a_small_answer(get_both, path):
    name, _, query = path.partition("?")
    params = {}
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        params.setdefault(key, []).append(value.replace("+", " "))
    assert get_both(name, **params)["parts"]
