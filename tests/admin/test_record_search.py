"""The search of the lists and the pickers: through classes, in spite of typing errors, and never the opposite."""

import pytest
from django.contrib import admin
from django.urls import reverse

from kb.models import Passage, Source, Statement, concrete_models
from symptoms.models import SideEffect, Symptom
from tests.helpers.admin import build_admin_url
from treatments.models import Treatment


@pytest.fixture
def viewer_client(universe, login_as):
    return login_as("viewer")


def search_list(client, model, phrase):
    """Return the slugs that the list of a model finds, and its page as text."""
    response = client.get(build_admin_url(model, "changelist"), {"q": phrase})
    return [record.slug for record in response.context["cl"].result_list], response.content.decode()


def pick(client, model, field, term):
    """Return the labels that the picker of a field offers for a term, in order."""
    params = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
    return [
        match["text"] for match in client.get(reverse("admin:autocomplete"), params | {"term": term}).json()["results"]
    ]


def test_a_list_finds_what_is_said_of_a_class_and_says_so(viewer_client):
    slugs, page = search_list(viewer_client, SideEffect, "drug bone ache")
    assert slugs == ["class-bone"]
    assert "Said of Class, to which Drug belongs." in page
    assert "Said of" not in search_list(viewer_client, SideEffect, "class bone ache")[1]


def test_a_list_finds_what_is_said_of_a_kind_and_says_so(viewer_client):
    slugs, page = search_list(viewer_client, SideEffect, "class pain")
    assert "class-bone" in slugs
    assert "Said of Bone-ache, which belongs to Pain." in page


def test_a_list_forgives_a_typing_error_and_says_how_it_was_read(viewer_client):
    slugs, page = search_list(viewer_client, Treatment, "brandel")
    assert slugs == ["drug"]
    assert "“brandel” is read as “brandol”." in page


def test_a_list_finds_letters_within_words_drafts_and_retired_records(universe, viewer_client):
    universe.make(Treatment, "hidden", status="draft", name="Xanthodrug")
    universe.make(Treatment, "gone", status="retired", name="Xanthogone")
    assert search_list(viewer_client, Treatment, "anthod")[0] == ["hidden"]
    assert search_list(viewer_client, Treatment, "xanthogone")[0] == ["gone"]


def test_a_list_that_finds_only_some_of_the_words_says_so(viewer_client):
    slugs, page = search_list(viewer_client, SideEffect, "loner zebra")
    assert "loner-bone" in slugs
    assert "Nothing holds all the words" in page


@pytest.mark.parametrize("model", [*concrete_models(Statement), Treatment, Symptom], ids=lambda m: m._meta.model_name)
@pytest.mark.parametrize(
    "phrase", ["drug", "drig", "%", "“", "()", "a" * 500, "drug " * 60, "0", "line 1", "\0", "'\"; --"]
)
def test_every_list_and_picker_answers_to_anything(viewer_client, model, phrase):
    assert viewer_client.get(build_admin_url(model, "changelist"), {"q": phrase}).status_code == 200
    for field in admin.site.get_model_admin(model).get_autocomplete_fields(None):
        pick(viewer_client, model, field, phrase)


@pytest.mark.parametrize(
    "term", ["Drug", "dru", "brandol", "brando", "brandel", "drüge", "drug e", "atc:L02BG04", "rug"]
)
def test_the_picker_knows_every_name_its_beginning_and_a_typing_error(viewer_client, term):
    assert pick(viewer_client, SideEffect, "treatment", term)[0] == "Drug"


def test_the_picker_knows_lay_words_and_puts_what_has_the_name_first(universe, viewer_client):
    universe.make(Symptom, "joint-pain", name="Joint pain")
    universe.make(Symptom, "knee", name="Aching knee", synonyms=["AK"])
    assert pick(viewer_client, SideEffect, "symptom", "sore joints")[0] == "Joint pain"
    assert pick(viewer_client, SideEffect, "symptom", "ak")[0] == "Aching knee"


def test_the_picker_offers_drafts_but_nothing_retired(universe, viewer_client):
    universe.make(Treatment, "hidden", status="draft", name="Xanthodrug")
    universe.make(Treatment, "gone", status="retired", name="Xanthogone")
    assert pick(viewer_client, SideEffect, "treatment", "xantho") == ["Xanthodrug"]


@pytest.mark.parametrize(
    ("term", "offered"),
    [
        ("low calcium", []),
        ("hypocalcaemia", []),
        ("hypocalcemia", []),
        ("reduced calcium", []),
        ("calcium", ["Hypercalcaemia"]),
        ("high calcium", ["Hypercalcaemia"]),
        ("weight gain", ["Weight gain"]),
        ("weight loss", []),
    ],
)
def test_the_picker_never_offers_an_opposite(universe, viewer_client, term, offered):
    universe.make(Symptom, "hypercalcaemia", synonyms=["high calcium", "hypercalcemia"])
    universe.make(Symptom, "weight-gain", name="Weight gain")
    assert pick(viewer_client, SideEffect, "symptom", term) == offered


def test_the_picker_of_passages_finds_its_own_labels(universe, viewer_client):
    source = Source.objects.get()
    places = [
        Passage.objects.create(source=source, section=section, first_line=first, last_line=last)
        for section, first, last in [("Head", 5, 5), ("The tail (end)", 5, 8), ("", 3, 4)]
    ]
    for place in [*places, universe.passage]:
        assert pick(viewer_client, SideEffect, "citations", str(place))[0] == str(place)
    assert pick(viewer_client, SideEffect, "citations", "line 5")[:2] == [str(places[0]), str(places[1])]
    assert pick(viewer_client, SideEffect, "citations", "lines 5-8") == [str(places[1])]
    assert pick(viewer_client, SideEffect, "citations", "heda line 5") == [str(places[0])]
    assert pick(viewer_client, SideEffect, "citations", "line 99") == []
