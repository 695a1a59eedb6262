"""Suggestions from outside: said with a token, held to what exists, answered in the work list, never in the data."""

import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from kb.about import data_version
from kb.choices import TokenScope
from kb.models import ApiToken, Suggestion
from kb.models.tokens import in_a_year
from symptoms.models import Guidance, SideEffect
from treatments.models import Treatment

URL = "/api/v1/suggestions/"
SAID = {"kind": "side-effects", "slug": "class-bone", "field": "frequency", "text": "It is common."}


def person(name, role=None, **fields):
    user = User.objects.create_user(name, is_staff=role is not None, **fields)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def give(user, name="app", scopes=(TokenScope.SUGGEST,)):
    """A token's secret."""
    return ApiToken(user=user, name=name, scopes=[str(scope) for scope in scopes]).issue()


def holder(secret, scheme="Bearer"):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return client


@pytest.fixture
def anna(db):
    return person("anna")


@pytest.fixture
def app(universe, anna):
    """A client that speaks for Anna."""
    return holder(give(anna))


@pytest.fixture
def send(app):
    """Send a suggestion and get the answer; members as keywords, left out where they are None."""

    def send(status=201, **members):
        body = {name: value for name, value in (SAID | members).items() if value is not None}
        answer = app.post(URL, body, format="json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    return send


def problem(answer, status):
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    assert "no-store" in answer["Cache-Control"]
    told = answer.json()
    assert told["status"] == status
    return told


def faults(told):
    return {error["pointer"]: error["nearest"] for error in told["errors"]}


# What is sent


def test_a_suggestion_is_kept_and_answered_with_what_was_understood(app, anna):
    answer = app.post(URL, SAID | {"proposed": " common ", "evidence": "page, line 1"}, format="json")
    told = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == told["url"]
    assert answer["Cache-Control"] == "no-store"
    assert told["record"]["slug"] == "class-bone"
    assert told["record"]["url"].endswith("/api/v1/side-effects/class-bone/")
    said = SAID | {"proposed": "common", "evidence": "page, line 1", "state": "open", "answer": ""}
    assert {name: told[name] for name in said if name != "slug"} == {n: said[n] for n in said if n != "slug"}
    kept = Suggestion.objects.get()
    assert (str(kept.pk), kept.sender, kept.app, kept.record.slug) == (told["id"], anna, "app", "class-bone")


def test_nothing_of_it_reaches_the_data(send):
    before = data_version()
    said = SideEffect.objects.get(slug="class-bone")
    send(proposed="common")
    assert data_version() == before
    assert SideEffect.objects.get(slug="class-bone").updated_at == said.updated_at


def test_a_suggestion_may_be_about_the_whole_record(send):
    assert send(field=None)["field"] == send(field="", text="Another.")["field"] == ""


def test_the_same_sent_again_while_it_is_open_is_not_kept_twice(app, send, anna):
    first = send()
    assert send(status=200) == first
    assert send(evidence="A leaflet.")["id"] != first["id"]  # It says more, so nothing of it is lost.
    other = holder(give(person("bert")))
    assert other.post(URL, SAID, format="json").status_code == 201
    Suggestion.objects.filter(pk=first["id"]).update(
        state="declined", answer="No.", handled_by=anna, handled_at=timezone.now()
    )
    assert send()["id"] != first["id"]


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ({"kind": "side-effect"}, {"#/kind": "side-effects"}),
        ({"kind": "passages"}, {"#/kind": None}),
        ({"slug": "clas-bone"}, {"#/slug": "class-bone"}),
        ({"kind": "treatments", "slug": "Brandol", "field": None}, {"#/slug": "drug"}),
        ({"field": "frequncy"}, {"#/field": "frequency"}),
        ({"field": "search_index"}, {"#/field": None}),
        ({"field": "basis"}, {"#/field": None}),
        ({"txt": "x", "text": None}, {"#/txt": "text", "#/text": None}),
        ({"state": "declined"}, {"#/state": None}),
        ({"a/b~c d": 1}, {"#/a~1b~0c%20d": None}),
        ({"text": ""}, {"#/text": None}),
        ({"text": " \n "}, {"#/text": None}),
        ({"text": 5}, {"#/text": None}),
        ({"text": True}, {"#/text": None}),
        ({"text": ["x"]}, {"#/text": None}),
        ({"proposed": {}}, {"#/proposed": None}),
        ({"kind": 1, "slug": 2}, {"#/kind": None, "#/slug": None}),
        ({"text": "a\0b"}, {"#/text": None}),
        ({"slug": "class\0bone"}, {"#/slug": None}),
        ({"text": "x" * 2001}, {"#/text": None}),
        ({"evidence": "x" * 1001, "proposed": "x" * 2001}, {"#/evidence": None, "#/proposed": None}),
        ({"slug": "x" * 121}, {"#/slug": None}),
        ({"kind": None, "slug": None, "text": None}, {"#/kind": None, "#/slug": None, "#/text": None}),
    ],
    ids=str,
)
def test_what_is_not_understood_is_refused_at_once_with_the_nearest(app, members, wrong):
    body = {name: value for name, value in (SAID | members).items() if value is not None}
    found = faults(problem(app.post(URL, body, format="json"), 400))
    assert wrong.items() <= found.items()
    assert found.keys() - {"#/field"} <= wrong.keys()
    assert not Suggestion.objects.exists()


