"""A rejected change: its author is told on the desk, on the record and on the change, and can take it up again."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.review import approve, reject
from kb.editorial.snapshot import serialize_record
from kb.models import Change
from tests.helpers.admin import build_admin_url
from tests.helpers.worklist import get_worklist_count
from treatments.models import Treatment


@pytest.fixture
def rejected_change(submitted_change, users):
    """What the editor had sent, and a reviewer refused."""
    reject(users["reviewer"], submitted_change, submitted_change.lock, "Line 2 says nothing of it.")
    submitted_change.refresh_from_db()
    return submitted_change


def test_its_author_is_told_on_the_desk_on_the_record_and_on_the_change(login_as, rejected_change, statement, users):
    assert get_worklist_count(users["editor"], "Rejected") == 1
    form_url, change_url = build_admin_url(type(statement), "change", statement.pk), build_change_url(rejected_change)
    for url in (form_url, change_url):
        assert "Line 2 says nothing of it." in login_as("editor").get(url).content.decode()
    assert "Take it up again" in login_as("editor").get(change_url).content.decode()
    assert "Take it up again" not in login_as("reviewer").get(change_url).content.decode()


def build_change_url(change):
    return reverse("admin:kb_change_change", args=[change.pk])


def test_all_that_was_typed_comes_back_over_what_was_published_since(login_as, rejected_change, statement, users):
    content = serialize_record(statement) | {"frequency": "common", "onset": "at once"}
    other = save_or_propose(statement, content, EditRequest(users["administrator"], "Line 1.", submit=True))
    approve(users["reviewer"], other, other.lock)
    form_data = {"take_up_again": "1", "seen": rejected_change.lock}
    response = login_as("editor").post(build_change_url(rejected_change), form_data)
    taken_up = Change.objects.latest("pk")
    assert response.url == build_change_url(taken_up)
    assert (taken_up.state, taken_up.why, taken_up.author) == ("draft", "Line 2 says so.", users["editor"])
    assert (taken_up.content["frequency"], taken_up.content["onset"]) == ("rare", "at once")
    assert get_worklist_count(users["editor"], "Rejected") == 0
    again = login_as("editor").post(build_change_url(rejected_change), form_data).content.decode()
    assert "You propose another change of this record already" in again


def test_nobody_takes_up_what_somebody_else_wrote_or_what_was_not_rejected(login_as, rejected_change, users, universe):
    form_data = {"take_up_again": "1", "seen": rejected_change.lock}
    for name in ("administrator", "viewer"):
        login_as(name).post(build_change_url(rejected_change), form_data)
    record = Treatment.objects.get(slug="drug")
    content = serialize_record(record) | {"summary": "x"}
    waiting = save_or_propose(record, content, EditRequest(users["editor"], "So it is.", submit=True))
    page = login_as("editor").post(build_change_url(waiting), {"take_up_again": "1", "seen": waiting.lock})
    assert "Only a rejected change is taken up again" in page.content.decode()
    assert Change.objects.count() == 2


def test_the_reviewer_sees_who_else_proposes_something(login_as, submitted_change, statement, users):
    content = serialize_record(statement) | {"onset": "at once"}
    save_or_propose(statement, content, EditRequest(users["administrator"], "Line 1 says when.", submit=True))
    page = login_as("reviewer").get(build_change_url(submitted_change)).content.decode()
    assert "Somebody else proposes something for this record, too" in page
    assert "Line 1 says when." in page


def test_the_form_of_an_entry_lists_what_is_said_of_it(login_as, universe):
    url = build_admin_url(Treatment, "change", Treatment.objects.get(slug="loner").pk)
    page = login_as("editor").get(url).content.decode()
    said = page[page.index("What is said of it") :]
    assert "Side effects (1)" in said
    assert "loner-bone." in said
    assert "loner-helps." in said


def test_an_impact_that_is_to_be_looked_at_is_no_error(login_as, universe):
    treatment = Treatment.objects.get(slug="drug")
    client, url = login_as("editor"), build_admin_url(Treatment, "change", treatment.pk)
    form = client.get(url).context["adminform"].form
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {name: value for name, value in data.items() if isinstance(value, str)}
    data |= {"parents": [Treatment.objects.get(slug="loner").pk], "why": "It belongs there.", "_send": "1"}
    data |= {"synonyms": "drüg-e", "brand_names": "Brandol", "codes": "atc:L02BG04", "review_due": "2030-01-01"}
    page = client.post(url, data).content.decode()
    assert "Read what this changes for readers, then save again" in page
    assert "Please correct the error" not in page


def test_a_record_on_which_others_rest_names_them_when_it_is_to_be_retired(universe, users):
    treatment = Treatment.objects.get(slug="loner")
    content = serialize_record(treatment) | {"status": "retired"}
    with pytest.raises(ValidationError, match=r"2 published records rest on it .*“loner-bone.”.*“loner-helps.”"):
        save_or_propose(treatment, content, EditRequest(users["editor"], "It is gone.", submit=True))


def test_a_rejected_change_can_be_let_rest(login_as, rejected_change, users):
    form_data = {"withdraw": "1", "seen": rejected_change.lock}
    assert login_as("administrator").post(build_change_url(rejected_change), form_data).status_code == 200
    assert get_worklist_count(users["editor"], "Rejected") == 1
    login_as("editor").post(build_change_url(rejected_change), form_data)
    rejected_change.refresh_from_db()
    assert rejected_change.state == "withdrawn"
    assert get_worklist_count(users["editor"], "Rejected") == 0
