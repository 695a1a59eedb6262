"""Saved filters: a filtered admin list that a user stores under a name."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from kb.dashboard.work_queues import changelist_url
from kb.models import SavedFilter
from symptoms.models import SideEffect, Symptom
from tests.helpers.worklist import INDEX_URL
from tests.helpers.worklist import superuser_client as superuser_client

SAVE_URL = reverse("admin:save_list")
LIST_URL = changelist_url(SideEffect)


def post_filter(client, name="Rare", path=LIST_URL, query="frequency__exact=rare&p=2"):
    return client.post(SAVE_URL, {"name": name, "path": path, "query": query})


def test_it_is_shown_on_its_list_and_on_the_first_page(superuser_client):
    assert post_filter(superuser_client).url == f"{LIST_URL}?frequency__exact=rare"
    link = f'href="{LIST_URL}?frequency__exact=rare">Rare</a>'
    assert link in superuser_client.get(INDEX_URL).content.decode()
    assert link in superuser_client.get(LIST_URL).content.decode()
    assert link not in superuser_client.get(changelist_url(Symptom)).content.decode()


def test_the_same_name_replaces_it(superuser_client):
    post_filter(superuser_client)
    post_filter(superuser_client, query="frequency__exact=common")
    assert SavedFilter.objects.get().query == "frequency__exact=common"


@pytest.mark.parametrize(
    "path",
    ["", "https://elsewhere.example/", "//elsewhere.example/admin/", "/admin/", "/explore/", f"{LIST_URL}add/", "/\\x"],
)
def test_only_an_admin_list_can_be_saved(superuser_client, path):
    assert post_filter(superuser_client, path=path).status_code == 400
    assert not SavedFilter.objects.exists()


def test_a_list_without_permission_cannot_be_saved(users, client):
    client.force_login(users["editor"])
    assert post_filter(client, path=changelist_url(User)).status_code == 400


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_it_needs_a_short_name(superuser_client, name):
    assert post_filter(superuser_client, name=name).status_code == 302
    assert not SavedFilter.objects.exists()


def test_users_delete_their_own_filters_only(superuser_client):
    post_filter(superuser_client)
    own_filter = SavedFilter.objects.get()
    other_filter = SavedFilter.objects.create(owner=User.objects.create(username="other"), name="Theirs", path=LIST_URL)
    assert "Theirs" not in superuser_client.get(LIST_URL).content.decode()
    assert superuser_client.post(reverse("admin:forget_list", args=[other_filter.pk])).status_code == 404
    assert superuser_client.get(reverse("admin:forget_list", args=[own_filter.pk])).status_code == 405
    assert superuser_client.post(reverse("admin:forget_list", args=[own_filter.pk])).url == LIST_URL
    assert list(SavedFilter.objects.all()) == [other_filter]


def test_an_anonymous_user_cannot_save_one(universe, client):
    assert reverse("admin:login") in post_filter(client).url