def test_null_is_no_text(app):
    assert faults(problem(app.post(URL, SAID | {"field": None}, format="json"), 400)) == {"#/field": None}


def test_the_longest_texts_are_kept_whole(send):
    told = send(text="ü" * 2000, proposed="𝕏" * 2000, evidence="x" * 1000)
    assert (len(told["text"]), len(told["proposed"])) == (2000, 2000)


def test_every_field_that_the_api_shows_of_a_record_may_be_wrong_and_no_other(universe, send):
    for name in ("slug", "treatment", "effect", "onset_max", "citations", "reviewed_on", "text"):
        assert send(field=name)["field"] == name
    universe.say(Guidance, "advice", treatment=Treatment.objects.get(slug="drug"), kind="self-care")
    assert send(kind="guidance", slug="advice", field="topic")["field"] == "topic"


def test_a_draft_is_as_unknown_as_what_never_was(universe, app):
    universe.make(Treatment, "secret-drug", status="draft")
    for slug in ("secret-drug", "secret-drugs"):
        told = problem(app.post(URL, SAID | {"kind": "treatments", "slug": slug, "field": ""}, format="json"), 400)
        assert faults(told) == {"#/slug": None}
        assert told["detail"] == f"slug: There is no treatment with the slug “{slug}”."


def test_a_retired_record_is_refused_and_what_stands_in_its_place_is_named(universe, app):
    heir = Treatment.objects.get(slug="drug")
    universe.make(Treatment, "old", status="retired", replaced_by=heir)
    told = problem(app.post(URL, SAID | {"kind": "treatments", "slug": "old", "field": ""}, format="json"), 400)
    assert faults(told) == {"#/slug": "drug"}
    assert "is retired" in told["detail"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[1]",
        "5",
        "null",
        '"x"',
        b"\xff",
        "[" * 50_000,
        '{"text": "a", "text": "b"}',
        '{"\\ud800": 1}',
        "9" * 5000,
    ],
    ids=lambda body: str(body[:20]),
)
def test_a_body_that_is_no_json_object_is_refused(app, body):
    problem(app.post(URL, body, content_type="application/json"), 400)


