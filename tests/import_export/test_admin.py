"""Imports through the admin's pages and through the command `import_knowledge`."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from kb.admin.import_export import stream_import_page
from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.models import Batch, Change
from symptoms.models import Symptom
from tests.helpers.imports import encode_lines


class TestPages:
    """Upload, dry run, confirmation."""

    @pytest.fixture
    def upload_file(self, universe, users, client):
        client.force_login(users["editor"])

        def upload_file(data, name="x.csv", **fields):
            file = io.BytesIO(data)
            file.name = name
            return client.post(reverse("admin:symptoms_symptom_import"), {"file": file, "why": "Read again."} | fields)

        return upload_file

    def read_streamed(self, response):
        assert response.status_code == 200
        return b"".join(response.streaming_content).decode()

    def read_outcome_digest(self, page):
        return page.partition('name="seal" value="')[2].partition('"')[0]

    def test_a_file_is_tried_shown_and_imported(self, upload_file, client):
        redirect = upload_file(encode_lines("slug,name,summary", "numb,Numb,", "pain,Pain,It <hurts>."))
        page = self.read_streamed(client.get(redirect.url))
        assert "This would happen" in page
        assert "It &lt;hurts&gt;." in page
        assert "<progress" in page
        assert page.rstrip().endswith("</html>")
        assert not Symptom.objects.filter(slug="numb").exists()
        digest = self.read_outcome_digest(page)
        assert "It is in" in self.read_streamed(client.post(redirect.url, {"seal": digest}))
        assert Symptom.objects.get(slug="numb").status == "draft"
        assert Change.objects.get().state == "draft"
        assert "was brought in on" in client.post(redirect.url, {"seal": digest}).content.decode()

    def test_an_import_can_be_submitted_for_review_at_once(self, upload_file, client):
        redirect = upload_file(encode_lines("slug,summary", "pain,It hurts."), send="on")
        digest = self.read_outcome_digest(self.read_streamed(client.get(redirect.url)))
        self.read_streamed(client.post(redirect.url, {"seal": digest, "send": "on"}))
        assert Change.objects.get().state == "submitted"

    def test_a_file_with_errors_cannot_be_imported(self, upload_file, client):
        page = self.read_streamed(client.get(upload_file(encode_lines("slug,name,kind", "numb,Numb,symptm")).url))
        assert "row 2" in page
        assert "“symptom”" in page
        assert "seal" not in page

    def test_nothing_is_imported_without_a_dry_run(self, upload_file, client):
        redirect = upload_file(encode_lines("slug,name", "numb,Numb"))
        assert "moved on" in self.read_streamed(client.post(redirect.url))
        assert not Symptom.objects.filter(slug="numb").exists()

    def test_a_missing_reason_and_an_unreadable_file_are_reported(self, upload_file):
        assert "required" in upload_file(b"slug,name\nnumb,Numb", why="").content.decode()
        assert "no .xlsx file" in upload_file(b"slug,name\nnumb,Numb", name="x.xlsx").content.decode()

    def test_an_aborted_import_is_rolled_back(self, upload_file, users):
        upload_file(encode_lines("slug,name", *(f"s-{n},S {n}" for n in range(100))))
        batch = Batch.objects.get()
        edit_request = EditRequest(users["editor"], batch.why, Way.IMPORT, batch)
        parts = stream_import_page("", "", batch, edit_request, "any digest", {})
        for _ in range(10):
            next(parts)
        assert Symptom.objects.filter(slug__startswith="s-").exists()
        parts.close()
        assert not Symptom.objects.filter(slug__startswith="s-").exists()
        batch.refresh_from_db()
        assert batch.done_at is None

    def test_only_the_user_who_uploaded_a_file_imports_it(self, upload_file, client, users):
        redirect = upload_file(encode_lines("slug,name", "numb,Numb"))
        client.force_login(users["reviewer"])
        assert client.get(redirect.url).status_code == 403

    def test_a_viewer_cannot_import(self, universe, users, client):
        client.force_login(users["viewer"])
        assert client.get(reverse("admin:symptoms_symptom_import")).status_code == 403

    def test_an_admin_list_links_to_import_and_export(self, universe, client, django_user_model):
        client.force_login(django_user_model.objects.create_superuser("ed"))
        page = client.get(reverse("admin:symptoms_symptom_changelist"), {"q": "ache"}).content.decode()
        assert 'href="import/"' in page
        assert 'href="export/xlsx/?q=ache"' in page


class TestCommands:
    """The commands `import_knowledge` and `export_knowledge`."""

    def run_import(self, path, **options):
        call_command("import_knowledge", path, **{"by": "editor", "why": "Read again.", "kind": "symptom"} | options)

    def test_an_exported_file_is_imported_without_changes(self, universe, users, tmp_path, capsys):
        path = tmp_path / "symptoms.xlsx"
        call_command("export_knowledge", "symptom", to=path)
        self.run_import(path)
        assert "Nothing is different: 0 new, 0 changed, 3 same." in capsys.readouterr().out

    def test_a_file_is_tried_and_imported(self, universe, users, tmp_path, capsys):
        path = tmp_path / "x.csv"
        path.write_text("slug,name,summary\nnumb,Numb,\npain,Pain,It hurts.\n")
        self.run_import(path, dry_run=True)
        assert "summary: (empty) → It hurts." in capsys.readouterr().out
        assert not Symptom.objects.filter(slug="numb").exists()
        assert not Batch.objects.exists()
        self.run_import(path, send=True)
        assert {change.state for change in Change.objects.all()} == {"submitted"}

    def test_errors_are_reported_by_row_and_the_command_fails(self, universe, users, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text("slug,name,kind\nnumb,Numb,symptm\n")
        with pytest.raises(CommandError, match=r"row 2, kind: .*“symptom”"):
            self.run_import(path)
        for options, message in [
            ({"by": "ghost"}, "nobody called"),
            ({"by": "viewer"}, "role of editor"),
            ({"kind": "sympton"}, "“symptom”"),
            ({"kind": None}, "name the kind"),
            ({"why": " "}, "Say why"),
        ]:
            with pytest.raises(CommandError, match=message):
                self.run_import(path, **options)
