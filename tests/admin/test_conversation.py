"""Talk on the page of a change, and what authors are told of changes that overtook or rival their own."""

import pytest
from django.urls import reverse

from kb.editorial.review import approve, send_back
from kb.models import Change, Remark
from symptoms.models import SideEffect
from tests.helpers.accounts import get_text
from tests.helpers.admin import build_admin_url, read_form_data
from tests.helpers.changes import propose_change as propose_change
from tests.helpers.worklist import find_worklist_line, get_worklist_count


def build_change_url(change):
    return reverse("admin:kb_change_change", args=[change.pk])


@pytest.fixture
def overtaken_change(submitted_change, statement, propose_change, users):
    """The change of the editor, after another frequency was published."""
    other = propose_change(statement, by="administrator", frequency="common", why="Line 3 says so.")
    approve(users["reviewer"], other, other.lock)
    return submitted_change


def test_both_say_something_without_a_decision(login_as, submitted_change):
    url = build_change_url(submitted_change)
    for role, text in (("reviewer", "Which line?"), ("editor", "Line 2, I think.")):
        data = {"answer": "1", "remark": text, "seen": submitted_change.lock}
        assert login_as(role).post(url, data).url == url
    page = get_text(login_as("second reviewer").get(url))
    assert page.index("Which line?") < page.index("Line 2, I think.")
    form_page = get_text(login_as("editor").get(build_admin_url(SideEffect, "change", submitted_change.object_id)))
    assert "Which line?" in form_page
    for role in ("viewer", "nobody"):
        login_as(role).post(url, {"answer": "1", "remark": "No.", "seen": submitted_change.lock})
    assert "Write what you want to say" in get_text(
        login_as("editor").post(url, {"answer": "1", "seen": submitted_change.lock})
    )
    assert Remark.objects.count() == 2


def test_the_reviewer_sees_what_is_new_since_it_was_sent_back(
    login_as, submitted_change, statement, propose_change, users
):
    send_back(users["reviewer"], submitted_change, submitted_change.lock, "Say when.")
    change = propose_change(statement, frequency="rare", onset="at once")
    page = get_text(login_as("reviewer").get(build_change_url(change)))
    new = page[page.index("What is new since reviewer sent it back") : page.index("What changes")]
    assert "at once" in new
    assert "Rare" not in new
    assert "Say when." in page


def test_an_author_is_told_on_the_desk_that_the_record_has_moved_on(login_as, overtaken_change, users, universe):
    assert get_worklist_count(users["editor"], "The record has moved on") == 1
    assert find_worklist_line(users["administrator"], "The record has moved on") is None
    changes = login_as("editor").get(find_worklist_line(users["editor"], "The record has moved on").url)
    assert list(changes.context["cl"].result_list) == [overtaken_change]


def test_the_form_holds_what_the_author_wrote_with_what_is_published_beside_it(login_as, overtaken_change, statement):
    client, url = login_as("editor"), build_admin_url(SideEffect, "change", statement.pk)
    response = client.get(url)
    form, page = response.context["adminform"].form, get_text(response)
    assert form["frequency"].value() == "rare"
    assert "Published meanwhile: Common." in page
    assert "The form holds your value" in page
    form_data = read_form_data(client, url) | {"why": "Line 2 says so, not line 3."}
    weighed = client.post(url, form_data).context["adminform"].form.data["weighed"]  # Its impact is shown first.
    client.post(url, form_data | {"weighed": weighed})
    overtaken_change.refresh_from_db()
    assert (overtaken_change.base["frequency"], overtaken_change.content["frequency"]) == ("common", "rare")
    assert "Published meanwhile" not in get_text(client.get(url))


def test_rivals_are_told_to_both_authors_and_to_both_reviewers(
    login_as, submitted_change, statement, propose_change, users
):
    assert find_worklist_line(users["editor"], "Proposed by others too") is None
    rival = propose_change(statement, by="administrator", onset="at once", why="Line 1 says when.")
    for author, own, other in (("editor", submitted_change, rival), ("administrator", rival, submitted_change)):
        line = find_worklist_line(users[author], "Proposed by others too")
        assert line.count == 1
        client = login_as(author)
        assert list(client.get(line.url).context["cl"].result_list) == [own]
        for url in (build_admin_url(SideEffect, "change", statement.pk), build_change_url(own)):
            assert f'<a href="{build_change_url(other)}">' in get_text(client.get(url))
        assert f'<a href="{build_change_url(other)}">' in get_text(login_as("reviewer").get(build_change_url(own)))
    assert Change.objects.count() == 2
