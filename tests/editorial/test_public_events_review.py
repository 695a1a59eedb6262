"""Public events and the review: drafts, proposals and users stay private; an approval carries its reason."""

import json

from django.db import transaction

from kb.editorial.confirmation import confirm_review
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Event, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.events import get_event_summaries as get_event_summaries
from tests.helpers.events import get_events as get_events


class TestPrivate:
    """Drafts, proposals, internal fields and users have no public events."""

    def test_a_draft_has_no_event_however_often_it_is_written(self, universe, users, get_event_summaries, get_json):
        draft = create_draft(Symptom, {"slug": "stiff", "name": "A secret"}, EditRequest(users["editor"], "A secret."))
        save_or_propose(
            draft, serialize_record(draft) | {"summary": "More."}, EditRequest(users["editor"], "A secret.")
        )
        Symptom.objects.get(slug="stiff").delete()
        assert get_event_summaries() == []
        assert "secret" not in json.dumps(list(Event.objects.values()), default=str)
        problem = get_json("changes/", status=400, slug="stiff")
        assert problem["errors"][0]["parameter"] == "slug"

    def test_a_proposal_without_approval_has_no_event(self, get_event_summaries, submitted_change):
        assert get_event_summaries() == []

    def test_an_internal_field_has_no_event(self, statement, get_event_summaries):
        SideEffect.objects.filter(pk=statement.pk).update(review_due="2030-01-01")
        assert Version.objects.for_records(statement).first().content["review_due"] == "2030-01-01"
        assert get_event_summaries() == []

    def test_author_and_reviewer_are_not_public(self, statement, users, api):
        for number, user in enumerate(users.values()):
            user.username, user.email = f"zqx-{number}", f"zqx-{number}@example.org"
            user.save()
        change = save_or_propose(
            statement,
            serialize_record(statement) | {"frequency": "rare"},
            EditRequest(users["editor"], "Line 2.", submit=True),
        )
        approve(users["reviewer"], change, change.lock, remark="zqx")
        for path in ("/api/v1/changes/", "/api/v1/changes/?format=atom", "/explore/changes/"):
            text = api.get(path).content.decode()
            assert "Line 2." in text
            assert "zqx" not in text
        assert {field.name for field in Event._meta.fields if field.is_relation} == set()


class TestReview:
    """An approval has one event, with the reason that the author of the change gave."""

    def test_an_approval_is_one_event_with_its_authors_reason(self, get_events, submitted_change, users):
        assert get_events() == []
        approve(users["reviewer"], submitted_change, submitted_change.lock)
        (event,) = get_events()
        assert (event["event"], event["fields"], event["why"]) == ("changed", ["frequency"], "Line 2 says so.")

    def test_a_new_record_has_its_event_at_publication_with_its_reason(self, users, universe, get_events):
        draft = create_draft(
            Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "Still thinking.")
        )
        change = save_or_propose(
            draft, serialize_record(draft), EditRequest(users["editor"], "It is spoken of.", submit=True)
        )
        approve(users["reviewer"], change, change.lock)
        assert [(e["event"], e["slug"], e["why"]) for e in get_events()] == [("published", "stiff", "It is spoken of.")]

    def test_a_confirmation_is_an_event(self, statement, users, get_events):
        confirm_review(users["reviewer"], statement)
        (event,) = get_events()
        assert (event["fields"], event["why"]) == (["reviewed_on"], "Reviewed against its sources; it stands.")

    def test_a_rolled_back_write_has_no_event(self, universe, get_event_summaries):
        with transaction.atomic():
            universe.make(Symptom, "new")
            assert get_event_summaries() == [("published", "new", [])]
            transaction.set_rollback(True)
        assert get_event_summaries() == []

    def test_the_forms_say_that_a_reason_becomes_public(self, statement, submitted_change, login_as):
        for username, path in [
            ("editor", f"/admin/symptoms/sideeffect/{statement.pk}/change/"),
            ("editor", "/admin/symptoms/sideeffect/import/"),
            ("editor", "/admin/symptoms/sideeffect/"),
        ]:
            assert "everybody can read it" in login_as(username).get(path).content.decode(), path
        assert (
            "public once approved"
            in login_as("reviewer").get(f"/admin/kb/change/{submitted_change.pk}/change/").content.decode()
        )
