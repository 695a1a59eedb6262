"""Permissions: every role against every action, through the editorial services and through the admin."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from kb.editorial.confirmation import confirm_review
from kb.editorial.editing import (
    EditRequest,
    concurrency_token,
    create_draft,
    discard_draft,
    restore_version,
    save_or_propose,
)
from kb.editorial.review import approve, bring_up_to_date, reject, send_back, submit, withdraw
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.admin import NEW_SYMPTOM_FORM

ROLES = ["nobody", "viewer", "editor", "reviewer", "administrator"]
NEW_SYMPTOM = {"slug": "stiff", "name": "Stiff"}


@pytest.fixture
def review_records(statement, users):
    """A published statement with its version, a draft and a submitted change, all by the editor."""
    editor = users["editor"]
    draft = create_draft(
        Symptom, NEW_SYMPTOM | {"slug": "draft", "name": "Draft"}, EditRequest(editor, "It is missing.")
    )
    change = save_or_propose(
        statement, serialize_record(statement) | {"frequency": "rare"}, EditRequest(editor, "Said so.", submit=True)
    )
    version = Version.objects.for_records(statement).first()
    return {"statement": statement, "draft": draft, "change": change, "version": version}


def make_edit_request(user):
    return EditRequest(user, "Said so.")


# Action, initials of the roles that may do it, and how it is done. The submitted change is the editor's.
SERVICE_MATRIX = [
    ("write a new draft", "ERA", lambda user, records: create_draft(Symptom, NEW_SYMPTOM, make_edit_request(user))),
    (
        "edit a draft",
        "ERA",
        lambda user, records: save_or_propose(
            records["draft"], serialize_record(records["draft"]) | {"summary": "x"}, make_edit_request(user)
        ),
    ),
    (
        "propose a change",
        "ERA",
        lambda user, records: save_or_propose(
            records["statement"], serialize_record(records["statement"]) | {"onset": "x"}, make_edit_request(user)
        ),
    ),
    (
        "add a passage",
        "ERA",
        lambda user, records: create_draft(
            Passage, {"source": "page", "first_line": 4, "last_line": 5}, make_edit_request(user)
        ),
    ),
    ("discard a draft", "ERA", lambda user, records: discard_draft(user, records["draft"])),
    ("discard a published record", "", lambda user, records: discard_draft(user, records["statement"])),
    ("send one's own change", "E", lambda user, records: submit(user, records["change"], records["change"].lock)),
    ("withdraw one's own change", "E", lambda user, records: withdraw(user, records["change"], records["change"].lock)),
    (
        "approve the editor's change",
        "RA",
        lambda user, records: approve(user, records["change"], records["change"].lock),
    ),
    ("send it back", "RA", lambda user, records: send_back(user, records["change"], records["change"].lock, "No.")),
    ("reject it", "RA", lambda user, records: reject(user, records["change"], records["change"].lock, "No.")),
    (
        "bring it up to date",
        "ERA",
        lambda user, records: bring_up_to_date(user, records["change"], records["change"].lock),
    ),
    ("confirm a record", "RA", lambda user, records: confirm_review(user, records["statement"])),
]


def expand_matrix(matrix):
    return [
        pytest.param(role, act, role[0].upper() in allowed, id=f"{role}: {name}")
        for name, allowed, act in matrix
        for role in ROLES
    ]


@pytest.mark.parametrize(("role", "act", "allowed"), expand_matrix(SERVICE_MATRIX))
def test_each_action_of_the_services_is_limited_to_its_roles(review_records, users, role, act, allowed):
    if allowed:
        act(users[role], review_records)
    else:
        with pytest.raises(PermissionDenied):
            act(users[role], review_records)


def post_to_admin(client, page, /, *args, **data):
    return client.post(reverse(f"admin:{page}", args=args), data)


def approve_in_bulk(client, records):
    change = records["change"]
    client.get(reverse("admin:kb_change_change", args=[change.pk]))
    return post_to_admin(client, "kb_change_changelist", action="approve_selected", _selected_action=[change.pk])


def confirm_in_bulk(client, records):
    keys = [records["statement"].treatment_id]
    return post_to_admin(client, "treatments_treatment_changelist", action="confirm", _selected_action=keys)


def decide_support_by_form(client, records):
    statement = records["statement"]
    return post_to_admin(client, "symptoms_sideeffect_support", statement.pk, seen=concurrency_token(statement))


def send_in_bulk(client, records):
    form_data = {"action": "send_for_review", "_selected_action": [records["draft"].pk], "why": "Ready."}
    return post_to_admin(client, "symptoms_symptom_changelist", **form_data)


def make_decision(button):
    return lambda client, records: post_to_admin(
        client,
        "kb_change_change",
        records["change"].pk,
        **{button: "1", "seen": records["change"].lock, "remark": "No."},
    )


def post_new_draft(client, records):
    return post_to_admin(client, "symptoms_symptom_add", **NEW_SYMPTOM_FORM, _save="1")


def post_edited_draft(client, records):
    form_data = {
        "name": "Draft",
        "summary": "New words.",
        "kind": "unstated",
        "review_due": "2030-01-01",
        "why": "Better.",
    }
    buttons = {"seen": f"{Version.objects.for_records(records['draft']).count()}-", "_save": "1"}
    return post_to_admin(client, "symptoms_symptom_change", records["draft"].pk, **form_data, **buttons)


def post_restored_version(client, records):
    return post_to_admin(
        client,
        "symptoms_sideeffect_history",
        records["statement"].pk,
        version=records["version"].pk,
        why="It was right.",
    )


def capture_state():
    """Return everything that an action in the admin can change."""
    return [
        list(Change.objects.order_by("pk").values_list("pk", "state", "lock")),
        Version.objects.count(),
        Symptom.objects.count(),
    ]


ADMIN_MATRIX = [
    ("write a new draft", "ERA", post_new_draft),
    ("edit a draft", "ERA", post_edited_draft),
    (
        "discard a draft",
        "ERA",
        lambda client, records: post_to_admin(client, "symptoms_symptom_delete", records["draft"].pk, post="yes"),
    ),
    (
        "discard a published record",
        "",
        lambda client, records: post_to_admin(
            client, "symptoms_sideeffect_delete", records["statement"].pk, post="yes"
        ),
    ),
    ("send drafts in bulk", "ERA", send_in_bulk),
    ("withdraw one's own change", "E", make_decision("withdraw")),
    ("approve the editor's change", "RA", make_decision("approve")),
    ("send it back", "RA", make_decision("send_back")),
    ("reject it", "RA", make_decision("reject")),
    ("approve in bulk", "RA", approve_in_bulk),
    ("confirm in bulk", "RA", confirm_in_bulk),
    ("decide on the support of a statement", "RA", decide_support_by_form),
]


@pytest.mark.parametrize(("role", "act", "allowed"), expand_matrix(ADMIN_MATRIX))
def test_each_action_of_the_admin_is_limited_to_its_roles(review_records, users, client, role, act, allowed):
    client.force_login(users[role])
    state_before = capture_state()
    act(client, review_records)
    assert (capture_state() != state_before) == allowed


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_read_and_users_without_one_cannot(review_records, users, client, role):
    client.force_login(users[role])
    pages = ["kb_change_changelist", "symptoms_symptom_changelist", "kb_version_changelist"]
    statuses = {client.get(reverse(f"admin:{name}")).status_code for name in pages}
    statuses.add(client.get(reverse("admin:kb_change_change", args=[review_records["change"].pk])).status_code)
    statuses.add(
        client.get(reverse("admin:symptoms_sideeffect_history", args=[review_records["statement"].pk])).status_code
    )
    assert statuses == ({302} if role == "nobody" else {200})


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
@pytest.mark.parametrize("act", [make_decision("approve"), approve_in_bulk], ids=["form", "bulk"])
def test_nobody_approves_their_own_change_by_form_or_in_bulk(statement, users, client, role, act):
    change = save_or_propose(
        statement,
        serialize_record(statement) | {"frequency": "rare"},
        EditRequest(users[role], "Said so.", submit=True),
    )
    client.force_login(users[role])
    response = act(client, {"change": change})
    statement.refresh_from_db()
    assert statement.frequency == "unstated"
    assert response.status_code in {200, 302}
    with pytest.raises(PermissionDenied):
        approve(users[role], change, change.lock)


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
def test_nobody_approves_a_version_that_they_restored(statement, users, role):
    version = Version.objects.for_records(statement).first()
    SideEffect.objects.filter(pk=statement.pk).update(frequency="rare")
    _, change = restore_version(version, EditRequest(users[role], "It was right before.", submit=True))
    with pytest.raises(PermissionDenied):
        approve(users[role], change, change.lock)