@pytest.mark.parametrize("size", [100_001, 3_000_000])
def test_a_body_that_is_too_large_is_refused(app, size):
    problem(app.post(URL, "x" * size, content_type="application/json"), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_anything_but_json_is_refused(app, kind):
    problem(app.post(URL, "kind=x", content_type=kind), 415)


def test_a_parameter_is_refused_where_there_is_none(app):
    assert problem(app.post(f"{URL}?kind=x", SAID, format="json"), 400)["errors"][0]["parameter"] == "kind"
    problem(app.post(URL, SAID, format="json", HTTP_ACCEPT="text/html"), 406)


# Who sends


def test_without_a_token_nothing_is_taken_or_told(api, universe):
    for answer in (
        api.post(URL, SAID, format="json"),
        api.get(URL),
        api.get(f"{URL}{'0' * 8}-0000-0000-0000-{'0' * 12}/"),
    ):
        told = problem(answer, 401)
        assert answer["WWW-Authenticate"] == "Bearer"
        assert "administrator" in told["detail"]


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a b",
        "Bearer \xff",
        "Bearer kb_\0",
        "Basic YTpi",
        "Token x",
        "kb_x",
        "",
        " ",
    ],
)
def test_a_wrong_header_is_refused(api, universe, header):
    answer = api.post(URL, SAID, format="json", HTTP_AUTHORIZATION=header)
    assert problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_works_until_it_expires_is_revoked_or_its_user_is_put_out(anna, universe):
    secret = give(anna)
    token = ApiToken.objects.get()
    assert holder(secret, "bearer").get(URL).status_code == 200
    problem(holder(f"{secret}0").get(URL), 401)
    problem(holder(token.digest).get(URL), 401)
    User.objects.update(is_active=False)
    problem(holder(secret).get(URL), 401)
    User.objects.update(is_active=True)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    problem(holder(secret).get(URL), 401)
    ApiToken.objects.all().delete()
    problem(holder(secret).get(URL), 401)


def test_a_token_is_for_what_its_scopes_say(anna, universe):
    secret = give(anna)
    ApiToken.objects.update(scopes=[])
    assert "“suggest”" in problem(holder(secret).post(URL, SAID, format="json"), 403)["detail"]
    problem(holder(secret).get(URL), 403)


def test_only_a_digest_of_a_token_is_kept_and_it_is_valid_for_a_year(anna, caplog):
    caplog.set_level(logging.DEBUG)
    secret = give(anna)
    token = ApiToken.objects.get()
    assert secret.startswith("kb_")
    assert secret not in " ".join(map(str, vars(token).values()))
    assert abs(token.expiry - in_a_year()) < timedelta(minutes=1)
    holder(secret).get(URL)
    assert secret not in caplog.text


def test_a_token_opens_nothing_else(anna, universe):
    client = holder(give(anna))
    assert client.get("/admin/").status_code == 302
    assert client.get("/explore/treatments/").wsgi_request.user is None


def test_a_session_of_the_admin_is_no_token(universe, client, anna):
    client.force_login(anna)
    problem(client.get(URL), 401)


# What has become of it


def test_who_sent_it_sees_what_has_become_of_it_and_nobody_else(app, send, anna):
    told = send()
    ed = person("ed")
    Suggestion.objects.update(state="declined", answer="It says so.", handled_by=ed, handled_at=timezone.now())
    shown = app.get(told["url"]).json()
    assert (shown["state"], shown["answer"]) == ("declined", "It says so.")
    assert shown["handled_at"]
    assert app.get(URL).json()["results"] == [shown]
    assert "ed" not in map(str, shown.values())
    stranger = holder(give(person("bert")))
    assert problem(stranger.get(told["url"]), 404)["detail"] == "You have sent no suggestion of this identifier."
    assert stranger.get(URL).json()["count"] == 0
    assert holder(give(anna, "another app")).get(told["url"]).json() == shown


def test_ones_own_are_listed_page_by_page_the_newest_first_and_narrowed_by_state(app, send, anna):
    texts = [send(text=text)["text"] for text in ("one", "two", "three")]
    listed = app.get(URL, {"page_size": 2}).json()
    assert (listed["count"], [found["text"] for found in listed["results"]]) == (3, texts[:0:-1])
    assert [found["text"] for found in app.get(listed["next"]).json()["results"]] == ["one"]
    assert app.get(URL, {"state": "open"}).json()["count"] == 3
    assert app.get(URL, {"state": ["taken-up", "declined"]}).json()["count"] == 0
    for wrong in ({"state": "opn"}, {"stat": "open"}, {"page": "0"}, {"page_size": "201"}, {"state": ""}):
        assert problem(app.get(URL, wrong), 400)["errors"][0]["parameter"] == next(iter(wrong))
    problem(app.get(URL, {"page": 9}), 404)


