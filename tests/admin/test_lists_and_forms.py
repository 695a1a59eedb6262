"""Lists and forms: a filtered list stays filtered, errors lead to their fields, labels are everyday words."""

from urllib.parse import urlencode

import pytest

from kb.models import Record, concrete_models
from symptoms.models import SideEffect, Symptom
from tests.helpers.admin import NEW_SYMPTOM_FORM, build_admin_url, read_form_data
from treatments.models import Treatment

QUERY = "effect__exact=causes&q=bone"


@pytest.fixture
def editor_client(universe, login_as):
    return login_as("editor")


def build_filtered_url(url, query=QUERY):
    return f"{url}?{urlencode({'_changelist_filters': query})}"


def list_link(model, query=QUERY):
    return f'href="{build_admin_url(model, "changelist")}?{query.replace("&", "&amp;")}"'


def test_the_form_leads_back_to_the_list_as_it_was(editor_client):
    record = SideEffect.objects.get(slug="class-bone")
    page = editor_client.get(build_admin_url(SideEffect, "changelist") + f"?{QUERY}").content.decode()
    form_url = build_filtered_url(build_admin_url(SideEffect, "change", record.pk))
    assert form_url.replace("&", "&amp;") in page
    assert list_link(SideEffect) in editor_client.get(form_url).content.decode()


def test_after_a_change_is_sent_the_way_back_is_to_the_same_list(editor_client):
    record = SideEffect.objects.get(slug="class-bone")
    url = build_admin_url(SideEffect, "change", record.pk)
    data = read_form_data(editor_client, url) | {"onset": "late"}
    shown = editor_client.post(build_filtered_url(url), data)
    data["weighed"] = shown.context["adminform"].form.data["weighed"]
    page = editor_client.post(build_filtered_url(url), data, follow=True).content.decode()
    assert "sent for review" in page
    assert list_link(SideEffect) in page


def test_a_new_draft_is_saved_and_discarded_within_the_same_list(editor_client):
    query = "kind__exact=unstated"
    add_url = build_filtered_url(build_admin_url(Symptom, "add"), query)
    response = editor_client.post(add_url, NEW_SYMPTOM_FORM | {"_save": "1"}, follow=True)
    assert response.redirect_chain[-1][0].endswith(urlencode({"_changelist_filters": query}))
    page = response.content.decode()
    assert list_link(Symptom, query) in page
    draft = Symptom.objects.get(slug="stiff")
    delete_url = build_filtered_url(build_admin_url(Symptom, "delete", draft.pk), query)
    assert f'href="{delete_url}"' in page
    response = editor_client.post(delete_url, {"post": "yes"})
    assert response.url == f"{build_admin_url(Symptom, 'changelist')}?{query}"


def test_a_refused_discard_leads_back_to_the_same_list(universe, editor_client):
    parent = universe.make(Treatment, "new-class", status="draft", name="New class")
    universe.make(Treatment, "new-drug", status="draft", name="New drug", parents=[parent])
    url = build_filtered_url(build_admin_url(Treatment, "delete", parent.pk), "status__exact=draft")
    response = editor_client.post(url, {"post": "yes"})
    assert response.url == f"{build_admin_url(Treatment, 'changelist')}?status__exact=draft"


def test_errors_stand_above_the_form_with_a_link_to_each_field_and_the_first_has_the_focus(editor_client):
    url = build_admin_url(SideEffect, "change", SideEffect.objects.get(slug="class-bone").pk)
    data = read_form_data(editor_client, url) | {"duration_max": "a month", "review_due": "never", "why": ""}
    page = editor_client.post(url, data).content.decode()
    assert "Please correct the error" not in page
    summary = page[page.index('class="errornote"') : page.index("</ul>", page.index('class="errornote"'))]
    for anchor in ("id_duration_max", "id_review_due", "id_why"):
        assert f'href="#{anchor}"' in summary
        assert f'id="{anchor}"' in page
    assert page.count(" autofocus") == 1
    first = summary.split('href="#')[1].split('"')[0]
    assert f'id="{first}"' in next(tag for tag in page.split("<") if " autofocus" in tag)


@pytest.mark.parametrize("model", concrete_models(Record), ids=lambda model: model._meta.model_name)
def test_no_form_speaks_of_a_database(universe, login_as, model):
    client = login_as("editor")
    urls = [build_admin_url(model, "add")]
    urls += [build_admin_url(model, "change", record.pk) for record in model.objects.all()[:1]]
    for url in urls:
        page = client.get(url).content.decode()
        for words in ("ISO 8601", "Slug:", "Scope:", "Permanent public identifier", "Onset max", "Benefit max"):
            assert words not in page, (url, words)
        assert "Short name:" in page
