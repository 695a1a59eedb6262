"""Refusals lead to the records that they name, in forms, lists, reviews and imports."""

import pytest
from django.core.exceptions import ValidationError

from kb.admin.record_links import NamedRecords, link_named_records
from kb.models import Statement, concrete_models
from symptoms.models import ManagementOption, SideEffect, Symptom
from tests.helpers.admin import build_admin_url, read_form_data
from tests.helpers.imports import import_file as import_file
from treatments.models import Treatment


@pytest.fixture
def editor_client(universe, login_as):
    return login_as("editor")


def form_link(record):
    return f'<a href="{build_admin_url(type(record), "change", record.pk)}">'


def test_the_refusal_of_a_retirement_leads_to_what_rests_on_the_record(editor_client):
    url = build_admin_url(Symptom, "change", Symptom.objects.get(slug="bone-ache").pk)
    page = editor_client.post(url, read_form_data(editor_client, url) | {"status": "retired"}).content.decode()
    for slug in ("class-bone", "loner-bone"):
        assert f"{form_link(SideEffect.objects.get(slug=slug))}{slug}.</a>" in page
    assert form_link(ManagementOption.objects.get()) in page


def test_a_statement_that_says_what_another_says_is_refused_with_that_one(editor_client):
    twin = SideEffect.objects.get(slug="loner-bone")
    url = build_admin_url(SideEffect, "change", twin.pk)
    data = read_form_data(editor_client, url) | {"slug": "again", "text": "Said in other words."}
    page = editor_client.post(build_admin_url(SideEffect, "add"), data).content.decode()
    assert f"by another statement, “{form_link(twin)}loner-bone.</a>”: add the citation to that one." in page
    data |= {"frequency": "common", "text": twin.text}
    page = editor_client.post(build_admin_url(SideEffect, "add"), data).content.decode()
    assert form_link(twin) in page


def test_the_import_leads_to_the_statement_that_says_it_already(universe, users, import_file):
    twin = SideEffect.objects.get(slug="loner-bone")
    columns = "slug,text,treatment,symptom,effect,frequency,population,scope,certainty,citations"
    line = "again,Said in other words.,loner,bone-ache,causes,rare,,,,page:1-2"
    result = import_file(f"{columns}\n{line}".encode(), SideEffect, dry_run=True)
    (message,) = {m for o in result.invalid_outcomes for messages in o.errors.values() for m in messages}
    assert form_link(twin) in link_named_records(message)


@pytest.mark.parametrize("model", concrete_models(Statement), ids=lambda model: model._meta.model_name)
def test_every_kind_of_statement_finds_its_twin(universe, model):
    entries = {Treatment: "drug", Symptom: "pain"}
    optional = [field.name for field in model.subject_fields() if field.null]
    names_one = any(constraint.name.endswith("names_exactly_one") for constraint in model._meta.constraints)
    wanted = {group[0] for group in model.alternatives} or set(optional[: int(names_one)])
    fields = {}
    for field in model.entry_fields():
        if not field.many_to_many and (not field.null or field.name in wanted):
            found = field.related_model.objects.filter(slug=entries.get(field.related_model, "")).first()
            fields[field.name] = found or field.related_model.objects.first() or universe.make(field.related_model, "x")
    first = universe.make(model, "first", text="One sentence.", **fields)
    second = model(slug="second", text="One sentence.", **fields)
    assert second.find_twin() == first
    with pytest.raises(ValidationError, match="“One sentence"):
        second.validate_constraints()
    assert first.find_twin() is None
    model.objects.filter(pk=first.pk).update(status="retired")
    assert second.find_twin() is None


def test_only_what_is_a_name_is_linked_and_everything_is_escaped(universe):
    drug = Treatment.objects.get(slug="drug")
    message = NamedRecords(["“Drug” & “<b>x</b>” and “drug”"]).link("“Drug” & “<b>x</b>” and “drug”")
    assert message == f"“{form_link(drug)}Drug</a>” &amp; “&lt;b&gt;x&lt;/b&gt;” and “{form_link(drug)}drug</a>”"
    assert link_named_records("Nothing <named>.") == "Nothing &lt;named&gt;."


def test_a_name_of_several_records_leads_to_their_search(universe):
    universe.make(Symptom, "drug-too", name="Drug")
    assert link_named_records("“Drug”") == '“<a href="/admin/find/?q=Drug">Drug</a>”'


def test_a_message_costs_one_query(universe, django_assert_num_queries):
    messages = [f"“Drug” and “{number}”" for number in range(50)]
    with django_assert_num_queries(1):
        named = NamedRecords(messages)
        assert all("<a " in named.link(message) for message in messages)


def test_a_draft_that_is_referred_to_is_not_discarded_and_the_list_says_by_what(universe, login_as):
    parent = universe.make(Treatment, "new-class", status="draft", name="New class")
    member = universe.make(Treatment, "new-drug", status="draft", name="New drug", parents=[parent])
    client = login_as("editor")
    response = client.post(build_admin_url(Treatment, "delete", parent.pk), {"post": "yes"}, follow=True)
    assert form_link(member) in response.content.decode()