def test_a_list_takes_few_queries_however_long_it_is(app, send, django_assert_max_num_queries):
    for number in range(9):
        send(text=f"{number}")
        send(text=f"{number}", kind="treatments", slug="drug", field="")
    with django_assert_max_num_queries(9):
        assert app.get(URL).json()["count"] == 18


def test_a_suggestion_outlives_the_retirement_of_its_record(app, send):
    told = send()
    SideEffect.objects.filter(slug="class-bone").update(status="retired")
    assert app.get(told["url"]).json()["record"] == told["record"]


def test_nothing_that_was_sent_can_be_changed_or_taken_back(app, send):
    url = send()["url"]
    for method in (app.put, app.patch, app.delete, app.post):
        problem(method(url, SAID, format="json"), 405)
    problem(app.delete(URL), 405)
    assert app.get(f"{URL}nonsense/").status_code == 404


# How much of it


def test_a_person_sends_only_so_many_a_day_with_all_tokens_together(app, anna, settings, monkeypatch):
    settings.SUGGESTIONS_PER_DAY = 2
    assert [app.post(URL, SAID, format="json").status_code for _ in range(2)] == [201, 200]
    second = holder(give(anna, "second"))
    for client in (app, second):
        answer = client.post(URL, SAID, format="json")
        assert "may send 2 suggestions a day" in problem(answer, 429)["detail"]
        assert 86_000 < int(answer["Retry-After"]) <= 86_400
    assert app.get(URL).status_code == 200
    assert holder(give(person("bert"))).post(URL, SAID, format="json").status_code == 201
    later = timezone.now().timestamp() + 86_401
    monkeypatch.setattr("kb.tokens.DailySuggestions.timer", lambda self: later)
    assert app.post(URL, SAID | {"text": "Tomorrow."}, format="json").status_code == 201


def test_the_count_is_shared_by_all_processes(settings):
    assert "DatabaseCache" in settings.CACHES["default"]["BACKEND"]


@pytest.mark.django_db
def test_the_root_tells_where_and_there_is_no_page_of_it(ask, api):
    assert ask("")["suggestions"].endswith(URL)
    assert api.get("/explore/suggestions/").status_code == 404


# The tokens


def test_make_token_prints_a_token_once_that_works(anna, universe, capsys):
    call_command("make_token", "anna", "Robot", days=30)
    said = capsys.readouterr()
    assert holder(said.out.strip()).get(URL).status_code == 200
    assert "“Robot” of anna" in said.err
    assert said.out.strip() not in said.err
    assert ApiToken.objects.get().expiry - timezone.now() < timedelta(days=31)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["ana", "x"], "There is no user “ana”; make one first. Did you mean 'anna'?"),
        (["anna", "app"], "This user has a token of that name"),
        (["anna", "x", "--days=0"], "from 1 to 3650"),
        (["gone", "x"], "is not active"),
    ],
)
def test_make_token_refuses_in_plain_words_and_makes_no_user(anna, given, words):
    give(anna)
    person("gone", is_active=False)
    with pytest.raises(CommandError, match=words.replace("?", r"\?")):
        call_command("make_token", *given, stdout=StringIO(), stderr=StringIO())
    assert (User.objects.count(), ApiToken.objects.count()) == (2, 1)


TOKENS = "admin:kb_apitoken_"


def token_form(user, **fields):
    day = timezone.localdate() + timedelta(days=30)
    return {"user": user.pk, "name": "Leaflets", "scopes": ["suggest"], "expiry": f"{day}T12:00"} | fields


