"""The first page of the admin: work list, recent activity and charts."""

from django.contrib.auth.models import User
from django.urls import reverse

from kb.dashboard.charts import build_charts
from kb.editorial.review import approve
from kb.models import Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.accounts import make_user
from tests.helpers.changes import propose_change as propose_change
from tests.helpers.worklist import INDEX_URL
from tests.helpers.worklist import cited_universe as cited_universe
from tests.helpers.worklist import superuser_client as superuser_client
from treatments.models import Treatment


def test_the_number_of_queries_does_not_grow_with_the_records(
    superuser_client, universe, django_assert_max_num_queries
):
    drug, joint = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="joint-ache")
    for number in range(40):
        universe.make_statement(SideEffect, f"more-{number}", treatment=drug, symptom=joint, onset=str(number))
        universe.make(Symptom, f"silent-{number}")
    superuser_client.get(INDEX_URL)
    with django_assert_max_num_queries(17):
        superuser_client.get(INDEX_URL)


def test_a_sole_user_is_told_that_publishing_takes_two(superuser_client):
    assert (
        reverse("admin:auth_user_add")
        in superuser_client.get(INDEX_URL).content.decode().split("Everything there is")[0]
    )
    make_user("second", "reviewer")
    assert "takes two people" not in superuser_client.get(INDEX_URL).content.decode()


def test_an_editor_sees_their_own_work_and_a_viewer_only_the_general_queues(users, client):
    client.force_login(users["editor"])
    page = client.get(INDEX_URL).content.decode()
    assert "You have no drafts." in page
    assert "Awaiting my review" not in page
    client.force_login(users["viewer"])
    page = client.get(INDEX_URL).content.decode()
    assert "My drafts" not in page
    assert "What the knowledge base needs" in page


def test_shows_recent_activity_with_its_authors(superuser_client, statement, propose_change, users):
    Version.objects.all().update(way="shipped")
    assert "Nobody has written anything yet" in superuser_client.get(INDEX_URL).content.decode()
    change = propose_change(statement, frequency="rare")
    approve(users["reviewer"], change, change.lock)
    (activity,) = superuser_client.get(INDEX_URL).context["lately"]
    assert (activity["name"], activity["version"].by) == ("class-bone.", users["editor"])
    assert "editor, approved by reviewer" in superuser_client.get(INDEX_URL).content.decode()


def test_shows_an_import_as_one_activity(superuser_client, universe):
    Version.objects.all().update(way="shipped")
    SideEffect.objects.update(onset="late")
    (activity,) = superuser_client.get(INDEX_URL).context["lately"]
    assert activity["more"] == SideEffect.objects.count() - 1


def test_charts_the_statements_by_their_sources(cited_universe, superuser_client):
    bars = {bar.title: bar.counts for bar in build_charts()["founded"].bars}
    assert bars["side effects"] == [1, 1, 1, 1]
    assert bars["management options"] == [0, 0, 0, 0]
    page = superuser_client.get(INDEX_URL).content.decode()
    assert "1: several sources, 1: one dated source, 1: one undated source, 1: drafts" in page


def test_charts_the_entries_by_statements_and_lists_those_without(universe, superuser_client):
    bars = {bar.title: bar.counts for bar in build_charts()["spoken_of"].bars}
    assert bars["treatments"] == [0, 1, 3, 1]
    assert bars["symptoms"] == [0, 2, 0, 1]
    page = superuser_client.get(INDEX_URL).content.decode()
    assert reverse("admin:treatments_treatment_change", args=[Treatment.objects.get(slug="other").pk]) in page


def test_shows_how_many_records_each_list_holds(superuser_client):
    apps = superuser_client.get(INDEX_URL).context["app_list"]
    counts = {row["model"]: row["records"] for app in apps for row in app["models"]}
    assert counts[SideEffect] == 4
    assert counts[User] == ""
