"""The admin's change forms and lists: every model can be found, read and edited; form errors are in plain language."""

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import strip_tags

from kb.editorial.snapshot import editable_fields
from kb.fields import ChoiceField
from kb.models import Change, Passage, Statement, concrete_models, record_models
from symptoms.models import SideEffect, Symptom
from tests.helpers.admin import build_admin_url, read_form_data
from treatments.models import Treatment

MODELS = [*record_models(), Passage]
for_each_model = pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.model_name)


@pytest.fixture
def editor_client(universe, users, client):
    client.force_login(users["editor"])
    return client


def submit_form(editor_client, url, data):
    """Submit a form, and again with the token of the impact page where the first response shows one."""
    response = editor_client.post(url, data)
    if response.status_code == 200 and (weighed := response.context["adminform"].form.data.get("weighed")):
        response = editor_client.post(url, data | {"weighed": weighed})
    return response


def get_proposed_content():
    """Return the content of the only change."""
    return Change.objects.get().content


@for_each_model
def test_lists_searches_and_opens_every_model(editor_client, model):
    assert editor_client.get(build_admin_url(model, "changelist")).status_code == 200
    assert editor_client.get(build_admin_url(model, "changelist"), {"q": "class bone"}).status_code == 200
    assert editor_client.get(build_admin_url(model, "add")).status_code == 200
    if record := model.objects.first():
        assert editor_client.get(build_admin_url(model, "change", record.pk)).status_code == 200


@for_each_model
def test_every_relation_is_an_autocomplete_and_every_enumeration_a_filter(model, rf):
    model_admin = admin.site._registry[model]
    relations = {f.name for f in [*model._meta.fields, *model._meta.many_to_many] if f.is_relation}
    assert relations <= set(model_admin.get_autocomplete_fields(rf.get("/")))
    enumerations = {f.name for f in model._meta.fields if isinstance(f, ChoiceField)}
    assert enumerations <= set(model_admin.get_list_filter(rf.get("/")))
    assert model_admin.search_fields


@pytest.mark.parametrize("model", concrete_models(Statement), ids=lambda m: m._meta.model_name)
def test_the_form_of_a_statement_has_each_field_once_and_its_limits_together(model):
    fieldsets = admin.site._registry[model].get_record_fieldsets(None)
    names = [name for _, options in fieldsets for name in options["fields"]]
    assert len(names) == len(set(names))
    assert set(names) >= {field.name for field in editable_fields(model)} - {"status", "replaced_by"}
    assert dict(fieldsets)["Limits, and how firmly"]["fields"][: len(model.limits)] == [*model.limit_field_names()]


def test_lists_in_few_queries(editor_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        editor_client.get(build_admin_url(SideEffect, "changelist"))


def test_a_form_saved_unchanged_changes_nothing_and_says_so(editor_client):
    drug = Treatment.objects.get(slug="drug")
    url = build_admin_url(Treatment, "change", drug.pk)
    assert "Nothing is different" in editor_client.post(url, read_form_data(editor_client, url)).content.decode()
    assert not Change.objects.exists()
    assert Treatment.objects.get(pk=drug.pk).updated_at == drug.updated_at


def test_names_and_codes_are_written_one_per_line(editor_client):
    drug = Treatment.objects.get(slug="drug")
    url = build_admin_url(Treatment, "change", drug.pk)
    editor_client.post(
        url,
        read_form_data(editor_client, url)
        | {"synonyms": "first\n\n  second  \n", "codes": "atc:L02BG04\nunii:7LKK855W8I"},
    )
    assert get_proposed_content()["synonyms"] == ["first", "second"]
    assert get_proposed_content()["codes"] == ["atc:L02BG04", "unii:7LKK855W8I"]
    drug.refresh_from_db()
    assert drug.synonyms == ["drüg-e"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("codes", "atx:L02", "Did you mean “atc”?"),
        ("codes", "atc:12", "does not look like a code of Anatomical Therapeutic Chemical classification"),
        ("synonyms", "loner", "“loner” is already a name of “Loner”"),
        ("synonyms", "x\nx", "“x” stands twice."),
    ],
)
def test_a_form_error_is_shown_and_the_input_is_preserved(editor_client, field, value, message):
    drug = Treatment.objects.get(slug="drug")
    url = build_admin_url(Treatment, "change", drug.pk)
    response = editor_client.post(url, read_form_data(editor_client, url) | {field: value})
    page = response.content.decode()
    assert message in strip_tags(page)  # The records that it names are links.
    assert value.split("\n")[0] in page


def test_a_duration_in_the_format_of_the_api_is_taken_and_shown_in_words(editor_client):
    statement = SideEffect.objects.get(slug="class-bone")
    url = build_admin_url(SideEffect, "change", statement.pk)
    form_data = read_form_data(editor_client, url)
    assert "P7D for a week" in editor_client.post(url, form_data | {"duration_max": "a week"}).content.decode()
    assert submit_form(editor_client, url, form_data | {"duration_max": "P7D"}).status_code == 302
    assert get_proposed_content()["duration_max"] == "P7D"
    assert 'value="1 week"' in editor_client.get(url).content.decode()