def test_an_administrator_makes_a_token_that_is_shown_once(client, anna, universe):
    client.force_login(person("boss", "administrator"))
    answer = client.post(reverse(f"{TOKENS}add"), token_form(anna))
    token = ApiToken.objects.get()
    assert answer.status_code == 200  # The page itself: no redirect carries the secret.
    assert "no-store" in answer["Cache-Control"]
    secret = answer.context["token"].secret
    assert f'value="{secret}"' in answer.content.decode()
    assert holder(secret).get(URL).status_code == 200
    pages = [reverse(f"{TOKENS}changelist"), reverse(f"{TOKENS}change", args=[token.pk]), reverse("admin:index")]
    shown = "".join(client.get(page).content.decode() for page in pages)
    assert f"{secret[:8]}…" in shown
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    kept += [str(client.cookies), *map(str, LogEntry.objects.values_list()), shown]
    assert not [text for text in kept if secret in text]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"expiry": "2020-01-01T12:00"}, "This has passed"),
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["all"]}, "Select a valid choice"),
        ({"name": "app"}, "This user has a token of that name"),
    ],
)
def test_a_token_that_could_not_be_used_is_not_made(client, anna, fields, words):
    give(anna)
    client.force_login(person("boss", "administrator"))
    assert words in client.post(reverse(f"{TOKENS}add"), token_form(anna, **fields)).content.decode()
    assert ApiToken.objects.count() == 1


def test_to_revoke_a_token_is_to_delete_it(client, anna, universe):
    secret = give(anna)
    client.force_login(person("boss", "administrator"))
    url = reverse(f"{TOKENS}delete", args=[ApiToken.objects.get().pk])
    assert client.post(url, {"post": "yes"}).status_code == 302
    problem(holder(secret).get(URL), 401)


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer"])
def test_only_administrators_see_tokens(client, anna, role):
    give(anna)
    client.force_login(person("somebody", role))
    pk = ApiToken.objects.get().pk
    for page, args in [("changelist", []), ("add", []), ("change", [pk]), ("delete", [pk])]:
        assert client.get(reverse(f"{TOKENS}{page}", args=args)).status_code == 403
    assert "API tokens" not in client.get(reverse("admin:index")).content.decode()


# The work list


def at(page, *args):
    return reverse(f"admin:kb_suggestion_{page}", args=args)


@pytest.fixture
def ed(client, db):
    """An editor at the admin."""
    client.ed = person("ed", "editor")
    client.force_login(client.ed)
    return client


def test_the_work_list_shows_what_is_wrong_with_which_record_and_narrows_by_state(ed, send):
    send(text="<b>It</b> is common.")
    page = ed.get(at("changelist")).content.decode()
    for words in ("&lt;b&gt;It&lt;/b&gt; is common.", "side-effects/class-bone", "frequency", "anna, with app", "Open"):
        assert words in page
    record = SideEffect.objects.get(slug="class-bone")
    assert reverse("admin:symptoms_sideeffect_change", args=[record.pk]) in page
    assert "0 suggestions" in ed.get(at("changelist"), {"state__exact": "declined"}).content.decode()
    assert "1 suggestion" in ed.get(at("changelist"), {"q": "common"}).content.decode()


def test_who_waits_longest_comes_first_and_what_is_done_last(ed, send, anna):
    done, first, second = (send(text=text)["id"] for text in ("done", "first", "second"))
    Suggestion.objects.filter(pk=done).update(state="taken-up", handled_by=anna, handled_at=timezone.now())
    listed = ed.get(at("changelist")).context["cl"].result_list
    assert [str(found.pk) for found in listed] == [first, second, done]


def test_the_list_takes_few_queries(ed, send, django_assert_max_num_queries):
    for number in range(9):
        send(text=f"{number}")
        send(text=f"{number}", kind="treatments", slug="drug", field="")
    with django_assert_max_num_queries(16):
        ed.get(at("changelist"))


