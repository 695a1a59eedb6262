"""The search over all kinds, on every page of the admin."""

import pytest

from symptoms.models import SideEffect
from tests.helpers.admin import build_admin_url
from treatments.models import Treatment

FIND_URL = "/admin/find/"


def find(client, phrase):
    """Return what is found, as names by kind, and the page as text."""
    response = client.get(FIND_URL, {"q": phrase})
    assert response.status_code == 200
    found = {kind.title: [str(one.record) for one in kind.records] for kind in response.context["kinds"]}
    return found, response.content.decode()


def test_one_search_finds_all_kinds_and_leads_to_their_forms(universe, login_as):
    found, page = find(login_as("viewer"), "drug bone ache")
    assert found["Treatments"] == ["Drug"]
    assert found["Side effects"] == ["class-bone."]
    assert "Said of Class, to which Drug belongs." in page
    assert build_admin_url(SideEffect, "change", SideEffect.objects.get(slug="class-bone").pk) in page


def test_a_typing_error_is_forgiven_and_drafts_are_found_with_their_status(universe, login_as):
    universe.make(Treatment, "hidden", status="draft", name="Xanthodrug")
    found, page = find(login_as("viewer"), "xantodrug")
    assert found == {"Treatments": ["Xanthodrug"]}
    assert "“xantodrug” is read as “xanthodrug”." in page
    assert '<span class="badge draft">Draft</span>' in page


def test_sources_and_passages_are_found_too(universe, login_as):
    found, _ = find(login_as("viewer"), "page")
    assert found["Sources"] == ["Page"]
    assert find(login_as("viewer"), "head line 2")[0]["Passages"] == ["Page, lines 1–2 (Head)"]


def test_a_kind_with_more_than_is_shown_leads_to_its_list(universe, login_as):
    for number in range(12):
        universe.make(Treatment, f"many-{number}", name=f"Xantho {number}")
    _, page = find(login_as("viewer"), "xantho")
    assert "Treatments (12)" in page
    assert f"{build_admin_url(Treatment, 'changelist')}?q=xantho" in page


@pytest.mark.parametrize("phrase", ["", "  ", "\0", "zzzz", "%", "a" * 500, "<script>"])
def test_nothing_and_nonsense_are_answered(universe, login_as, phrase):
    found, page = find(login_as("viewer"), phrase)
    assert found == {}
    assert "<script>" not in page.replace("<script src", "")


def test_the_search_stands_on_every_page_of_those_who_have_a_role(universe, login_as):
    client = login_as("viewer")
    for url in ["/admin/", build_admin_url(Treatment, "changelist"), "/admin/password_change/", FIND_URL]:
        assert 'role="search" action="/admin/find/"' in client.get(url).content.decode(), url
    client.logout()
    assert client.get(FIND_URL).status_code == 302
    assert 'action="/admin/find/"' not in client.get("/admin/login/").content.decode()


def test_the_public_search_finds_no_drafts(universe, get_json):
    universe.make(Treatment, "hidden", status="draft", name="Xanthodrug")
    assert get_json("search/", q="xanthodrug")["results"] == []
