"""The way from a public page to the form of its record: for signed-in editors only, never in a shared cache."""

import pytest

from kb.models import Source
from symptoms.models import SideEffect
from tests.helpers.admin import build_admin_url
from treatments.models import Treatment

PATHS = {Treatment: "treatments/drug/", SideEffect: "side-effects/class-bone/", Source: "sources/page/"}
for_each_page = pytest.mark.parametrize("model", PATHS, ids=lambda model: model._meta.model_name)


def get_page(client, model):
    return client.get(f"/explore/{PATHS[model]}", headers={"accept": "text/html"})


@for_each_page
@pytest.mark.parametrize("role", ["editor", "reviewer", "administrator"])
def test_who_may_write_is_led_from_the_page_to_the_form(universe, login_as, model, role):
    record = model.objects.get(slug=PATHS[model].split("/")[1])
    response = get_page(login_as(role), model)
    url = build_admin_url(model, "change", record.pk)
    assert f'<a class="edit" href="{url}">Edit</a>' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]


@for_each_page
@pytest.mark.parametrize("name", ["viewer", "nobody", None])
def test_nobody_else_sees_a_trace_of_it(universe, users, client, model, name):
    anonymous = get_page(client, model).content
    if name:
        client.force_login(users[name])
    response = get_page(client, model)
    assert response.content == anonymous
    assert b"/admin/" not in response.content
    assert "Cookie" in response["Vary"]
    assert "no-store" not in response.get("Cache-Control", "")


def test_a_session_that_ended_is_nobody(universe, client):
    anonymous = get_page(client, Treatment).content
    client.cookies["sessionid"] = "gone"
    assert get_page(client, Treatment).content == anonymous


def test_who_still_has_to_give_a_code_sees_no_way_to_edit(universe, login_as, settings):
    settings.TWO_FACTOR = True
    assert b"/admin/" not in get_page(login_as("reviewer"), Treatment).content


def test_lists_questions_and_unknown_records_have_no_way_to_edit(universe, login_as):
    client = login_as("editor")
    for path in ["treatments/", "search/?q=drug", "treatments/none/", "changes/"]:
        assert b'class="edit"' not in client.get(f"/explore/{path}").content


def test_the_answer_of_the_api_is_the_same_for_an_editor(universe, client, login_as):
    anonymous = client.get("/api/v1/treatments/drug/")
    signed_in = login_as("editor").get("/api/v1/treatments/drug/")
    assert (signed_in.content, signed_in["ETag"], signed_in["Cache-Control"]) == (
        anonymous.content,
        anonymous["ETag"],
        anonymous["Cache-Control"],
    )
