"""Files are tried, shown and brought in on the pages of the desk and on the command line."""

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
    """The pages of an import."""

    @pytest.fixture
    def upload_file(self, universe, users, client):
        client.force_login(users["editor"])

        def upload_file(data, name="x.csv", **more):
            file = io.BytesIO(data)
            file.name = name
            return client.post(reverse("admin:symptoms_symptom_import"), {"file": file, "why": "Read again."} | more)

        return upload_file

    def read_streamed(self, given):
        assert given.status_code == 200
        return b"".join(given.streaming_content).decode()

    def read_seal(self, page):
        return page.partition('name="seal" value="')[2].partition('"')[0]

    def test_a_file_is_tried_shown_and_brought_in(self, upload_file, client):
        there = upload_file(encode_lines("slug,name,summary", "numb,Numb,", "pain,Pain,It <hurts>."))
        page = self.read_streamed(client.get(there.url))
        assert "This would happen" in page
        assert "It &lt;hurts&gt;." in page
        assert "<progress" in page
        assert page.rstrip().endswith("</html>")
        assert not Symptom.objects.filter(slug="numb").exists()
        seal = self.read_seal(page)
        assert "It is in" in self.read_streamed(client.post(there.url, {"seal": seal}))
        assert Symptom.objects.get(slug="numb").status == "draft"
        assert Change.objects.get().state == "draft"
        assert "was brought in on" in client.post(there.url, {"seal": seal}).content.decode()

    def test_sent_for_review_at_once(self, upload_file, client):
        there = upload_file(encode_lines("slug,summary", "pain,It hurts."), send="on")
        seal = self.read_seal(self.read_streamed(client.get(there.url)))
        self.read_streamed(client.post(there.url, {"seal": seal, "send": "on"}))
        assert Change.objects.get().state == "submitted"

    def test_a_wrong_file_yields_no_button(self, upload_file, client):
        page = self.read_streamed(client.get(upload_file(encode_lines("slug,name,kind", "numb,Numb,symptm")).url))
        assert "row 2" in page
        assert "“symptom”" in page
        assert "seal" not in page

    def test_nothing_is_brought_in_unseen(self, upload_file, client):
        there = upload_file(encode_lines("slug,name", "numb,Numb"))
        assert "moved on" in self.read_streamed(client.post(there.url))
        assert not Symptom.objects.filter(slug="numb").exists()

    def test_why_is_asked_for_and_an_unreadable_file_told(self, upload_file):
        assert "required" in upload_file(b"slug,name\nnumb,Numb", why="").content.decode()
        assert "no .xlsx file" in upload_file(b"slug,name\nnumb,Numb", name="x.xlsx").content.decode()

    def test_who_leaves_in_the_middle_leaves_nothing_behind(self, upload_file, users):
        upload_file(encode_lines("slug,name", *(f"s-{n},S {n}" for n in range(100))))
        batch = Batch.objects.get()
        wish = EditRequest(users["editor"], batch.why, Way.IMPORT, batch)
        parts = stream_import_page("", "", batch, wish, "any seal", {})
        for _ in range(10):
            next(parts)
        assert Symptom.objects.filter(slug__startswith="s-").exists()
        parts.close()
        assert not Symptom.objects.filter(slug__startswith="s-").exists()
        batch.refresh_from_db()
        assert batch.done_at is None

    def test_only_who_uploaded_it_brings_it_in(self, upload_file, client, users):
        there = upload_file(encode_lines("slug,name", "numb,Numb"))
        client.force_login(users["reviewer"])
        assert client.get(there.url).status_code == 403

    def test_a_viewer_imports_nothing(self, universe, users, client):
        client.force_login(users["viewer"])
        assert client.get(reverse("admin:symptoms_symptom_import")).status_code == 403

    def test_the_list_leads_to_both(self, universe, client, django_user_model):
        client.force_login(django_user_model.objects.create_superuser("ed"))
        page = client.get(reverse("admin:symptoms_symptom_changelist"), {"q": "ache"}).content.decode()
        assert 'href="import/"' in page
        assert 'href="export/xlsx/?q=ache"' in page


class TestCommands:
    """The same on the command line."""

    def run_import(self, path, **more):
        call_command("import_knowledge", path, **{"by": "editor", "why": "Read again.", "kind": "symptom"} | more)

    def test_out_and_in_again(self, universe, users, tmp_path, capsys):
        path = tmp_path / "symptoms.xlsx"
        call_command("export_knowledge", "symptom", to=path)
        self.run_import(path)
        assert "Nothing is different: 0 new, 0 changed, 3 same." in capsys.readouterr().out

    def test_tried_and_brought_in(self, universe, users, tmp_path, capsys):
        path = tmp_path / "x.csv"
        path.write_text("slug,name,summary\nnumb,Numb,\npain,Pain,It hurts.\n")
        self.run_import(path, dry_run=True)
        assert "summary: (empty) → It hurts." in capsys.readouterr().out
        assert not Symptom.objects.filter(slug="numb").exists()
        assert not Batch.objects.exists()
        self.run_import(path, send=True)
        assert {change.state for change in Change.objects.all()} == {"submitted"}

    def test_what_is_wrong_is_told_by_row_and_fails(self, universe, users, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text("slug,name,kind\nnumb,Numb,symptm\n")
        with pytest.raises(CommandError, match=r"row 2, kind: .*“symptom”"):
            self.run_import(path)
        for more, words in [
            ({"by": "ghost"}, "nobody called"),
            ({"by": "viewer"}, "role of editor"),
            ({"kind": "sympton"}, "“symptom”"),
            ({"kind": None}, "name the kind"),
            ({"why": " "}, "Say why"),
        ]:
            with pytest.raises(CommandError, match=words):
                self.run_import(path, **more)
