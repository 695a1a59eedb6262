"""Every answer tells of which version of the data it is, and what has not changed is not sent again."""

import pytest
from django.core.management import call_command
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
from tests.conftest import make_user
from treatments.models import Treatment

PATHS = [
    "",
    "schema/",
    "treatments/",
    "treatments/drug/",
    "side-effects/?treatment=drug&format=csv",
    "side-effects/?format=ndjson",
    "explain/?symptom=bone-ache&taking=drug",
    "search/?q=pain",
]


@pytest.fixture
def get_response(api):
    return lambda path, **headers: api.get(f"/api/v1/{path}", headers=headers)


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_has_a_strong_tag_and_is_not_sent_again_until_the_data_change(universe, get_response, path):
    first = get_response(path)
    assert first.status_code == 200
    assert first["X-KB-Version"] == data_version()
    assert first["ETag"].startswith('"')
    assert first["Cache-Control"] == "public, max-age=60"
    assert "Accept" in first["Vary"]
    again = get_response(path, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "X-KB-Version", "Cache-Control", "Vary"):
        assert again[name] == first[name]
    SideEffect.objects.filter(slug="class-bone").update(text="Something else.")
    changed = get_response(path, if_none_match=first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert changed["X-KB-Version"] != first["X-KB-Version"]


@pytest.mark.parametrize("tags", ["W/{}", '"other", {}'])
def test_a_tag_is_known_again_as_a_proxy_may_send_it(universe, get_response, tags):
    tag = get_response("treatments/")["ETag"]
    assert get_response("treatments/", if_none_match=tags.format(tag)).status_code == 304


def test_each_question_format_and_host_has_a_tag_of_its_own(universe, api):
    asked = ["treatments/", "treatments/?page_size=1", "treatments/?format=csv", "symptoms/"]
    tags = [api.get(f"/api/v1/{path}")["ETag"] for path in asked]
    tags.append(api.get("/api/v1/treatments/", headers={"accept": "text/csv"})["ETag"])
    tags.append(api.get("/api/v1/treatments/", headers={"host": "localhost"})["ETag"])
    assert len(set(tags)) == len(tags)


def test_another_program_has_other_tags(universe, get_response, monkeypatch):
    tag = get_response("treatments/")["ETag"]
    monkeypatch.setattr(etags, "code_digest", lambda: "another")
    assert get_response("treatments/", if_none_match=tag).status_code == 200


def test_errors_have_a_version_but_no_tag_and_are_not_kept(universe, get_response):
    for path, status in [("treatments/nothing/", 404), ("treatments/?nmae=x", 400), ("nothing/", 404)]:
        answer = get_response(path, if_none_match="*")
        assert answer.status_code == status
        assert answer["X-KB-Version"] == data_version()
        assert "ETag" not in answer
        assert "Cache-Control" not in answer


def test_how_long_an_answer_may_be_kept_is_a_setting(universe, get_response, settings):
    settings.CACHE_SECONDS = 0
    assert get_response("treatments/")["Cache-Control"] == "public, max-age=0"


def iter_writes():
    drug = Treatment.objects.get(slug="drug")
    bone = Symptom.objects.get(slug="bone-ache")
    one = SideEffect.objects.get(slug="class-bone")
    yield "save", lambda: drug.save()
    yield "some columns", lambda: drug.save(update_fields=["summary"])
    yield "update", lambda: SideEffect.objects.update(onset="soon")
    yield "many created", lambda: Symptom.objects.bulk_create([Symptom(slug="x", name="X", status="published")])
    yield "many updated", lambda: Symptom.objects.bulk_update([bone], ["summary"])
    yield "a link", lambda: one.citations.clear()
    yield "a link from the other side", lambda: Passage.objects.get().sideeffect_set.set([one])
    yield "a place", lambda: Passage.objects.update(section="Other")
    yield "delete", lambda: SideEffect.objects.get(slug="loner-bone").delete()
    yield "delete many", lambda: SideEffect.objects.filter(slug="drug-joint").delete()


def test_the_mark_is_new_after_every_way_of_writing(universe):
    for way, write in iter_writes():
        before = Revision.objects.current_mark()
        write()
        assert Revision.objects.current_mark() != before, way


def test_what_came_in_past_the_program_counts_at_the_next_start(universe):
    before = data_version()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE treatments_treatment SET summary = 'by hand'")
    assert data_version() == before
    record_untracked_changes()
    assert data_version() != before


def test_the_version_is_what_the_data_say_and_not_how_often_they_were_written(universe):
    before, mark = data_version(), Revision.objects.current_mark()
    SideEffect.objects.filter(slug="class-bone").update(onset="soon")
    assert data_version() != before
    SideEffect.objects.filter(slug="class-bone").update(onset="")
    assert data_version() == before
    assert Revision.objects.current_mark() != mark


def test_a_draft_changes_no_version_and_its_approval_does(statement, users, get_response):
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


def test_what_is_rolled_back_or_only_tried_never_was(statement, get_response):
    before, mark = data_version(), Revision.objects.current_mark()
    with transaction.atomic():
        SideEffect.objects.update(onset="soon")
        assert data_version() != before
        transaction.set_rollback(True)
    assert (data_version(), Revision.objects.current_mark()) == (before, mark)
    with dry_run(statement, serialize_record(statement) | {"frequency": "rare"}):
        assert data_version() != before
    assert (data_version(), Revision.objects.current_mark()) == (before, mark)


def test_the_state_is_read_once_for_all_answers_until_something_is_written(universe, get_response, monkeypatch):
    read, reads = DatasetState.read, []
    monkeypatch.setattr(DatasetState, "read", lambda: reads.append(1) or read())
    STATE_CACHE.clear()
    for _ in range(3):
        get_response("treatments/")
    assert len(reads) == 1
    Treatment.objects.update(summary="x")
    get_response("treatments/")
    assert len(reads) == 2


def test_a_token_is_looked_at_before_anything_is_told_to_be_unchanged(universe, get_response):
    tag = get_response("treatments/")["ETag"]
    assert get_response("treatments/", if_none_match=tag, authorization="Bearer kb_wrong").status_code == 401
    secret = ApiToken(user=make_user("anna"), name="app", scopes=["read"]).issue()
    for path in ("treatments/", "treatments/?format=csv"):
        tag = get_response(path)["ETag"]
        same = get_response(path, if_none_match=tag, authorization=f"Bearer {secret}")
        assert (same.status_code, same["ETag"], same.content) == (304, tag, b"")


def test_loading_the_shipped_data_gives_one_version_whatever_was_there(db):
    call_command("load_knowledge")
    first = data_version()
    call_command("load_knowledge", "--overwrite")
    assert data_version() == first


def test_what_is_written_and_its_mark_stand_or_fall_together(universe, monkeypatch):
    def fails(self):
        raise RuntimeError

    monkeypatch.setattr(type(Revision.objects.all()), "renew_mark", fails)
    place = Passage.objects.get()
    place.section = "Other"
    with pytest.raises(RuntimeError), transaction.atomic():
        place.save()
    assert Passage.objects.get().section == "Head"
