"""Statements from marked lines: what is proposed, the forms that open with the choice, and what is written when."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import strip_tags

from kb.models import Edition, Passage, Source, Version
from symptoms.models import Manifestation, SideEffect, Symptom
from tests.helpers.admin import build_admin_url
from tests.helpers.texts import keep_leaflet
from treatments.models import Treatment

WHY = "The leaflet says so."


@pytest.fixture
def leaflet(universe):
    return keep_leaflet()


@pytest.fixture
def keys(universe):
    """The entries of the universe by name, as pages name them."""
    return {
        entry.name: f"{entry._meta.label_lower}:{entry.pk}"
        for model in (Treatment, Symptom)
        for entry in model.objects.all()
    }


def get_lines_url(source):
    return reverse("admin:kb_source_lines", args=[source.pk])


def choose_kind(client, source, kind, **choice):
    """Choose a kind for lines, and return the address of its form."""
    response = client.get(get_lines_url(source), {"lines": "4", **choice, "kind": kind})
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def build_form_data(client, address, **values):
    """The data of a form as it opens, with some values typed."""
    form = client.get(address).context["adminform"].form
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {k: getattr(v, "pk", v) for k, v in (data | values).items() if v not in (None, "", [])}


READ_IN = "Read in Page, line 4 (Aches)."  # The reason with which a form from these lines begins.


def get_query(address):
    return QueryDict(urlsplit(address).query).dict()


def test_the_document_lets_lines_be_marked_and_without_any_says_so(login_as, leaflet):
    client = login_as("editor")
    page = client.get(reverse("admin:kb_source_text", args=[leaflet.pk])).content.decode()
    assert 'name="line" value="4"' in page
    assert 'name="line" value="2"' not in page, "An empty line says nothing."
    response = client.get(get_lines_url(leaflet), follow=True)
    assert "Mark the lines first" in response.content.decode()
    assert response.redirect_chain[-1][0] == reverse("admin:kb_source_text", args=[leaflet.pk])


@pytest.mark.parametrize(
    ("lines", "error"),
    [("2", "empty"), ("99", "There is no line 99"), ("4-3", "the first before the last"), ("x", "names no lines")],
)
def test_lines_that_cannot_be_marked_are_refused_in_words(login_as, leaflet, lines, error):
    response = login_as("editor").get(get_lines_url(leaflet), {"lines": lines}, follow=True)
    assert error in response.content.decode()
    address = build_admin_url(SideEffect, "add")
    response = login_as("editor").get(address, {"lines": f"page:{lines}"}, follow=True)
    assert error in response.content.decode()


@pytest.mark.parametrize(("name", "status"), [("viewer", 403), ("nobody", 302), ("editor", 200)])
def test_only_editors_see_the_lines(login_as, leaflet, name, status):
    response = login_as(name).get(get_lines_url(leaflet), {"lines": "5"})
    assert response.status_code == status
    assert ("wobbly" in response.content.decode()) == (status == 200)
    response = login_as(name).get(build_admin_url(SideEffect, "add"), {"lines": "page:5"})
    assert ("wobbly" in response.content.decode()) == (status == 200)


def test_everything_is_proposed_and_nothing_chosen(login_as, leaflet, keys):
    page = login_as("editor").get(get_lines_url(leaflet), {"line": ["4", "5"]}).content.decode()
    for name in ("Drug", "Bone-ache", "Joint-ache", "Loner"):
        assert f'value="{keys[name]}"' in page, name
    assert 'value="possible"' in page
    assert 'value="very-rare"' in page
    assert "“2 weeks” says" in page
    assert 'value="symptoms.sideeffect:effect:causes"' in page
    assert "Add “wobbly tooth” as" in page
    assert 'type="checkbox" name="entry"' in page
    assert not [line for line in page.splitlines() if "checked" in line and "None of these" not in line]


def test_a_typing_error_is_proposed_and_marked_as_one(login_as, leaflet, keys):
    page = login_as("editor").get(get_lines_url(leaflet), {"lines": "7"}).content.decode()
    assert keys["Loner"] in page
    assert "like “Lonar”: is it meant?" in page


def test_the_form_opens_with_exactly_what_was_chosen(login_as, leaflet, keys):
    client = login_as("editor")
    choice = {"entry": [keys["Drug"], keys["Bone-ache"]], "certainty": "possible", "duration": "2 weeks"}
    address = choose_kind(client, leaflet, "symptoms.sideeffect:effect:causes", **choice)
    drug, ache = (key.rpartition(":")[2] for key in choice["entry"])
    assert get_query(address) == {
        "lines": "page:4",
        "treatment": drug,
        "symptom": ache,
        "certainty": "possible",
        "duration": "2 weeks",
        "duration_max": "2 weeks",
        "effect": "causes",
        "why": READ_IN,
    }
    form = client.get(address).context["adminform"].form
    assert form.get_initial_for_field(form.fields["frequency"], "frequency") == "unstated"
    assert [str(passage) for passage in form.cited_passages] == ["Page, line 4 (Aches)"]


def test_what_a_kind_has_no_field_for_is_left_out_and_said(login_as, leaflet, keys):
    client = login_as("editor")
    address = choose_kind(client, leaflet, "symptoms.redflag", entry=[keys["Drug"], keys["Bone-ache"]])
    assert get_query(address).keys() == {"lines", "signs", "why"}
    assert "no field for “Drug”" in str([*get_messages(client.get(address).wsgi_request)])


def test_the_passage_is_made_with_the_statement_and_not_before(login_as, leaflet, keys):
    client, count = login_as("editor"), Passage.objects.count()
    address = choose_kind(
        client, leaflet, "symptoms.sideeffect:effect:causes", entry=[keys["Drug"], keys["Joint-ache"]]
    )
    data = build_form_data(client, address, text="Drug can bring an ache.", slug="drug-ache", why="", _save="1")
    assert client.post(address, data).status_code == 200
    assert Passage.objects.count() == count, "A form that is refused leaves nothing behind."
    response = client.post(address, data | {"why": WHY})
    assert response["Location"] == reverse("admin:kb_source_text", args=[leaflet.pk]) + "#line-4"
    statement = SideEffect.objects.get(slug="drug-ache")
    assert [(p.section, p.first_line, p.last_line) for p in statement.citations.all()] == [("Aches", 4, 4)]
    assert (statement.status, statement.effect) == ("draft", "causes")
    written = str([*Version.objects.values_list("content", "why"), *Passage.objects.values()])
    assert "2 weeks" not in written, "The history and the passages hold no word of the text."


def test_lines_that_are_gone_when_the_form_is_sent_lose_nothing_that_was_typed(login_as, leaflet, keys):
    client = login_as("editor")
    address = choose_kind(client, leaflet, "symptoms.sideeffect", entry=[keys["Drug"], keys["Joint-ache"]])
    data = build_form_data(client, address, text="Typed for nobody.", slug="typed", why=WHY, _save="1")
    Edition.objects.all().delete()
    page = client.post(address, data).content.decode()
    assert "No text of “Page” is kept here" in strip_tags(page)
    assert "Typed for nobody." in page
    assert not SideEffect.objects.filter(slug="typed").exists()


def test_the_number_of_lines_of_a_new_source_is_no_mark(login_as, leaflet):
    assert login_as("editor").get(build_admin_url(Source, "add"), {"lines": "5"}).status_code == 200


def test_a_passage_that_exists_is_taken(login_as, leaflet, keys):
    place = Passage.objects.create(source=leaflet, section="About drug and your bones", first_line=4, last_line=4)
    client = login_as("editor")
    address = choose_kind(client, leaflet, "symptoms.sideeffect", entry=[keys["Drug"], keys["Joint-ache"]])
    client.post(address, build_form_data(client, address, text="An ache.", slug="ache", why=WHY, _save="1"))
    assert SideEffect.objects.get(slug="ache").citations.get() == place
    assert Passage.objects.filter(first_line=4).count() == 1


def test_a_statement_is_sent_for_review_or_looked_at_with_its_new_passage(login_as, leaflet, keys):
    client, count = login_as("editor"), Passage.objects.count()
    address = choose_kind(client, leaflet, "symptoms.sideeffect", entry=[keys["Drug"], keys["Bone-ache"]])
    data = build_form_data(client, address, text="Drug makes bones ache.", slug="drug-bone", why=WHY)
    page = client.post(address, data | {"_preview": "1"}).content.decode()
    assert "Drug makes bones ache." in page
    assert Passage.objects.count() == count
    response = client.post(address, data | {"_send": "1"})
    assert response.status_code == 200, "What it changes for readers is shown first."
    weighed = response.context["adminform"].form.data["weighed"]
    assert Passage.objects.count() == count
    assert client.post(address, data | {"_send": "1", "weighed": weighed}).status_code == 302
    assert SideEffect.objects.get(slug="drug-bone").citations.get().first_line == 4


def test_the_next_statement_keeps_lines_entries_and_reason_and_takes_what_was_chosen_besides(login_as, leaflet, keys):
    client = login_as("editor")
    entries = [keys[name] for name in ("Drug", "Bone-ache", "Joint-ache")]
    address = choose_kind(client, leaflet, "symptoms.sideeffect:effect:causes", entry=entries, certainty="possible")
    data = build_form_data(client, address, text="Bones can ache.", slug="bones", why=WHY, _next="1")
    further = client.post(address, data)["Location"]
    drug, bone, joint = (key.rpartition(":")[2] for key in entries)
    kept = {"lines": "page:4", "treatment": drug, "why": WHY}
    expected = kept | {"symptom": joint, "certainty": "possible", "effect": "causes"}
    assert {name: value for name, value in get_query(further).items() if value} == expected
    data = build_form_data(client, further, text="Joints can ache.", slug="joints", _next="1")
    last = client.post(further, data)["Location"]
    assert {name: value for name, value in get_query(last).items() if value} == kept | {"symptom": joint}
    assert Passage.objects.filter(first_line=4).count() == 1
    assert {s.symptom_id for s in SideEffect.objects.filter(slug__in=["bones", "joints"])} == {int(bone), int(joint)}


def test_a_new_entry_leads_back_to_the_lines_and_what_was_chosen_is_still_so(login_as, leaflet, keys):
    client = login_as("editor")
    choice = {"lines": "5", "entry": keys["Loner"], "certainty": "possible", "new": "symptoms.symptom:wobbly tooth"}
    address = client.get(get_lines_url(leaflet), choice)["Location"]
    assert urlsplit(address).path == build_admin_url(Symptom, "add")
    data = build_form_data(client, address, slug="wobbly-tooth", why=WHY, _save="1")
    assert data["name"] == "wobbly tooth"
    back = client.post(address, data)["Location"]
    tooth = Symptom.objects.get(slug="wobbly-tooth")
    query = parse_qs(urlsplit(back).query)
    assert query["entry"] == [keys["Loner"], f"symptoms.symptom:{tooth.pk}"]
    assert (query["certainty"], query["lines"]) == (["possible"], ["5"])
    page = client.get(back).content.decode()
    assert page.count("checked") >= 3
    assert "a draft" in page


def test_a_new_entry_needs_a_name(login_as, leaflet):
    response = login_as("editor").get(get_lines_url(leaflet), {"lines": "5", "new": "symptoms.symptom"})
    assert "Write the name of the new entry first" in response.content.decode()


def test_a_cause_comes_before_its_effect(login_as, leaflet, keys):
    entries = [keys["Bone-ache"], keys["Joint-ache"], keys["Pain"]]
    address = choose_kind(login_as("editor"), leaflet, Manifestation._meta.label_lower, entry=entries)
    bone, joint, pain = (key.rpartition(":")[2] for key in entries)
    expected = {"lines": "page:4", "condition": bone, "symptom": joint, "then": f"symptom:{pain}", "why": READ_IN}
    assert get_query(address) == expected
