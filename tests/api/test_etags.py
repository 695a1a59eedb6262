"""ETag, X-KB-Version and 304 responses of the API, and the revision mark that changes with every write."""

import pytest
from django.db import connection, transaction

from kb.api import etags
from kb.dataset.version import STATE_CACHE, DatasetState, data_version
from kb.editorial.dry_run import dry_run
from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.editorial.versioning import record_untracked_changes
from kb.models import ApiToken, Passage, Revision
from symptoms.models import SideEffect, Symptom
from tests.helpers.accounts import make_user
from treatments.models import Treatment

PATHS = [
    "",
    "treatments/",
    "treatments/drug/",
    "side-effects/?treatment=drug&format=csv",
    "side-effects/?format=ndjson",
    "explain/?symptom=bone-ache&taking=drug",
    "search/?q=pain",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_response_has_a_strong_etag_that_holds_until_the_data_change(universe, get_response, path):
    first = get_response(path)
    assert first.status_code == 200
    assert first["X-KB-Version"] == data_version()
    assert first["ETag"].startswith('"')
    assert first["Cache-Control"] == "public, max-age=60"
    assert "Accept" in first["Vary"]
    second = get_response(path, if_none_match=first["ETag"])
    assert (second.status_code, second.content) == (304, b"")
    for name in ("ETag", "X-KB-Version", "Cache-Control", "Vary"):
        assert second[name] == first[name]
    SideEffect.objects.filter(slug="class-bone").update(text="Something else.")
    third = get_response(path, if_none_match=first["ETag"])
    assert third.status_code == 200
    assert third["ETag"] != first["ETag"]
    assert third["X-KB-Version"] != first["X-KB-Version"]


@pytest.mark.parametrize("tags", ["W/{}", '"other", {}'])
def test_a_weak_tag_or_a_list_of_tags_matches(universe, get_response, tags):
    tag = get_response("treatments/")["ETag"]
    assert get_response("treatments/", if_none_match=tags.format(tag)).status_code == 304


def test_each_url_format_and_host_has_its_own_etag(universe, api):
    paths = ["treatments/", "treatments/?page_size=1", "treatments/?format=csv", "symptoms/"]
    tags = [api.get(f"/api/v1/{path}")["ETag"] for path in paths]
    tags.append(api.get("/api/v1/treatments/", headers={"accept": "text/csv"})["ETag"])
    tags.append(api.get("/api/v1/treatments/", headers={"host": "localhost"})["ETag"])
    assert len(set(tags)) == len(tags)


def test_another_version_of_the_code_has_other_etags(universe, get_response, monkeypatch):
    tag = get_response("treatments/")["ETag"]
    monkeypatch.setattr(etags, "code_digest", lambda: "another")
    assert get_response("treatments/", if_none_match=tag).status_code == 200


def test_errors_carry_the_data_version_but_no_etag_and_are_not_cached(universe, get_response):
    for path, status in [("treatments/nothing/", 404), ("treatments/?nmae=x", 400), ("nothing/", 404)]:
        response = get_response(path, if_none_match="*")
        assert response.status_code == status
        assert response["X-KB-Version"] == data_version()
        assert "ETag" not in response
        assert "Cache-Control" not in response


def test_the_max_age_is_a_setting(universe, get_response, settings):
    settings.CACHE_SECONDS = 0
    assert get_response("treatments/")["Cache-Control"] == "public, max-age=0"


def iter_writes():
    drug = Treatment.objects.get(slug="drug")
    symptom = Symptom.objects.get(slug="bone-ache")
    statement = SideEffect.objects.get(slug="class-bone")
    yield "save", lambda: drug.save()
    yield "some columns", lambda: drug.save(update_fields=["summary"])
    yield "update", lambda: SideEffect.objects.update(onset="soon")
    yield "many created", lambda: Symptom.objects.bulk_create([Symptom(slug="x", name="X", status="published")])
    yield "many updated", lambda: Symptom.objects.bulk_update([symptom], ["summary"])
    yield "a link", lambda: statement.citations.clear()
    yield "a link from the other side", lambda: Passage.objects.get().sideeffect_set.set([statement])
    yield "a passage", lambda: Passage.objects.update(section="Other")
    yield "delete", lambda: SideEffect.objects.get(slug="loner-bone").delete()
    yield "delete many", lambda: SideEffect.objects.filter(slug="drug-joint").delete()


def test_every_way_of_writing_changes_the_revision_mark(universe):
    for description, write in iter_writes():
        mark = Revision.objects.current_mark()
        write()
        assert Revision.objects.current_mark() != mark, description


def test_a_direct_write_to_the_database_counts_at_the_next_start(universe):
    version = data_version()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE treatments_treatment SET summary = 'by hand'")
    assert data_version() == version
    record_untracked_changes()
    assert data_version() != version


def test_the_data_version_depends_on_content_not_on_the_number_of_writes(universe):
    version, mark = data_version(), Revision.objects.current_mark()
    SideEffect.objects.filter(slug="class-bone").update(onset="soon")
    assert data_version() != version
    SideEffect.objects.filter(slug="class-bone").update(onset="")
    assert data_version() == version
    assert Revision.objects.current_mark() != mark


def test_a_proposal_does_not_change_the_data_version_and_its_approval_does(statement, users, get_response):
    before = get_response("side-effects/")
    change = save_or_propose(
        statement,
        serialize_record(statement) | {"frequency": "rare"},
        EditRequest(users["editor"], "So it says.", submit=True),
    )
    assert get_response("side-effects/", if_none_match=before["ETag"]).status_code == 304
    approve(users["reviewer"], change, change.lock)
    after = get_response("side-effects/", if_none_match=before["ETag"])
    assert after.status_code == 200
    assert after["X-KB-Version"] != before["X-KB-Version"]


def test_a_rollback_or_a_dry_run_restores_version_and_mark(statement, get_response):
    version, mark = data_version(), Revision.objects.current_mark()
    with transaction.atomic():
        SideEffect.objects.update(onset="soon")
        assert data_version() != version
        transaction.set_rollback(True)
    assert (data_version(), Revision.objects.current_mark()) == (version, mark)
    with dry_run(statement, serialize_record(statement) | {"frequency": "rare"}):
        assert data_version() != version
    assert (data_version(), Revision.objects.current_mark()) == (version, mark)


def test_the_dataset_state_is_cached_until_something_is_written(universe, get_response, monkeypatch):
    read, reads = DatasetState.read, []
    monkeypatch.setattr(DatasetState, "read", lambda: reads.append(1) or read())
    STATE_CACHE.clear()
    for _ in range(3):
        get_response("treatments/")
    assert len(reads) == 1
    Treatment.objects.update(summary="x")
    get_response("treatments/")
    assert len(reads) == 2


def test_a_token_is_checked_before_a_304_is_sent(universe, get_response):
    tag = get_response("treatments/")["ETag"]
    assert get_response("treatments/", if_none_match=tag, authorization="Bearer kb_wrong").status_code == 401
    secret = ApiToken(user=make_user("anna"), name="app", scopes=["read"]).issue()
    for path in ("treatments/", "treatments/?format=csv"):
        tag = get_response(path)["ETag"]
        response = get_response(path, if_none_match=tag, authorization=f"Bearer {secret}")
        assert (response.status_code, response["ETag"], response.content) == (304, tag, b"")


def test_a_write_and_its_revision_mark_are_one_transaction(universe, monkeypatch):
    def fail(self):
        raise RuntimeError

    monkeypatch.setattr(type(Revision.objects), "renew_mark", fail)
    passage = Passage.objects.get()
    passage.section = "Other"
    with pytest.raises(RuntimeError), transaction.atomic():
        passage.save()
    assert Passage.objects.get().section == "Head"
