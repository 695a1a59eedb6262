"""The kept texts of sources: taken in, shown to editors beside what cites them, and never to anybody else."""

import hashlib
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from kb.editorial.editing import EditRequest
from kb.editorial.new_editions import propose_edition
from kb.editorial.review import approve
from kb.editorial.source_texts import keep_text
from kb.models import Change, Edition, Passage, Source, record_models, resource_name, versioned_models_by_label
from kb.releases import build_release
from symptoms.models import SideEffect

SECRET = "the owl counts its nineteen moons"
TEXT = f"Head\nDrug and class: {SECRET}.\n"


@pytest.fixture
def edition(universe):
    """The kept text of the source, with words that stand nowhere else."""
    Source.objects.update(sha256=hashlib.sha256(TEXT.encode()).hexdigest(), lines=2)
    return keep_text(Source.objects.get(), TEXT)


@pytest.fixture
def new_edition(edition, users):
    """A second edition of the source, in which that line is another one, approved; its question waits."""
    request = EditRequest(users["editor"], "A new edition.", submit=True)
    change = propose_edition(edition.source, TEXT.replace("Drug and", "No drug or"), None, request)
    approve(users["reviewer"], change, change.lock)
    assert Passage.objects.get(edition=1).state == "changed"
    return Edition.objects.get(sha256=change.content["sha256"])


def get_text_url(source):
    return reverse("admin:kb_source_text", args=[source.pk])


def test_an_editor_sees_each_line_with_its_number_and_the_statements_that_cite_it(login_as, edition):
    page = login_as("editor").get(get_text_url(edition.source)).content.decode()
    assert SECRET in page
    line = page[page.index('id="line-2"') :]
    assert "class-bone." in line
    assert reverse("admin:symptoms_sideeffect_change", args=[SideEffect.objects.get(slug="class-bone").pk]) in line


def test_author_and_reviewer_see_the_cited_lines_beside_the_statement(login_as, edition, statement, submitted_change):
    form_url = reverse("admin:symptoms_sideeffect_change", args=[statement.pk])
    assert SECRET in login_as("editor").get(form_url).content.decode()
    change_url = reverse("admin:kb_change_change", args=[submitted_change.pk])
    assert SECRET in login_as("reviewer").get(change_url).content.decode()
    for url in (form_url, change_url):
        assert SECRET not in login_as("viewer").get(url).content.decode()


def test_the_line_that_introduces_a_list_stands_above_the_item_that_is_cited(login_as, statement):
    text = "Head\nDo not:\n- carry heavy bags\n"
    Source.objects.update(sha256=hashlib.sha256(text.encode()).hexdigest(), lines=3)
    Passage.objects.update(first_line=3, last_line=3)
    keep_text(Source.objects.get(), text)
    page = login_as("editor").get(reverse("admin:symptoms_sideeffect_change", args=[statement.pk])).content.decode()
    assert page.index("Do not: …") < page.index("- carry heavy bags")


def test_only_editors_see_the_old_and_new_words_of_an_edition(login_as, new_edition):
    statement = SideEffect.objects.get(slug="class-bone")
    urls = [reverse("admin:symptoms_sideeffect_change", args=[statement.pk])]
    urls += [reverse("admin:kb_change_change", args=[change.pk]) for change in Change.objects.for_records(statement)]
    urls += [reverse("admin:kb_version_of", args=[Change.objects.first().kind_id, statement.pk])]
    for name, is_shown in [("editor", True), ("reviewer", True), ("viewer", False)]:
        pages = [login_as(name).get(url).content.decode() for url in urls]
        assert ["nineteen" in page for page in pages] == [is_shown, is_shown, False], name


@pytest.mark.parametrize(("name", "status"), [("viewer", 403), ("nobody", 302), ("editor", 200), ("reviewer", 200)])
def test_only_editors_see_the_text(login_as, edition, name, status):
    assert login_as(name).get(get_text_url(edition.source)).status_code == status


