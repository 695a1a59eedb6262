"""Previews: the public page of a record with proposed content, which leaves nothing behind."""

import pytest
from django.core.exceptions import ValidationError

from kb.dataset.version import data_version
from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.preview import render_preview
from kb.editorial.snapshot import serialize_record
from kb.editorial.versioning import direct_write_guard_middleware
from kb.models import Passage, Source, Version, record_models, resource_name
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")
BANNER = "Preview: this is not public."
MODELS = [pytest.param(model, id=resource_name(model)) for model in record_models()]


@pytest.fixture
def preview_record(rf, users):
    """Render the preview of a record with other values for an editor; return the response and its text."""

    def preview_record(record, **values):
        request = rf.post("/admin/", {"name": "x"}, headers={"cookie": "sessionid=secret"})
        request.user = users["editor"]
        content = (serialize_record(record) if record.pk else {}) | values
        response = direct_write_guard_middleware(lambda request: render_preview(request, record, content))(request)
        return response, response.content.decode()

    return preview_record


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_preview_that_is_its_public_page_with_a_banner(model, preview_record, client):
    record = model.objects.public().first()
    response, page = preview_record(record)
    public = client.get(f"/explore/{resource_name(model)}/{record.slug}/").content.decode()
    assert (response.status_code, BANNER in page, BANNER in public) == (200, True, False)
    before, cite, after = public.partition('\n<details class="cite">')  # What is not public is not to be cited.
    shown = before + after.partition("</details>")[2] if cite else public
    assert [line for line in page.splitlines() if BANNER not in line and line] == list(filter(None, shown.splitlines()))


def test_a_preview_shows_proposed_values_and_the_public_page_does_not(preview_record, client):
    letrozole = Treatment.objects.get(slug="letrozole")
    _, page = preview_record(letrozole, name="Letrozole renamed", parents=["chemotherapy"])
    assert "<h1>Letrozole renamed</h1>" in page
    assert '<a href="/explore/treatments/chemotherapy/">' in page
    public = client.get("/explore/treatments/letrozole/").content.decode()
    assert "renamed" not in public


def test_a_draft_is_previewed_as_if_published(preview_record, users, client):
    draft = create_draft(
        Symptom,
        {"slug": "stiff", "name": "Stiffness of all", "parents": ["pain"]},
        EditRequest(users["editor"], "It is missing."),
    )
    _, page = preview_record(draft)
    assert "<h1>Stiffness of all</h1>" in page
    assert client.get("/explore/symptoms/stiff/").status_code == 404


def test_an_unsaved_record_is_previewed_too(preview_record):
    statement = SideEffect.objects.get(slug="aromatase-inhibitors-causes-bone-pain")
    new_statement = SideEffect()
    _, page = preview_record(
        new_statement, **serialize_record(statement) | {"slug": "new", "text": "Something new.", "mechanism": "unknown"}
    )
    assert "Something new." in page
    assert (new_statement.pk, new_statement.slug) == (None, "")


def test_a_retired_record_is_previewed_as_visitors_would_see_it(preview_record):
    statement = SideEffect.objects.get(slug="aromatase-inhibitors-causes-bone-pain")
    response, page = preview_record(statement, status="retired", replaced_by="tamoxifen-protects-from-bone-loss")
    assert (response.status_code, BANNER in page) == (410, True)
    assert "/explore/side-effects/tamoxifen-protects-from-bone-loss/" in page


def test_a_passage_is_previewed_on_the_page_of_its_source(preview_record):
    passage = Passage.objects.filter(guidance_set__isnull=False).first()
    _, page = preview_record(passage, section="Another heading")
    assert passage.source.title in page
    assert "Another heading" in page


def test_a_preview_is_neither_cached_nor_indexed_and_names_no_user(preview_record, users):
    response, page = preview_record(Source.objects.first())
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("no-store", "noindex")
    assert response["Content-Type"].startswith("text/html")
    assert "X-Frame-Options" not in response  # It is set by the middleware, as on every page.
    assert str(users["editor"]) not in page


def test_invalid_content_has_no_preview(preview_record):
    with pytest.raises(ValidationError, match="No citation"):
        preview_record(SideEffect.objects.first(), citations=[])


def test_a_preview_leaves_nothing_behind(preview_record):
    letrozole = Treatment.objects.get(slug="letrozole")
    state = data_version(), Version.objects.count(), Treatment.objects.values().get(pk=letrozole.pk)
    attributes = {name: value for name, value in vars(letrozole).items() if name != "_state"}
    preview_record(letrozole, name="Letrozole renamed", synonyms=["xyz"])
    assert (data_version(), Version.objects.count(), Treatment.objects.values().get(pk=letrozole.pk)) == state
    assert {name: value for name, value in vars(letrozole).items() if name != "_state"} == attributes
    assert not Treatment.objects.filter(search_index__contains="xyz").exists()
