"""The page of a change: what its reviewer sees before deciding, and where the decision leads."""

import pytest
from django.urls import reverse

from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Finding
from symptoms.models import SideEffect, Symptom

CONTENT = {
    "slug": "drug-ache",
    "text": "Aches are common with the drug.",
    "treatment": "drug",
    "symptom": "bone-ache",
    "effect": "causes",
    "frequency": "common",
    "certainty": "definite",
    "onset": "after a week",
    "citations": [["page", 1, 2]],
}


@pytest.fixture
def propose_statement(universe, users):
    """Return the change that proposes a new statement with these fields."""

    def propose_statement(**fields):
        request = EditRequest(users["editor"], "The page says so.", submit=True)
        create_draft(SideEffect, CONTENT | fields, request)
        return Change.objects.get(slug="drug-ache")

    return propose_statement


def get_page(client, change):
    return client.get(reverse("admin:kb_change_change", args=[change.pk])).content.decode()


def test_of_a_new_record_the_reviewer_sees_every_field_and_every_citation(login_as, propose_statement):
    page = get_page(login_as("reviewer"), propose_statement())
    assert "The whole new record" in page
    for shown in ("Aches", "Drug", "Bone-ache", "after a week", "Definite", "lines 1–2", "under “Head”"):
        assert shown in page


def test_of_a_change_the_reviewer_sees_the_rest_of_the_record_with_its_citations(login_as, submitted_change):
    page = get_page(login_as("reviewer"), submitted_change)
    rest = page[page.index("The rest of the record") :]
    for shown in ("class-bone.", "Class", "Bone-ache", "lines 1–2"):
        assert shown in rest
    assert "Frequency" not in rest[: rest.index("</table>")]


def test_a_field_that_contradicts_its_sentence_is_shown_to_the_reviewer(login_as, propose_statement):
    page = get_page(login_as("reviewer"), propose_statement(frequency="very-common"))
    assert "The sentence says “common”, and this says “Very common”." in page


def test_what_the_last_check_found_is_shown_on_the_form_and_to_the_reviewer(login_as, submitted_change, statement):
    Finding.objects.create(kind=submitted_change.kind, object_id=statement.pk, slug=statement.slug, why="Not so.")
    assert "Not so." in get_page(login_as("reviewer"), submitted_change)
    form_url = reverse("admin:symptoms_sideeffect_change", args=[statement.pk])
    assert "Not so." in login_as("editor").get(form_url).content.decode()


def test_after_a_decision_the_next_change_that_waits_opens(login_as, submitted_change, universe, users):
    record = Symptom.objects.get(slug="pain")
    content = serialize_record(record) | {"summary": "x"}
    following = save_or_propose(record, content, EditRequest(users["editor"], "So it is.", submit=True))
    client = login_as("reviewer")
    for change, expected in [
        (submitted_change, reverse("admin:kb_change_change", args=[following.pk])),
        (following, reverse("admin:kb_change_changelist") + "?state__exact=submitted&whose=others"),
    ]:
        url = reverse("admin:kb_change_change", args=[change.pk])
        assert client.post(url, {"approve": "1", "seen": change.lock}).url == expected
