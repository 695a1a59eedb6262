"""Who may do what: each role, each action, on each way on which it can be tried."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from kb.editorial.editing import Wish, begin, discard, restore, save
from kb.editorial.review import approve, bring_up_to_date, confirm, reject, send_back, submit, withdraw
from kb.editorial.snapshot import content_of
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect, Symptom

ROLES = ["nobody", "viewer", "editor", "reviewer", "administrator"]
NEW = {"slug": "stiff", "name": "Stiff"}


@pytest.fixture
def stage(said, people):
    """Something of everything: a draft, a change that waits, one that was sent back; all by the editor."""
    editor = people["editor"]
    draft = begin(Symptom, NEW | {"slug": "draft", "name": "Draft"}, Wish(editor, "New."))
    change = save(said, content_of(said) | {"frequency": "rare"}, Wish(editor, "Said so.", send=True))
    return {"said": said, "draft": draft, "change": change, "then": Version.objects.about(said).first()}


def wish(user):
    return Wish(user, "Said so.")


# What is tried, by whom it may be done (N: no role, V, E, R, A), and how. The waiting change is the editor's.
SERVICE = [
    ("write a new draft", "ERA", lambda u, s: begin(Symptom, NEW, wish(u))),
    ("write into a draft", "ERA", lambda u, s: save(s["draft"], content_of(s["draft"]) | {"summary": "x"}, wish(u))),
    ("propose a change", "ERA", lambda u, s: save(s["said"], content_of(s["said"]) | {"onset": "x"}, wish(u))),
    ("add a passage", "ERA", lambda u, s: begin(Passage, {"source": "page", "first_line": 4, "last_line": 5}, wish(u))),
    ("discard a draft", "ERA", lambda u, s: discard(u, s["draft"])),
    ("discard what is public", "", lambda u, s: discard(u, s["said"])),
    ("send one's own change", "E", lambda u, s: submit(u, s["change"], s["change"].lock)),
    ("withdraw one's own change", "E", lambda u, s: withdraw(u, s["change"], s["change"].lock)),
    ("approve the editor's change", "RA", lambda u, s: approve(u, s["change"], s["change"].lock)),
    ("send it back", "RA", lambda u, s: send_back(u, s["change"], s["change"].lock, "No.")),
    ("reject it", "RA", lambda u, s: reject(u, s["change"], s["change"].lock, "No.")),
    ("bring it up to date", "ERA", lambda u, s: bring_up_to_date(u, s["change"], s["change"].lock)),
    ("confirm a record", "RA", lambda u, s: confirm(u, s["said"])),
]


def cells(table):
    return [
        pytest.param(role, act, role[0].upper() in allowed, id=f"{role}: {name}")
        for name, allowed, act in table
        for role in ROLES
    ]


@pytest.mark.parametrize(("role", "act", "allowed"), cells(SERVICE))
def test_below_the_form(stage, people, role, act, allowed):
    if allowed:
        act(people[role], stage)
    else:
        with pytest.raises(PermissionDenied):
            act(people[role], stage)


def post(client, page, /, *args, **data):
    return client.post(reverse(f"admin:{page}", args=args), data)


def approve_in_bulk(client, s):
    change = s["change"]
    chosen = {"_selected_action": [change.pk], "seen": [f"{change.pk}:{change.lock}"]}
    return post(client, "kb_change_changelist", action="approve_selected", **chosen)


def confirm_in_bulk(client, s):
    return post(client, "symptoms_sideeffect_changelist", action="confirm", _selected_action=[s["said"].pk])


def send_in_bulk(client, s):
    chosen = {"action": "send_for_review", "_selected_action": [s["draft"].pk], "why": "Ready."}
    return post(client, "symptoms_symptom_changelist", **chosen)


def decide(button):
    return lambda client, s: post(
        client, "kb_change_change", s["change"].pk, **{button: "1", "seen": s["change"].lock, "remark": "No."}
    )


def write(client, s):
    new = {
        "name": "Stiff",
        "slug": "stiff",
        "kind": "unstated",
        "review_due": "2030-01-01",
        "why": "New.",
        "_save": "1",
    }
    return post(client, "symptoms_symptom_add", **new)


def edit(client, s):
    old = {"name": "Draft", "summary": "New words.", "kind": "unstated", "review_due": "2030-01-01", "why": "Better."}
    seen = {"seen": f"{Version.objects.about(s['draft']).count()}-", "_save": "1"}
    return post(client, "symptoms_symptom_change", s["draft"].pk, **old, **seen)


def bring_back(client, s):
    return post(client, "symptoms_sideeffect_history", s["said"].pk, version=s["then"].pk, why="It was right.")


def touched():
    """All that a way into the knowledge base can leave behind."""
    return [
        list(Change.objects.order_by("pk").values_list("pk", "state", "lock")),
        Version.objects.count(),
        Symptom.objects.count(),
    ]


ADMIN = [
    ("write a new draft", "ERA", write),
    ("write into a draft", "ERA", edit),
    ("discard a draft", "ERA", lambda c, s: post(c, "symptoms_symptom_delete", s["draft"].pk, post="yes")),
    ("discard what is public", "", lambda c, s: post(c, "symptoms_sideeffect_delete", s["said"].pk, post="yes")),
    ("send drafts in bulk", "ERA", send_in_bulk),
    ("withdraw one's own change", "E", decide("withdraw")),
    ("approve the editor's change", "RA", decide("approve")),
    ("send it back", "RA", decide("send_back")),
    ("reject it", "RA", decide("reject")),
    ("approve in bulk", "RA", approve_in_bulk),
    ("confirm in bulk", "RA", confirm_in_bulk),
]


@pytest.mark.parametrize(("role", "act", "allowed"), cells(ADMIN))
def test_in_the_admin(stage, people, client, role, act, allowed):
    client.force_login(people[role])
    before = touched()
    act(client, stage)
    assert (touched() != before) == allowed


@pytest.mark.parametrize("role", ROLES)
def test_who_may_look(stage, people, client, role):
    client.force_login(people[role])
    pages = ["kb_change_changelist", "symptoms_symptom_changelist", "kb_version_changelist"]
    found = {client.get(reverse(f"admin:{name}")).status_code for name in pages}
    found.add(client.get(reverse("admin:kb_change_change", args=[stage["change"].pk])).status_code)
    found.add(client.get(reverse("admin:symptoms_sideeffect_history", args=[stage["said"].pk])).status_code)
    assert found == ({302} if role == "nobody" else {200})


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
@pytest.mark.parametrize("act", [decide("approve"), approve_in_bulk], ids=["form", "bulk"])
def test_nobody_publishes_what_they_wrote_on_any_way(said, people, client, role, act):
    change = save(said, content_of(said) | {"frequency": "rare"}, Wish(people[role], "Said so.", send=True))
    client.force_login(people[role])
    page = act(client, {"change": change})
    said.refresh_from_db()
    assert said.frequency == "unstated"
    assert page.status_code in {200, 302}
    with pytest.raises(PermissionDenied):
        approve(people[role], change, change.lock)


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
def test_who_brings_a_state_back_does_not_approve_it(said, people, role):
    before = Version.objects.about(said).first()
    SideEffect.objects.filter(pk=said.pk).update(frequency="rare")
    _, change = restore(before, Wish(people[role], "It was right before.", send=True))
    with pytest.raises(PermissionDenied):
        approve(people[role], change, change.lock)
