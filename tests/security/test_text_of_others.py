"""Texts of people outside, of files and of colleagues, on the pages of the admin: shown, never run."""

import html

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kb.editorial.remarks import write_remark
from kb.models import Edition, SavedFilter, Source, Suggestion
from kb.models.editions import compute_fingerprint
from tests.helpers.suggestions import issue_token, make_token_client
from tests.security.test_web_attacks import SCRIPT

SYMPTOMS_URL = "/admin/symptoms/symptom/"


def assert_shown_and_not_run(response):
    page = b"".join(response) if response.streaming else response.content
    page = page.decode()
    assert response.status_code == 200
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "alert(1)" in html.unescape(page)


@pytest.fixture
def suggestion(universe, users):
    client = make_token_client(issue_token(users["viewer"], name=f"app {SCRIPT}"))
    body = {"kind": "side-effects", "slug": "class-bone", "text": SCRIPT, "proposed": SCRIPT, "evidence": SCRIPT}
    assert client.post("/api/v1/suggestions/", body, format="json").status_code == 201
    return Suggestion.objects.get()


def test_a_suggestion_in_its_list_on_its_page_and_in_the_message_that_leads_to_the_form(suggestion, login_as):
    client, url = login_as("editor"), reverse("admin:kb_suggestion_change", args=[suggestion.pk])
    assert_shown_and_not_run(client.get(reverse("admin:kb_suggestion_changelist")))
    assert_shown_and_not_run(client.get(url))
    assert_shown_and_not_run(client.post(url, {"_take_up": "1"}, follow=True))


def test_a_remark_on_a_change(submitted_change, users, login_as):
    write_remark(users["reviewer"], submitted_change, SCRIPT)
    assert_shown_and_not_run(login_as("editor").get(f"/admin/kb/change/{submitted_change.pk}/change/"))


def test_a_cell_of_a_file_and_the_name_of_the_file(universe, login_as):
    client, quoted = login_as("editor"), '"' + SCRIPT.replace('"', '""') + '"'
    file = SimpleUploadedFile(f"{SCRIPT.replace('/', '')}.csv", f"slug,name,kind\npain,{quoted},{quoted}\n".encode())
    page = client.post(f"{SYMPTOMS_URL}import/", {"file": file, "why": f"Because {SCRIPT}"})
    assert page.status_code == 302
    assert_shown_and_not_run(client.get(page.url))


def test_the_value_of_a_form_that_is_refused(universe, login_as):
    values = {"slug": SCRIPT, "name": SCRIPT, "synonyms": f"a\n{SCRIPT}\u200b", "why": SCRIPT}
    assert_shown_and_not_run(login_as("editor").post(f"{SYMPTOMS_URL}add/", values))


def test_a_line_of_a_document(universe, login_as):
    source = Source.objects.get()
    text = f"{SCRIPT}\nPain.\n"
    Source.objects.filter(pk=source.pk).update(sha256=compute_fingerprint(text), title=SCRIPT)
    Edition.objects.create(source=source, sha256=compute_fingerprint(text), text=text)
    client = login_as("editor")
    assert_shown_and_not_run(client.get(reverse("admin:kb_source_text", args=[source.pk])))
    assert_shown_and_not_run(client.get(reverse("admin:kb_source_lines", args=[source.pk]), {"lines": "1-2"}))


def test_the_name_of_a_list_and_of_a_person(universe, users, login_as):
    client = login_as("administrator")
    SavedFilter.objects.create(owner=users["administrator"], name=f"{SCRIPT}", path=SYMPTOMS_URL)
    User.objects.filter(pk=users["viewer"].pk).update(first_name=SCRIPT)
    assert_shown_and_not_run(client.get(SYMPTOMS_URL))
    assert_shown_and_not_run(client.get("/admin/"))
    assert_shown_and_not_run(client.get("/admin/auth/user/"))
