"""What the check of the citations finds is told at the form, before a statement is saved, and once more is enough."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils.text import slugify

from kb.editorial.citation_conflicts import find_citation_conflicts
from kb.editorial.versioning import record_untracked_changes
from kb.models import Change, Edition, Finding, Passage
from symptoms.models import SideEffect
from tests.helpers.admin import build_admin_url, read_form_data
from tests.helpers.texts import keep_leaflet

LINES = "Very rarely, loner may lead to a wobbly tooth, which nobody but a dentist can mend at all."
TEXT = f"Head\n{LINES}\nDrug can cause bone-ache.\n"


@pytest.fixture
def leaflet(universe):
    source = keep_leaflet(TEXT)
    move_passage(2, 3)
    return source


def move_passage(first_line, last_line):
    """Move the only passage, as no form would, and let the history know."""
    Passage.objects.update(first_line=first_line, last_line=last_line)
    record_untracked_changes()


@pytest.fixture
def post(login_as, universe):
    """Save the form of a statement with some values; return the response."""

    def post(slug, **values):
        statement = SideEffect.objects.get(slug=slug)
        client, url = login_as("editor"), build_admin_url(SideEffect, "change", statement.pk)
        data = read_form_data(client, url)
        del data["_send"]
        return client.post(url, data | {"_save": "1"} | values)

    return post


def get_errors(response):
    return {name: " ".join(errors) for name, errors in response.context["adminform"].form.errors.items()}


def test_a_name_that_the_lines_do_not_speak_of_is_told_at_its_field_and_saved_the_second_time(post, leaflet):
    response = post("loner-bone", onset="late", symptom="")
    assert "required" in get_errors(response)["symptom"]
    other = SideEffect.objects.get(slug="drug-joint").symptom_id
    response = post("loner-bone", symptom=other)
    assert get_errors(response).keys() == {"symptom"}
    assert "“Joint-ache” is not spoken of in Page, lines 2–3" in get_errors(response)["symptom"]
    assert "save again to keep it" in get_errors(response)["symptom"]
    assert not Change.objects.exists()
    weighed = response.context["adminform"].form.data["weighed"]
    assert post("loner-bone", symptom=other, weighed=weighed).status_code == 302
    assert Change.objects.get().content["symptom"] == "joint-ache"


@pytest.mark.parametrize(
    ("values", "field", "error"),
    [
        ({"text": LINES, "frequency": "very-rare"}, "text", "is copied from a source"),
        ({"mechanism": "a wobbly tooth, which nobody but a dentist can mend"}, "mechanism", "is copied from a source"),
    ],
)
def test_copied_words_are_told_at_the_field_that_holds_them(post, leaflet, values, field, error):
    errors = get_errors(post("loner-bone", **values))
    assert errors.keys() == {field}
    assert error in errors[field]


def test_a_short_name_made_of_copied_words_is_told_at_its_field(leaflet):
    statement = SideEffect.objects.get(slug="loner-bone")
    statement.slug = slugify(LINES)
    errors = find_citation_conflicts(statement, statement.related_records())
    assert errors.keys() == {"slug"}


def test_a_heading_is_told_to_be_no_evidence(post, leaflet):
    move_passage(1, 1)
    assert "it cites nothing but a heading" in get_errors(post("loner-bone", onset="late"))["citations"]


def test_both_kinds_of_conflict_are_told_together(post, leaflet):
    other = SideEffect.objects.get(slug="drug-joint").symptom_id
    errors = get_errors(post("loner-bone", symptom=other, text="Aches are common.", frequency="rare"))
    assert errors.keys() == {"symptom", "frequency"}
    assert "save again to keep both" in errors["frequency"]


def test_nothing_is_told_where_the_lines_say_it_or_no_text_is_kept(post, leaflet):
    assert post("loner-bone", onset="late").status_code == 302
    Edition.objects.all().delete()
    other = SideEffect.objects.get(slug="drug-joint").symptom_id
    assert post("loner-bone", symptom=other).status_code == 302


def test_the_form_finds_what_the_command_finds(post, leaflet):
    with pytest.raises(CommandError):
        call_command("verify_citations")
    for statement in SideEffect.objects.all():
        stored = {finding.why for finding in Finding.objects.for_records(statement)}
        errors = get_errors(response) if (response := post(statement.slug, course="slow")).status_code == 200 else {}
        assert bool(stored) == bool(errors), (statement, stored, errors)
        assert all(any(why in error for error in errors.values()) for why in stored)
