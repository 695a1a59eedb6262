"""The admin's pages of changes and versions: review queue, decisions, edit conflicts, history, impact and preview."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from kb.editorial.editing import EditRequest, create_draft, discard_draft, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.admin import NEW_SYMPTOM_FORM, build_admin_url, read_form_data
from treatments.models import Treatment


def build_change_url(submitted_change):
    return reverse("admin:kb_change_change", args=[submitted_change.pk])


def get_text(response):
    return response.content.decode()


def test_the_queue_shows_who_why_what_and_how_old(login_as, submitted_change):
    changelist_url = reverse("admin:kb_change_changelist")
    page = get_text(login_as("reviewer").get(changelist_url, {"state__exact": "submitted", "whose": "others"}))
    for text in ("class-bone.", "Line 2 says so.", "editor", "Frequency", "0\xa0minutes", "Awaiting review"):
        assert text in page
    assert "Line 2 says so." not in get_text(login_as("editor").get(changelist_url, {"whose": "others"}))


def test_the_number_of_queries_does_not_grow_with_the_queue(
    login_as, universe, users, submitted_change, django_assert_max_num_queries
):
    for record in [*SideEffect.objects.exclude(slug="class-bone"), *Treatment.objects.all()]:
        field = "summary" if isinstance(record, Treatment) else "onset"
        save_or_propose(
            record, serialize_record(record) | {field: "x"}, EditRequest(users["editor"], "So.", submit=True)
        )
    client = login_as("reviewer")
    with django_assert_max_num_queries(16):
        client.get(reverse("admin:kb_change_changelist"))


def test_a_change_shows_the_cited_passages_before_and_after(login_as, statement, users, universe):
    passage = create_draft(
        type(universe.passage),
        {"source": "page", "section": "Other", "first_line": 5, "last_line": 6},
        EditRequest(users["editor"], "It is missing."),
    )
    content = serialize_record(statement) | {"citations": [["page", 1, 2], ["page", 5, 6]]}
    change = save_or_propose(statement, content, EditRequest(users["editor"], "Said there too.", submit=True))
    page = get_text(login_as("reviewer").get(build_change_url(change)))
    added = page[page.index("<ins>") : page.index("</ins>")]
    assert "lines 5–6" in added
    assert "under “Other”" in added
    assert "/explore/sources/page/?from_line=5#line-5" in added
    assert passage.section == "Other"


def test_only_users_who_may_decide_see_the_decision_form(login_as, submitted_change):
    assert "Approve and publish" in get_text(login_as("reviewer").get(build_change_url(submitted_change)))
    own = get_text(login_as("editor").get(build_change_url(submitted_change)))
    assert "Approve and publish" not in own
    assert "Withdraw" in own
    assert '<form method="post" class="module decision">' not in get_text(
        login_as("viewer").get(build_change_url(submitted_change))
    )


def test_a_decision_that_comes_too_late_is_refused_and_changes_nothing(login_as, submitted_change, users, statement):
    approve(users["second reviewer"], submitted_change, submitted_change.lock)
    response = login_as("reviewer").post(
        build_change_url(submitted_change), {"reject": "1", "remark": "No.", "seen": submitted_change.lock - 1}
    )
    assert "Somebody was faster: this change is now “Approved”" in get_text(response)
    submitted_change.refresh_from_db()
    assert submitted_change.state == "approved"


def test_an_outdated_change_shows_the_difference_and_can_be_updated(login_as, submitted_change, users, statement):
    other_change = save_or_propose(
        statement,
        serialize_record(statement) | {"onset": "at once"},
        EditRequest(users["administrator"], "Also.", submit=True),
    )
    approve(users["reviewer"], other_change, other_change.lock)
    page = get_text(login_as("second reviewer").get(build_change_url(submitted_change)))
    assert "The record has moved on since this was written" in page
    assert "at once" in page
    login_as("second reviewer").post(
        build_change_url(submitted_change), {"bring_up_to_date": "1", "seen": submitted_change.lock}
    )
    login_as("second reviewer").post(
        build_change_url(submitted_change), {"approve": "1", "seen": submitted_change.lock + 1}
    )
    statement.refresh_from_db()
    assert (statement.frequency, statement.onset) == ("rare", "at once")


def test_several_changes_are_approved_at_once_in_order_of_dependency(login_as, universe, users):
    draft_request = EditRequest(users["editor"], "It is missing.", submit=False)
    treatment = create_draft(Treatment, {"slug": "low", "name": "Low", "kind": "class"}, draft_request)
    fields = {"text": "Low aches.", "treatment": "low", "symptom": "pain", "citations": [["page", 1, 2]]}
    statement = create_draft(SideEffect, {"slug": "low-aches", "effect": "causes"} | fields, draft_request)
    submit_request = EditRequest(users["editor"], "Ready.", submit=True)
    changes = [save_or_propose(treatment, serialize_record(treatment), submit_request).pk]
    Treatment.objects.filter(pk=treatment.pk).update(status="published")
    changes.append(save_or_propose(statement, serialize_record(statement), submit_request).pk)
    Treatment.objects.filter(pk=treatment.pk).update(status="draft")
    Change.objects.filter(pk=changes[0]).update(submitted_at="2030-01-01T00:00:00Z")
    client = login_as("reviewer")
    for change in Change.objects.all():
        client.get(build_change_url(change))
    form_data = {"action": "approve_selected", "_selected_action": changes}
    page = get_text(client.post(reverse("admin:kb_change_changelist"), form_data, follow=True))
    assert "2 approved" in page
    statement.refresh_from_db()
    assert statement.status == "published"


def test_the_second_of_two_editors_is_shown_both_versions(login_as, users, universe):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "It is missing."))
    url = build_admin_url(Symptom, "change", draft.pk)
    client = login_as("administrator")
    form_data = read_form_data(client, url) | {"summary": "Mine."}
    save_or_propose(
        draft,
        serialize_record(draft) | {"summary": "Theirs.", "synonyms": ["rigid"]},
        EditRequest(users["editor"], "Better."),
    )
    del form_data["_send"]
    response = client.post(url, form_data)
    page = get_text(response)
    assert "Somebody else has written to this record" in page
    conflict = response.context["adminform"].form.conflict
    assert [(d.field, d.before, d.after) for d in conflict["theirs"]] == [
        ("Synonyms", [], ["rigid"]),
        ("Summary", [], ["Theirs."]),
    ]
    assert "Mine." in page
    draft.refresh_from_db()
    assert draft.summary == "Theirs."
    second_form_data = form_data | {"seen": response.context["adminform"].form.data["seen"], "summary": "Both."}
    assert client.post(url, second_form_data).status_code == 302
    draft.refresh_from_db()
    assert draft.summary == "Both."


def test_a_pending_change_of_another_user_is_shown_above_the_form(login_as, submitted_change, statement):
    page = get_text(login_as("reviewer").get(build_admin_url(SideEffect, "change", statement.pk)))
    assert "Somebody else proposes something for this record, too" in page
    assert f'<a href="{build_change_url(submitted_change)}">editor: Line 2 says so.</a>' in page


def test_the_form_continues_the_users_own_pending_change(login_as, submitted_change, statement):
    form = login_as("editor").get(build_admin_url(SideEffect, "change", statement.pk)).context["adminform"].form
    assert (form["frequency"].value(), form["why"].value()) == ("rare", "Line 2 says so.")


def test_the_history_shows_each_change_and_restores_a_version(login_as, submitted_change, statement, users):
    approve(users["reviewer"], submitted_change, submitted_change.lock)
    url = reverse("admin:symptoms_sideeffect_history", args=[statement.pk])
    page = get_text(login_as("editor").get(url))
    for text in ("Line 2 says so.", "editor", "reviewer", "<del>Not stated</del>", "<ins>Rare</ins>"):
        assert text in page
    previous_version = Version.objects.for_records(statement)[1]
    login_as("editor").post(url, {"version": previous_version.pk, "why": "It was right before.", "_send": "1"})
    restoring_change = Change.objects.get(state="submitted")
    assert (restoring_change.content["frequency"], restoring_change.way) == ("unstated", "restored")


def test_a_discarded_draft_is_restored_from_its_history(login_as, users, universe):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "It is missing."))
    discard_draft(users["editor"], draft)
    last_version = Version.objects.filter(slug="stiff").first()
    url = reverse("admin:kb_version_of", args=[last_version.kind_id, last_version.object_id])
    assert "The record was discarded" in get_text(login_as("editor").get(url))
    assert "stiff" in get_text(login_as("editor").get(reverse("admin:kb_version_changelist")))
    login_as("editor").post(url, {"version": Version.objects.filter(slug="stiff").last().pk, "why": "A mistake."})
    assert Symptom.objects.get(slug="stiff").status == "draft"


class TestImpactAndPreview:
    """Before a change is saved, its impact on the API's answers and a preview of the page are shown."""

    @pytest.fixture
    def move_drug_form(self, login_as, universe):
        """A form that moves the drug to another class."""
        client = login_as("editor")
        drug, loner = (Treatment.objects.get(slug=slug) for slug in ("drug", "loner"))
        url = build_admin_url(Treatment, "change", drug.pk)
        return client, url, read_form_data(client, url) | {"parents": loner.pk}

    def test_a_move_to_another_class_shows_its_impact_and_is_saved_once_acknowledged(self, move_drug_form):
        client, url, form_data = move_drug_form
        response = client.post(url, form_data)
        page = get_text(response)
        assert "Read what this changes for readers, then save again" in page
        assert "class-bone." in page
        assert not Change.objects.exists()
        weighed = response.context["adminform"].form.data["weighed"]
        assert client.post(url, form_data | {"weighed": weighed}).status_code == 302
        assert Change.objects.get().content["parents"] == ["loner"]

    def test_an_acknowledgement_does_not_hold_for_another_move(self, move_drug_form):
        client, url, form_data = move_drug_form
        weighed = client.post(url, form_data).context["adminform"].form.data["weighed"]
        other_form_data = form_data | {"weighed": weighed, "parents": []}
        assert "Read what this changes for readers, then save again" in get_text(client.post(url, other_form_data))

    def test_the_reviewer_sees_it_too(self, move_drug_form, login_as):
        client, url, form_data = move_drug_form
        weighed = client.post(url, form_data).context["adminform"].form.data["weighed"]
        client.post(url, form_data | {"weighed": weighed})
        page = get_text(login_as("reviewer").get(build_change_url(Change.objects.get())))
        assert "What changes for readers" in page

    def test_a_preview_leaves_nothing_in_the_database(self, move_drug_form, get_json):
        client, url, form_data = move_drug_form
        versions_before = Version.objects.count()
        page = get_text(client.post(url, form_data | {"_preview": "1", "summary": "In new words."}))
        assert "Preview: this is not public." in page
        assert "In new words." in page
        assert (Change.objects.count(), Version.objects.count()) == (0, versions_before)
        assert get_json("treatments/drug/")["summary"] == ""

    def test_a_preview_of_invalid_content_shows_the_error(self, move_drug_form):
        client, url, form_data = move_drug_form
        page = get_text(client.post(url, form_data | {"_preview": "1", "synonyms": "loner"}))
        assert "“loner” is already a name of “Loner”" in strip_tags(page)

    def test_a_reviewer_previews_a_submitted_change(self, login_as, submitted_change):
        page = get_text(login_as("reviewer").get(build_change_url(submitted_change), {"preview": "yes"}))
        assert "Preview: this is not public." in page
        assert "rare" in page.lower()

    def test_a_new_record_is_previewed_before_it_is_created(self, login_as, universe):
        page = get_text(login_as("editor").post(build_admin_url(Symptom, "add"), NEW_SYMPTOM_FORM | {"_preview": "1"}))
        assert "Preview: this is not public." in page
        assert not Symptom.objects.filter(slug="stiff").exists()
