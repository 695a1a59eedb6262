"""Of drafts and people nothing is told, and of what goes through the review only its end and its reason."""

import json

from django.db import transaction

from kb.editorial.editing import Wish, begin, save
from kb.editorial.review import approve, confirm
from kb.editorial.snapshot import content_of
from kb.models import Event, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.events import heard as heard
from tests.helpers.events import told as told


class TestWhatIsNeverTold:
    """Drafts, people, and what is the editors' own."""

    def test_a_draft_however_often_it_is_written(self, universe, people, told, ask):
        draft = begin(Symptom, {"slug": "stiff", "name": "A secret"}, Wish(people["editor"], "A secret."))
        save(draft, content_of(draft) | {"summary": "More."}, Wish(people["editor"], "A secret."))
        Symptom.objects.get(slug="stiff").delete()
        assert told() == []
        assert "secret" not in json.dumps(list(Event.objects.values()), default=str)
        problem = ask("changes/", status=400, slug="stiff")
        assert problem["errors"][0]["parameter"] == "slug"

    def test_a_proposal_that_nobody_approved(self, told, change):
        assert told() == []

    def test_what_is_the_editors_own(self, said, told):
        SideEffect.objects.filter(pk=said.pk).update(review_due="2030-01-01")
        assert Version.objects.about(said).first().content["review_due"] == "2030-01-01"
        assert told() == []

    def test_who_wrote_it_and_who_approved_it(self, said, people, api):
        for number, user in enumerate(people.values()):
            user.username, user.email = f"zqx-{number}", f"zqx-{number}@example.org"
            user.save()
        change = save(said, content_of(said) | {"frequency": "rare"}, Wish(people["editor"], "Line 2.", send=True))
        approve(people["reviewer"], change, change.lock, remark="zqx")
        for path in ("/api/v1/changes/", "/api/v1/changes/?format=atom", "/explore/changes/"):
            answer = api.get(path).content.decode()
            assert "Line 2." in answer
            assert "zqx" not in answer
        assert {field.name for field in Event._meta.fields if field.is_relation} == set()


class TestReview:
    """What goes through the review is told once, as it is published, in the words of whoever proposed it."""

    def test_an_approval_is_one_event_with_its_authors_reason(self, heard, change, people):
        assert heard() == []
        approve(people["reviewer"], change, change.lock)
        (event,) = heard()
        assert (event["event"], event["fields"], event["why"]) == ("changed", ["frequency"], "Line 2 says so.")

    def test_a_new_record_is_told_when_it_is_published_with_the_reason_it_was_sent_with(self, people, universe, heard):
        draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "Still thinking."))
        change = save(draft, content_of(draft), Wish(people["editor"], "It is spoken of.", send=True))
        approve(people["reviewer"], change, change.lock)
        assert [(e["event"], e["slug"], e["why"]) for e in heard()] == [("published", "stiff", "It is spoken of.")]

    def test_a_confirmation_tells_that_it_was_reviewed(self, said, people, heard):
        confirm(people["reviewer"], said)
        (event,) = heard()
        assert (event["fields"], event["why"]) == (["reviewed_on"], "Reviewed against its sources; it stands.")

    def test_what_is_rolled_back_was_never_told(self, universe, told):
        with transaction.atomic():
            universe.make(Symptom, "new")
            assert told() == [("published", "new", [])]
            transaction.set_rollback(True)
        assert told() == []

    def test_whoever_gives_a_reason_is_told_that_it_becomes_public(self, said, change, sit):
        for person, path in [
            ("editor", f"/admin/symptoms/sideeffect/{said.pk}/change/"),
            ("editor", "/admin/symptoms/sideeffect/import/"),
            ("editor", "/admin/symptoms/sideeffect/"),
        ]:
            assert "everybody can read it" in sit(person).get(path).content.decode(), path
        assert "public once approved" in sit("reviewer").get(f"/admin/kb/change/{change.pk}/change/").content.decode()
