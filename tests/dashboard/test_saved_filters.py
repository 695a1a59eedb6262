"""A list is kept under a name of one's own."""

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


def test_it_is_found_again_on_the_list_and_on_the_first_page(superuser_client):
    assert post_filter(superuser_client).url == f"{LIST_URL}?frequency__exact=rare"
    kept = f'href="{LIST_URL}?frequency__exact=rare">Rare</a>'
    assert kept in superuser_client.get(INDEX_URL).content.decode()
    assert kept in superuser_client.get(LIST_URL).content.decode()
    assert kept not in superuser_client.get(changelist_url(Symptom)).content.decode()


def test_the_same_name_again_takes_its_place(superuser_client):
    post_filter(superuser_client)
    post_filter(superuser_client, query="frequency__exact=common")
    assert SavedFilter.objects.get().query == "frequency__exact=common"


@pytest.mark.parametrize(
    "path",
    ["", "https://elsewhere.example/", "//elsewhere.example/admin/", "/admin/", "/explore/", f"{LIST_URL}add/", "/\\x"],
)
def test_nothing_but_a_list_of_the_desk_is_kept(superuser_client, path):
    assert post_filter(superuser_client, path=path).status_code == 400
    assert not SavedFilter.objects.exists()


def test_a_list_that_one_may_not_see_is_not_kept(users, client):
    client.force_login(users["editor"])
    assert post_filter(client, path=changelist_url(User)).status_code == 400


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_it_needs_a_short_name(superuser_client, name):
    assert post_filter(superuser_client, name=name).status_code == 302
    assert not SavedFilter.objects.exists()


def test_one_forgets_ones_own_and_nobody_elses(superuser_client):
    post_filter(superuser_client)
    own = SavedFilter.objects.get()
    other = SavedFilter.objects.create(owner=User.objects.create(username="other"), name="Theirs", path=LIST_URL)
    assert "Theirs" not in superuser_client.get(LIST_URL).content.decode()
    assert superuser_client.post(reverse("admin:forget_list", args=[other.pk])).status_code == 404
    assert superuser_client.get(reverse("admin:forget_list", args=[own.pk])).status_code == 405
    assert superuser_client.post(reverse("admin:forget_list", args=[own.pk])).url == LIST_URL
    assert list(SavedFilter.objects.all()) == [other]


def test_a_stranger_keeps_nothing(universe, client):
    assert reverse("admin:login") in post_filter(client).url
