"""The first page of the desk shows each who comes in what waits, what was written lately and where it is thin."""

from django.contrib.auth.models import User
from django.urls import reverse

from kb.dashboard.charts import build_charts
from kb.editorial.review import approve
from kb.models import Version
from symptoms.models import SideEffect, Symptom
from tests.conftest import make_user
from tests.helpers.changes import propose_change as propose_change
from tests.helpers.worklist import INDEX_URL
from tests.helpers.worklist import cited_universe as cited_universe
from tests.helpers.worklist import superuser_client as superuser_client
from treatments.models import Treatment


def test_takes_as_many_queries_for_many_records_as_for_few(superuser_client, universe, django_assert_max_num_queries):
    drug, joint = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="joint-ache")
    for number in range(40):
        universe.make_statement(SideEffect, f"more-{number}", treatment=drug, symptom=joint, onset=str(number))
        universe.make(Symptom, f"silent-{number}")
    superuser_client.get(INDEX_URL)
    with django_assert_max_num_queries(16):
        superuser_client.get(INDEX_URL)


def test_one_who_is_alone_is_told_that_publishing_takes_two(superuser_client):
    assert (
        reverse("admin:auth_user_add")
        in superuser_client.get(INDEX_URL).content.decode().split("Everything there is")[0]
    )
    make_user("second", "reviewer")
    assert "takes two people" not in superuser_client.get(INDEX_URL).content.decode()


def test_an_editor_sees_their_own_work_and_a_viewer_only_what_is_needed(users, client):
    client.force_login(users["editor"])
    page = client.get(INDEX_URL).content.decode()
    assert "You have no drafts." in page
    assert "Awaiting my review" not in page
    client.force_login(users["viewer"])
    page = client.get(INDEX_URL).content.decode()
    assert "My drafts" not in page
    assert "What the knowledge base needs" in page


def test_tells_what_people_wrote_lately_and_by_whom(superuser_client, statement, propose_change, users):
    Version.objects.all().update(way="shipped")
    assert "Nobody has written anything yet" in superuser_client.get(INDEX_URL).content.decode()
    change = propose_change(statement, frequency="rare")
    approve(users["reviewer"], change, change.lock)
    (news,) = superuser_client.get(INDEX_URL).context["lately"]
    assert (news["name"], news["version"].by) == ("class-bone.", users["editor"])
    assert "editor, approved by reviewer" in superuser_client.get(INDEX_URL).content.decode()


def test_tells_an_import_once(superuser_client, universe):
    Version.objects.all().update(way="shipped")
    SideEffect.objects.update(onset="late")
    (news,) = superuser_client.get(INDEX_URL).context["lately"]
    assert news["more"] == SideEffect.objects.count() - 1


def test_draws_how_the_statements_are_founded(cited_universe, superuser_client):
    bars = {bar.title: bar.counts for bar in build_charts()["founded"].bars}
    assert bars["side effects"] == [1, 1, 1, 1]
    assert bars["management options"] == [0, 0, 0, 0]
    page = superuser_client.get(INDEX_URL).content.decode()
    assert "1: several sources, 1: one dated source, 1: one undated source, 1: drafts" in page


def test_draws_where_it_is_thin_and_names_what_nothing_is_said_of(universe, superuser_client):
    bars = {bar.title: bar.counts for bar in build_charts()["spoken_of"].bars}
    assert bars["treatments"] == [0, 1, 3, 1]
    assert bars["symptoms"] == [0, 2, 0, 1]
    page = superuser_client.get(INDEX_URL).content.decode()
    assert reverse("admin:treatments_treatment_change", args=[Treatment.objects.get(slug="other").pk]) in page


def test_shows_how_many_records_each_list_holds(superuser_client):
    apps = superuser_client.get(INDEX_URL).context["app_list"]
    held = {listed["model"]: listed["records"] for app in apps for listed in app["models"]}
    assert held[SideEffect] == 4
    assert held[User] == ""
