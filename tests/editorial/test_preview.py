"""A page as it would be is seen before anybody else sees it, and leaves nothing behind."""

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
    """The preview of other values of a record, as an editor asks for it; as text, with its response."""

    def preview_record(record, **values):
        request = rf.post("/admin/", {"name": "x"}, headers={"cookie": "sessionid=secret"})
        request.user = users["editor"]
        content = (serialize_record(record) if record.pk else {}) | values
        answer = direct_write_guard_middleware(lambda asked: render_preview(asked, record, content))(request)
        return answer, answer.content.decode()

    return preview_record


@pytest.mark.parametrize("model", MODELS)
def test_every_kind_of_record_has_one_and_it_is_the_public_page_under_a_banner(model, preview_record, client):
    record = model.objects.public().first()
    answer, page = preview_record(record)
    public = client.get(f"/explore/{resource_name(model)}/{record.slug}/").content.decode()
    assert (answer.status_code, BANNER in page, BANNER in public) == (200, True, False)
    assert [line for line in page.splitlines() if BANNER not in line] == public.splitlines()


def test_it_shows_what_is_not_public_yet_and_everybody_else_what_is(preview_record, client):
    letrozole = Treatment.objects.get(slug="letrozole")
    _, page = preview_record(letrozole, name="Letrozole renamed", parent="chemotherapy")
    assert "<h1>Letrozole renamed</h1>" in page
    assert '<a href="/explore/treatments/chemotherapy/">' in page
    public = client.get("/explore/treatments/letrozole/").content.decode()
    assert "renamed" not in public


def test_a_draft_is_shown_as_if_published(preview_record, users, client):
    draft = create_draft(
        Symptom, {"slug": "stiff", "name": "Stiffness of all", "parent": "pain"}, EditRequest(users["editor"], "New.")
    )
    _, page = preview_record(draft)
    assert "<h1>Stiffness of all</h1>" in page
    assert client.get("/explore/symptoms/stiff/").status_code == 404


def test_what_was_never_saved_is_shown_too(preview_record):
    said = SideEffect.objects.get(slug="aromatase-inhibitors-causes-bone-pain")
    blank = SideEffect()
    _, page = preview_record(
        blank, **serialize_record(said) | {"slug": "new", "text": "Something new.", "mechanism": "unknown"}
    )
    assert "Something new." in page
    assert (blank.pk, blank.slug) == (None, "")


def test_a_retired_record_shows_what_its_visitors_would_find(preview_record):
    said = SideEffect.objects.get(slug="aromatase-inhibitors-causes-bone-pain")
    answer, page = preview_record(said, status="retired", replaced_by="tamoxifen-protects-from-bone-loss")
    assert (answer.status_code, BANNER in page) == (410, True)
    assert "/explore/side-effects/tamoxifen-protects-from-bone-loss/" in page


def test_a_passage_is_seen_on_the_page_of_its_source(preview_record):
    passage = Passage.objects.filter(guidance_set__isnull=False).first()
    _, page = preview_record(passage, section="Another heading")
    assert passage.source.title in page
    assert "Another heading" in page


def test_it_is_kept_and_indexed_by_nobody_and_tells_nothing_of_who_asked(preview_record, users):
    answer, page = preview_record(Source.objects.first())
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex")
    assert answer["Content-Type"].startswith("text/html")
    assert "X-Frame-Options" not in answer  # The middleware sets it, as on every page.
    assert str(users["editor"]) not in page


def test_what_may_not_be_published_has_no_preview(preview_record):
    with pytest.raises(ValidationError, match="No citation"):
        preview_record(SideEffect.objects.first(), citations=[])


def test_nothing_of_it_stays_behind(preview_record):
    letrozole = Treatment.objects.get(slug="letrozole")
    before = data_version(), Version.objects.count(), Treatment.objects.values().get(pk=letrozole.pk)
    mine = {name: value for name, value in vars(letrozole).items() if name != "_state"}
    preview_record(letrozole, name="Letrozole renamed", synonyms=["xyz"])
    assert (data_version(), Version.objects.count(), Treatment.objects.values().get(pk=letrozole.pk)) == before
    assert {name: value for name, value in vars(letrozole).items() if name != "_state"} == mine
    assert not Treatment.objects.filter(search_index__contains="xyz").exists()