@pytest.mark.parametrize("fixture", ["edition", "new_edition"])
def test_no_public_answer_page_or_export_holds_a_line_of_a_text(client, fixture, request, tmp_path, caplog):
    request.getfixturevalue(fixture)
    urls = ["/api/v1/sources/page/editions/", "/explore/sources/page/editions/"]
    urls += ["/api/v1/", "/api/v1/schema/", "/api/v1/changes/", "/api/v1/sources/page/?format=jsonld", "/explore/"]
    for model in record_models():
        for path in (f"/api/v1/{resource_name(model)}/", f"/explore/{resource_name(model)}/"):
            urls += [path, *(f"{path}{slug}/" for slug in model.objects.values_list("slug", flat=True)[:3])]
        urls += [f"/api/v1/{resource_name(model)}/?format={name}" for name in ("csv", "ndjson")]
    urls += [f"/api/v1/search/?q={SECRET}", f"/explore/search/?q={SECRET}", f"/api/v1/sources/?search={SECRET}"]
    for url in urls:
        response = client.get(url)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code in {200, 400}, url
        if SECRET not in url:
            assert SECRET.encode() not in content, url
        else:
            assert b"nineteen moons." not in content, url
    for label in versioned_models_by_label():
        call_command("export_knowledge", label, to=tmp_path / "export.yaml")
        assert SECRET not in (tmp_path / "export.yaml").read_text(), label
    assert SECRET not in caplog.text


@pytest.mark.slow
def test_no_release_holds_a_line_of_a_text(new_edition):
    release = build_release("2026.11")
    for file in release.files.all():
        content = bytes(file.content)
        assert SECRET.encode() not in content, file.name
        if file.name.endswith(".zip"):
            archive = zipfile.ZipFile(io.BytesIO(content))
            assert all(SECRET.encode() not in archive.read(name) for name in archive.namelist())


def test_only_the_text_that_was_read_is_kept(universe, tmp_path, capsys):
    (tmp_path / "page.txt").write_text(TEXT)
    with pytest.raises(CommandError, match="No text was kept"):
        call_command("keep_texts", sources=tmp_path)
    assert "It is not the text that was read" in capsys.readouterr().out
    Source.objects.update(sha256=hashlib.sha256(TEXT.encode()).hexdigest())
    for _ in range(2):
        call_command("keep_texts", sources=tmp_path)
    assert [edition.lines[0] for edition in Edition.objects.all()] == ["Head"]
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("keep_texts", sources=tmp_path / "none")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\xff\xfe", "no plain text in UTF-8"),
        (b"a\0b", "NUL"),
        (b" \n ", "empty"),
        (b"a" * 5_000_001, "5,000,000 at most"),
    ],
)
def test_what_is_no_text_is_refused_in_words(login_as, universe, content, error):
    draft = universe.make(Source, "leaflet", title="Leaflet", sha256="3" * 64, lines=1, status="draft")
    data = {"file": SimpleUploadedFile("leaflet.txt", content)}
    assert error in login_as("editor").post(get_text_url(draft), data).content.decode()
    assert not Edition.objects.exists()


def test_a_source_is_added_from_its_text_alone(login_as, universe):
    data = {"title": "A leaflet", "slug": "leaflet", "pasted": "One.\r\nTwo.\r\n"}
    response = login_as("editor").post(reverse("admin:kb_source_from_text"), data, follow=True)
    source = Source.objects.get(slug="leaflet")
    assert (source.status, source.lines) == ("draft", 2)
    assert source.sha256 == hashlib.sha256(b"One.\nTwo.\n").hexdigest()
    assert "Two." in response.content.decode()
    page = login_as("editor").post(reverse("admin:kb_source_from_text"), data).content.decode()
    assert f'<a href="{reverse("admin:kb_source_text", args=[source.pk])}">A leaflet</a>' in page
    assert "Two." in page
    data |= {"slug": "", "title": "Another leaflet", "pasted": "Three."}
    login_as("editor").post(reverse("admin:kb_source_from_text"), data)
    assert Source.objects.get(title="Another leaflet").slug == "another-leaflet"
    assert login_as("viewer").get(reverse("admin:kb_source_from_text")).status_code == 403


def test_the_kept_texts_are_what_citations_are_checked_against(edition, capsys):
    with pytest.raises(CommandError, match="Not every citation holds"):
        call_command("verify_citations")
    assert "“Joint-ache” is not spoken of in Page, lines 1–2 (Head)" in capsys.readouterr().out
