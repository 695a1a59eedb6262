"""A list is kept under a name of one's own."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from kb.dashboard.work_queues import address
from kb.models import SavedFilter
from symptoms.models import SideEffect, Symptom
from tests.helpers.worklist import INDEX
from tests.helpers.worklist import chief as chief

SAVE = reverse("admin:save_list")
LIST = address(SideEffect)


def keep(client, name="Rare", path=LIST, query="frequency__exact=rare&p=2"):
    return client.post(SAVE, {"name": name, "path": path, "query": query})


def test_it_is_found_again_on_the_list_and_on_the_first_page(chief):
    assert keep(chief).url == f"{LIST}?frequency__exact=rare"
    kept = f'href="{LIST}?frequency__exact=rare">Rare</a>'
    assert kept in chief.get(INDEX).content.decode()
    assert kept in chief.get(LIST).content.decode()
    assert kept not in chief.get(address(Symptom)).content.decode()


def test_the_same_name_again_takes_its_place(chief):
    keep(chief)
    keep(chief, query="frequency__exact=common")
    assert SavedFilter.objects.get().query == "frequency__exact=common"


@pytest.mark.parametrize(
    "path",
    ["", "https://elsewhere.example/", "//elsewhere.example/admin/", "/admin/", "/explore/", f"{LIST}add/", "/\\x"],
)
def test_nothing_but_a_list_of_the_desk_is_kept(chief, path):
    assert keep(chief, path=path).status_code == 400
    assert not SavedFilter.objects.exists()


def test_a_list_that_one_may_not_see_is_not_kept(people, client):
    client.force_login(people["editor"])
    assert keep(client, path=address(User)).status_code == 400


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_it_needs_a_short_name(chief, name):
    assert keep(chief, name=name).status_code == 302
    assert not SavedFilter.objects.exists()


def test_one_forgets_ones_own_and_nobody_elses(chief):
    keep(chief)
    own = SavedFilter.objects.get()
    other = SavedFilter.objects.create(owner=User.objects.create(username="other"), name="Theirs", path=LIST)
    assert "Theirs" not in chief.get(LIST).content.decode()
    assert chief.post(reverse("admin:forget_list", args=[other.pk])).status_code == 404
    assert chief.get(reverse("admin:forget_list", args=[own.pk])).status_code == 405
    assert chief.post(reverse("admin:forget_list", args=[own.pk])).url == LIST
    assert list(SavedFilter.objects.all()) == [other]


def test_a_stranger_keeps_nothing(universe, client):
    assert reverse("admin:login") in keep(client).url
