"""Who may do what: each role, each action, on each way on which it can be tried."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from kb.editorial.editing import EditRequest, create_draft, discard_draft, restore_version, save_or_propose
from kb.editorial.review import approve, bring_up_to_date, confirm_review, reject, send_back, submit, withdraw
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect, Symptom

ROLES = ["nobody", "viewer", "editor", "reviewer", "administrator"]
NEW_SYMPTOM = {"slug": "stiff", "name": "Stiff"}


@pytest.fixture
def review_records(statement, users):
    """Something of everything: a draft, a change that waits, one that was sent back; all by the editor."""
    editor = users["editor"]
    draft = create_draft(Symptom, NEW_SYMPTOM | {"slug": "draft", "name": "Draft"}, EditRequest(editor, "New."))
    change = save_or_propose(
        statement, serialize_record(statement) | {"frequency": "rare"}, EditRequest(editor, "Said so.", submit=True)
    )
    return {"said": statement, "draft": draft, "change": change, "then": Version.objects.for_records(statement).first()}


def make_edit_request(user):
    return EditRequest(user, "Said so.")


# What is tried, by whom it may be done (N: no role, V, E, R, A), and how. The waiting change is the editor's.
SERVICE_MATRIX = [
    ("write a new draft", "ERA", lambda u, s: create_draft(Symptom, NEW_SYMPTOM, make_edit_request(u))),
    (
        "write into a draft",
        "ERA",
        lambda u, s: save_or_propose(s["draft"], serialize_record(s["draft"]) | {"summary": "x"}, make_edit_request(u)),
    ),
    (
        "propose a change",
        "ERA",
        lambda u, s: save_or_propose(s["said"], serialize_record(s["said"]) | {"onset": "x"}, make_edit_request(u)),
    ),
    (
        "add a passage",
        "ERA",
        lambda u, s: create_draft(Passage, {"source": "page", "first_line": 4, "last_line": 5}, make_edit_request(u)),
    ),
    ("discard a draft", "ERA", lambda u, s: discard_draft(u, s["draft"])),
    ("discard what is public", "", lambda u, s: discard_draft(u, s["said"])),
    ("send one's own change", "E", lambda u, s: submit(u, s["change"], s["change"].lock)),
    ("withdraw one's own change", "E", lambda u, s: withdraw(u, s["change"], s["change"].lock)),
    ("approve the editor's change", "RA", lambda u, s: approve(u, s["change"], s["change"].lock)),
    ("send it back", "RA", lambda u, s: send_back(u, s["change"], s["change"].lock, "No.")),
    ("reject it", "RA", lambda u, s: reject(u, s["change"], s["change"].lock, "No.")),
    ("bring it up to date", "ERA", lambda u, s: bring_up_to_date(u, s["change"], s["change"].lock)),
    ("confirm a record", "RA", lambda u, s: confirm_review(u, s["said"])),
]


def expand_matrix(table):
    return [
        pytest.param(role, act, role[0].upper() in allowed, id=f"{role}: {name}")
        for name, allowed, act in table
        for role in ROLES
    ]


@pytest.mark.parametrize(("role", "act", "allowed"), expand_matrix(SERVICE_MATRIX))
def test_below_the_form(review_records, users, role, act, allowed):
    if allowed:
        act(users[role], review_records)
    else:
        with pytest.raises(PermissionDenied):
            act(users[role], review_records)


def post_to_admin(client, page, /, *args, **data):
    return client.post(reverse(f"admin:{page}", args=args), data)


def approve_in_bulk(client, s):
    change = s["change"]
    chosen = {"_selected_action": [change.pk], "seen": [f"{change.pk}:{change.lock}"]}
    return post_to_admin(client, "kb_change_changelist", action="approve_selected", **chosen)


def confirm_in_bulk(client, s):
    return post_to_admin(client, "symptoms_sideeffect_changelist", action="confirm", _selected_action=[s["said"].pk])


def send_in_bulk(client, s):
    chosen = {"action": "send_for_review", "_selected_action": [s["draft"].pk], "why": "Ready."}
    return post_to_admin(client, "symptoms_symptom_changelist", **chosen)


def make_decision(button):
    return lambda client, s: post_to_admin(
        client, "kb_change_change", s["change"].pk, **{button: "1", "seen": s["change"].lock, "remark": "No."}
    )


def post_new_draft(client, s):
    new = {
        "name": "Stiff",
        "slug": "stiff",
        "kind": "unstated",
        "review_due": "2030-01-01",
        "why": "New.",
        "_save": "1",
    }
    return post_to_admin(client, "symptoms_symptom_add", **new)


def post_edited_draft(client, s):
    old = {"name": "Draft", "summary": "New words.", "kind": "unstated", "review_due": "2030-01-01", "why": "Better."}
    seen = {"seen": f"{Version.objects.for_records(s['draft']).count()}-", "_save": "1"}
    return post_to_admin(client, "symptoms_symptom_change", s["draft"].pk, **old, **seen)


def post_restored_version(client, s):
    return post_to_admin(client, "symptoms_sideeffect_history", s["said"].pk, version=s["then"].pk, why="It was right.")


def capture_state():
    """All that a way into the knowledge base can leave behind."""
    return [
        list(Change.objects.order_by("pk").values_list("pk", "state", "lock")),
        Version.objects.count(),
        Symptom.objects.count(),
    ]


ADMIN_MATRIX = [
    ("write a new draft", "ERA", post_new_draft),
    ("write into a draft", "ERA", post_edited_draft),
    ("discard a draft", "ERA", lambda c, s: post_to_admin(c, "symptoms_symptom_delete", s["draft"].pk, post="yes")),
    (
        "discard what is public",
        "",
        lambda c, s: post_to_admin(c, "symptoms_sideeffect_delete", s["said"].pk, post="yes"),
    ),
    ("send drafts in bulk", "ERA", send_in_bulk),
    ("withdraw one's own change", "E", make_decision("withdraw")),
    ("approve the editor's change", "RA", make_decision("approve")),
    ("send it back", "RA", make_decision("send_back")),
    ("reject it", "RA", make_decision("reject")),
    ("approve in bulk", "RA", approve_in_bulk),
    ("confirm in bulk", "RA", confirm_in_bulk),
]


@pytest.mark.parametrize(("role", "act", "allowed"), expand_matrix(ADMIN_MATRIX))
def test_in_the_admin(review_records, users, client, role, act, allowed):
    client.force_login(users[role])
    before = capture_state()
    act(client, review_records)
    assert (capture_state() != before) == allowed


@pytest.mark.parametrize("role", ROLES)
def test_who_may_look(review_records, users, client, role):
    client.force_login(users[role])
    pages = ["kb_change_changelist", "symptoms_symptom_changelist", "kb_version_changelist"]
    found = {client.get(reverse(f"admin:{name}")).status_code for name in pages}
    found.add(client.get(reverse("admin:kb_change_change", args=[review_records["change"].pk])).status_code)
    found.add(client.get(reverse("admin:symptoms_sideeffect_history", args=[review_records["said"].pk])).status_code)
    assert found == ({302} if role == "nobody" else {200})


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
@pytest.mark.parametrize("act", [make_decision("approve"), approve_in_bulk], ids=["form", "bulk"])
def test_nobody_publishes_what_they_wrote_on_any_way(statement, users, client, role, act):
    change = save_or_propose(
        statement,
        serialize_record(statement) | {"frequency": "rare"},
        EditRequest(users[role], "Said so.", submit=True),
    )
    client.force_login(users[role])
    page = act(client, {"change": change})
    statement.refresh_from_db()
    assert statement.frequency == "unstated"
    assert page.status_code in {200, 302}
    with pytest.raises(PermissionDenied):
        approve(users[role], change, change.lock)


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
def test_who_brings_a_state_back_does_not_approve_it(statement, users, role):
    before = Version.objects.for_records(statement).first()
    SideEffect.objects.filter(pk=statement.pk).update(frequency="rare")
    _, change = restore_version(before, EditRequest(users[role], "It was right before.", submit=True))
    with pytest.raises(PermissionDenied):
        approve(users[role], change, change.lock)