@pytest.mark.parametrize("query", ["treatment=x", "treatment=99999999999999999999", "citations=1,x", "treatment=99999"])
def test_an_address_that_fills_in_what_is_no_record_opens_an_empty_form(editor_client, query):
    response = editor_client.get(f"{build_admin_url(SideEffect, 'add')}?{query}")
    assert response.status_code == 200


def test_a_cycle_is_refused(editor_client):
    ancestor, descendant = Treatment.objects.get(slug="medicine"), Treatment.objects.get(slug="drug")
    url = build_admin_url(Treatment, "change", ancestor.pk)
    page = editor_client.post(url, read_form_data(editor_client, url) | {"parents": descendant.pk}).content.decode()
    assert "“Drug” belongs to “Medicine”" in strip_tags(page)


def test_nothing_is_sent_for_review_without_a_citation(editor_client):
    url = build_admin_url(SideEffect, "add")
    drug, pain = Treatment.objects.get(slug="drug").pk, Symptom.objects.get(slug="pain").pk
    new = {
        "slug": "new",
        "text": "New.",
        "treatment": drug,
        "symptom": pain,
        "review_due": "2030-01-01",
        "why": "It is missing.",
    }
    new |= dict.fromkeys(("effect", "frequency", "seriousness", "population", "scope", "certainty"), "unstated")
    assert "No citation, no publication" in editor_client.post(url, new | {"_send": "1"}).content.decode()
    assert not SideEffect.objects.filter(slug="new").exists()
    assert editor_client.post(url, new | {"_save": "1"}).status_code == 302
    assert SideEffect.objects.get(slug="new").status == "draft"


def test_a_published_record_cannot_become_a_draft_again(editor_client):
    url = build_admin_url(SideEffect, "change", SideEffect.objects.get(slug="class-bone").pk)
    page = editor_client.post(url, read_form_data(editor_client, url) | {"status": "draft"}).content.decode()
    assert "draft is not one of the available choices" in page


def test_an_entry_that_published_statements_refer_to_cannot_be_retired(editor_client):
    url = build_admin_url(Symptom, "change", Symptom.objects.get(slug="bone-ache").pk)
    page = editor_client.post(url, read_form_data(editor_client, url) | {"status": "retired"}).content.decode()
    assert "3 published records rest on it" in page


def test_the_review_date_cannot_be_entered_by_hand(editor_client):
    url = build_admin_url(SideEffect, "change", SideEffect.objects.get(slug="class-bone").pk)
    submit_form(editor_client, url, read_form_data(editor_client, url) | {"reviewed_on": "2020-01-01", "onset": "late"})
    assert get_proposed_content()["reviewed_on"] is None


def test_a_cited_passage_cannot_be_deleted_or_moved(editor_client, universe):
    assert (
        editor_client.post(build_admin_url(Passage, "delete", universe.passage.pk), {"post": "yes"}).status_code == 403
    )
    assert (
        "first_line"
        not in editor_client.get(build_admin_url(Passage, "change", universe.passage.pk))
        .context["adminform"]
        .form.fields
    )
    with pytest.raises(ValidationError, match="is cited"):
        universe.passage.delete()


def test_a_statement_about_a_draft_cannot_be_published(editor_client):
    Symptom.objects.filter(slug="bone-ache").update(status="draft")
    url = build_admin_url(SideEffect, "change", SideEffect.objects.get(slug="class-bone").pk)
    assert (
        "is not published"
        in editor_client.post(url, read_form_data(editor_client, url) | {"onset": "late"}).content.decode()
    )


def test_a_published_record_is_retired_not_deleted_and_its_slug_is_fixed(editor_client):
    statement = SideEffect.objects.get(slug="class-bone")
    assert editor_client.post(build_admin_url(SideEffect, "delete", statement.pk), {"post": "yes"}).status_code == 403
    url = build_admin_url(SideEffect, "change", statement.pk)
    submit_form(editor_client, url, read_form_data(editor_client, url) | {"slug": "another", "onset": "late"})
    assert get_proposed_content()["slug"] == "class-bone"


def test_entries_are_listed_with_what_they_belong_to(editor_client):
    Treatment.objects.get(slug="drug").parents.add(Treatment.objects.get(slug="loner"))
    page = editor_client.get(build_admin_url(Treatment, "changelist")).content.decode()
    assert '<td class="field-belongs_to">Class, Loner</td>' in page


def test_an_entry_of_two_classes_is_proposed(editor_client):
    url = build_admin_url(Treatment, "change", Treatment.objects.get(slug="drug").pk)
    keys = [Treatment.objects.get(slug=slug).pk for slug in ("loner", "class")]
    form_data = read_form_data(editor_client, url) | {"parents": keys}
    weighed = editor_client.post(url, form_data).context["adminform"].form.data["weighed"]
    assert submit_form(editor_client, url, form_data | {"weighed": weighed}).status_code == 302
    assert get_proposed_content()["parents"] == ["class", "loner"]


def test_a_passage_is_found_by_source_heading_and_line(editor_client):
    url = reverse("admin:autocomplete")
    params = {"app_label": "symptoms", "model_name": "sideeffect", "field_name": "citations"}
    for term in ("page", "head", "head 1", "2"):
        (match,) = editor_client.get(url, params | {"term": term}).json()["results"]
        assert match["text"] == "Page, lines 1–2 (Head)"