@pytest.mark.parametrize(
    ("kind", "slug", "field", "words"),
    [
        ("side-effects", "class-bone", "frequency", "Not stated"),
        ("side-effects", "class-bone", "citations", "Page, lines 1–2 (Head)"),
        ("side-effects", "class-bone", "onset_max", "empty"),
        ("treatments", "drug", "brand_names", "Brandol"),
        ("sources", "page", "title", "Page"),
        ("symptoms", "pain", "", "Pain"),
    ],
)
def test_what_the_record_says_now_stands_beside(ed, send, kind, slug, field, words):
    page = ed.get(at("change", send(kind=kind, slug=slug, field=field)["id"])).content.decode()
    assert words in page[page.index("The record as it stands now") :]


def test_to_take_up_leads_to_the_record_and_changes_nothing_in_it(ed, send, app):
    told, before = send(), data_version()
    answer = ed.post(at("change", told["id"]), {"_take_up": "x", "answer": ""})
    record = SideEffect.objects.get(slug="class-bone")
    assert answer["Location"] == reverse("admin:symptoms_sideeffect_change", args=[record.pk])
    kept = Suggestion.objects.get()
    assert (kept.state, kept.handled_by, data_version()) == ("taken-up", ed.ed, before)
    assert app.get(told["url"]).json()["state"] == "taken-up"
    assert "Taken up." in ed.get(at("history", told["id"])).content.decode()


def test_to_decline_takes_an_answer(ed, send, app):
    told = send()
    page = ed.post(at("change", told["id"]), {"_decline": "x", "answer": " "}).content.decode()
    assert "Say why" in page
    assert Suggestion.objects.get().state == "open"
    assert ed.post(at("change", told["id"]), {"_decline": "x", "answer": "It says so."}).status_code == 302
    shown = app.get(told["url"]).json()
    assert (shown["state"], shown["answer"]) == ("declined", "It says so.")


def test_what_was_taken_up_may_still_be_declined_and_what_was_declined_stays_so(ed, send):
    url = at("change", send()["id"])
    ed.post(url, {"_take_up": "x", "answer": "We look at it."})
    assert "was first" in ed.post(url, {"_take_up": "x", "answer": ""}).content.decode()
    assert "_take_up" not in ed.get(url).content.decode()
    assert ed.post(url, {"_decline": "x", "answer": "No."}).status_code == 302
    page = ed.post(url, {"_take_up": "x", "answer": "Yes."}).content.decode()
    assert "ed was first: it is declined." in page
    assert "_decline" not in page
    assert (Suggestion.objects.get().state, Suggestion.objects.get().answer) == ("declined", "No.")


def test_without_a_button_or_with_other_fields_nothing_happens(ed, send):
    url = at("change", send()["id"])
    assert "Take it up, or decline it" in ed.post(url, {"answer": "x", "state": "declined"}).content.decode()
    ed.post(url, {"_take_up": "x", "answer": "", "text": "other", "sender": ed.ed.pk, "kind": "x"})
    kept = Suggestion.objects.get()
    assert (kept.text, kept.sender.username, kept.kind) == (SAID["text"], "anna", "side-effects")


def test_nobody_adds_or_deletes_one_there(ed, send):
    pk = send()["id"]
    assert ed.get(at("add")).status_code == 403
    assert ed.post(at("delete", pk), {"post": "yes"}).status_code == 403
    assert ed.post(at("changelist"), {"action": "delete_selected", "_selected_action": pk}).status_code in {200, 302}
    assert Suggestion.objects.exists()


def test_a_viewer_reads_and_does_not_handle(client, send):
    pk = send()["id"]
    client.force_login(person("vera", "viewer"))
    page = client.get(at("change", pk)).content.decode()
    assert SAID["text"] in page
    assert "_decline" not in page
    assert client.post(at("change", pk), {"_decline": "x", "answer": "No."}).status_code == 403
    client.force_login(person("passer-by", is_active=True))
    assert client.get(at("changelist")).status_code == 302


def test_the_database_itself_holds_what_handling_means(send, anna):
    send()
    for wrong in ({"state": "declined"}, {"state": "gone"}, {"text": ""}, {"handled_by": anna}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suggestion.objects.update(**wrong)
