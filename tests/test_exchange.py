"""Records go out as files and come in again: tried first, all or nothing, as drafts and proposals."""

import io

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from kb.admin.exchange import stream
from kb.choices import Way
from kb.content import content_of, kept
from kb.editing import Wish, begin, save
from kb.exchange import Moved, Unreadable, bring, export, read
from kb.exchange.cells import cell, unguarded, words_of
from kb.models import Batch, Change, Passage, Version
from kb.review import approve
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment

FORMS = ["csv", "xlsx", "yaml"]
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "'=1",
    "'quoted'",
    "''=x",
    "\n=1+1",
    " =1",
    "'\xa0+1",
    "a\nb",
    "“é”; , \" '",
]


def finished(work):
    """What a generator gives at its end."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return ended.value


def table(*lines):
    return "\n".join(lines).encode()


@pytest.fixture
def take(people):
    """Bring a file in, or try it, as somebody."""

    def take(data, model=None, name="x.csv", by="editor", trial=False, send=False, seal=None, batch=None):
        rows = read(name, data, model)
        given = [row.as_json() for row in rows]
        batch = batch or Batch.objects.create(name=name, rows=given, why="Read again.", by=people[by])
        wish = Wish(people[by], "Read again.", Way.IMPORT, batch, send)
        return finished(bring(rows, wish, trial=trial, seal=seal))

    return take


def faults(result):
    return {(o.at, column): " ".join(messages) for o in result.wrong for column, messages in o.errors.items()}


class TestRoundTrip:
    """What is exported and imported again changes nothing."""

    @pytest.mark.parametrize("form", FORMS)
    def test_texts_that_a_spreadsheet_would_run(self, universe, take, form):
        for number, text in enumerate(HOSTILE):
            universe.make(
                Symptom,
                f"odd-{number}",
                name=f"{text} {number}",
                summary=text,
                synonyms=[text.strip().replace("\n", " ")],
            )
        data = export(Symptom.objects.all(), form)
        assert {o.state for o in take(data, Symptom, f"x.{form}", trial=True).outcomes} == {"same"}

    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.sampled_from(HOSTILE))
    def test_any_text(self, text):
        assert unguarded(cell(text)) == text
        assert cell(text).lstrip()[:1] not in tuple("=+-@")
        assert cell(text)[:1] not in tuple("\t\r")
        assert words_of(Symptom._meta.get_field("summary"), cell(text)) == text

    def test_what_is_exported_can_be_put_into_the_fixtures(self, universe, take, tmp_path):
        path = tmp_path / "x.yaml"
        path.write_bytes(export(SideEffect.objects.all(), "yaml"))
        first = yaml.safe_load(path.read_text())[0]
        assert first["model"] == "symptoms.sideeffect"
        assert first["fields"]["treatment"] == ["class"]
        assert first["fields"]["citations"] == [["page", 1, 2]]
        before = [content_of(record) for record in SideEffect.objects.all()]
        call_command("loaddata", str(path), verbosity=0)
        assert [content_of(record) for record in SideEffect.objects.all()] == before


class TestExport:
    """Files as people open them."""

    def test_one_row_a_record_and_one_column_a_field(self, universe):
        text = export(SideEffect.objects.all(), "csv").decode("utf-8")
        assert text.startswith("\ufeffslug,status,")
        assert "page:1-2" in text
        assert "updated_at" not in text

    def test_a_workbook_tells_what_its_columns_mean(self, universe):
        universe.make(Symptom, "odd", name="=1+1")
        book = load_workbook(io.BytesIO(export(Symptom.objects.all(), "xlsx")))
        sheet, manual = book.worksheets
        header = [c.value for c in sheet[1]]
        assert header == [f.name for f in kept(Symptom)]
        assert "'=1+1" in {row[header.index("name")] for row in sheet.iter_rows(values_only=True)}
        assert "f" not in {c.data_type for row in sheet for c in row}
        assert [row[0].value for row in manual][1:] == header

    def test_the_list_goes_out_as_it_is_filtered(self, universe, people, client):
        client.force_login(people["viewer"])
        url = reverse("admin:symptoms_sideeffect_export", args=["csv"])
        given = client.get(url, {"effect__exact": "protects"})
        assert given.status_code == 200
        assert "drug-joint" in given.content.decode()
        assert "class-bone" not in given.content.decode()
        assert "attachment" in given["Content-Disposition"]

    def test_trees_and_searches_go_out_too(self, universe, people, client):
        client.force_login(people["viewer"])
        given = client.get(reverse("admin:treatments_treatment_export", args=["yaml"]), {"q": "brandol"})
        assert [record["fields"]["slug"] for record in yaml.safe_load(given.content)] == ["drug"]

    def test_the_rows_selected_go_out(self, universe, client, django_user_model):
        client.force_login(django_user_model.objects.create_superuser("ed"))
        for model in (SideEffect, Passage):
            record = model.objects.first()
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            given = client.post(url, {"action": "export_as_csv", "_selected_action": [record.pk]})
            assert len(given.content.decode().strip().splitlines()) == 2

    def test_who_has_no_role_exports_nothing(self, universe, people, client):
        client.force_login(people["nobody"])
        answer = client.get(reverse("admin:symptoms_symptom_export", args=["csv"]))
        assert answer.url.startswith(reverse("admin:login"))


class TestWhatComesIn:
    """New records are drafts, drafts are written, what is public gets a proposal."""

    def test_each_on_its_way(self, universe, people, take, ask):
        begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "New."))
        data = table("slug,name,summary", "numb,Numb,No feeling.", "stiff,Stiff,Hard to bend.", "pain,Pain,It hurts.")
        result = take(data, Symptom)
        assert [o.state for o in result.outcomes] == ["new", "changed", "changed"]
        assert Symptom.objects.get(slug="numb").status == "draft"
        assert Symptom.objects.get(slug="stiff").summary == "Hard to bend."
        change = Change.objects.get()
        assert (change.content["summary"], change.state, change.way) == ("It hurts.", "draft", "import")
        assert change.batch.done_at
        assert ask("symptoms/pain/")["summary"] == ""
        assert {v.way for v in Version.objects.filter(slug="numb")} == {"import"}

    def test_nothing_is_published_by_an_import(self, universe, take):
        result = take(table("slug,name,status", "numb,Numb,published"), Symptom)
        assert Symptom.objects.get(slug="numb").status == "draft"
        assert "publishes" in result.outcomes[0].notes[0]

    def test_a_file_of_new_records_that_name_each_other_is_reviewed_and_published(self, universe, people, take, ask):
        data = yaml.safe_dump(
            [
                {
                    "model": "symptoms.sideeffect",
                    "fields": {
                        "slug": "drug-numb",
                        "treatment": ["drug"],
                        "symptom": ["numb-hand"],
                        "effect": "causes",
                        "text": "Drug can numb the hand.",
                        "citations": [["page", 3, 4]],
                    },
                },
                {"model": "symptoms.symptom", "fields": {"slug": "numb-hand", "name": "Numb hand", "parent": ["numb"]}},
                {"model": "symptoms.symptom", "fields": {"slug": "numb", "name": "Numb"}},
                {"model": "kb.passage", "fields": {"source": ["page"], "first_line": 3, "last_line": 4}},
            ]
        ).encode()
        result = take(data, name="x.yaml", send=True)
        assert faults(result) == {}
        assert result.brought
        for slug in ("numb", "numb-hand", "drug-numb"):
            change = Change.objects.get(slug=slug)
            approve(people["reviewer"], change, change.lock)
        assert ask("side-effects/drug-numb/")["citations"][0]["first_line"] == 3

    def test_a_column_that_is_missing_leaves_the_field_and_an_empty_cell_empties_it(self, universe, take):
        take(table("slug,brand_names,kind", "drug,,"), Treatment)
        content = Change.objects.get().content
        assert (content["brand_names"], content["kind"]) == ([], Treatment._meta.get_field("kind").default)
        assert content["synonyms"] == ["drüg-e"]

    def test_what_somebody_has_proposed_before_is_kept(self, universe, people, take):
        pain = Symptom.objects.get(slug="pain")
        save(pain, content_of(pain) | {"synonyms": ["hurt"]}, Wish(people["editor"], "Said so."))
        take(table("slug,summary", "pain,It hurts."), Symptom)
        change = Change.objects.get()
        assert (change.content["synonyms"], change.content["summary"]) == (["hurt"], "It hurts.")

    @pytest.mark.parametrize(
        "data",
        [
            table("slug;summary", "pain;Oh, no"),
            b"\xef\xbb\xbf" + table("slug,summary", 'pain,"Oh, no"'),
            table("sep=;", "slug;summary", "pain;Oh, no"),
            table("\tSlug\tSummary\t".strip(), "pain\tOh, no"),
        ],
    )
    def test_separated_as_spreadsheets_do(self, universe, take, data):
        assert take(data, Symptom).outcomes[0].differences[0].after == "Oh, no"


class TestAllOrNothing:
    """Whatever is wrong is told at once, by row and column, and nothing is written."""

    def test_every_fault_of_every_row(self, universe, take):
        Symptom.objects.filter(slug="joint-ache").update(status="retired")
        data = table(
            "slug,text,treatment,symptom,effect,frequency,onset_max,citations",
            "a,A.,drog,pain,causes,rar,soon,page:1-2",
            "b,,drug,,causes,,,page 1",
            "a,C.,drug,pain,causes,,,",
            "d,D.,drug,joint-ache,causes,,,page:7",
            "class-bone,E.,other,bone-ache,causes,,,",
            ",F.,drug,pain,causes,,,",
        )
        told = faults(take(data, SideEffect))
        assert "'drug'" in told["row 2", "treatment"]
        assert "'rare'" in told["row 2", "frequency"]
        assert "P7D" in told["row 2", "onset_max"]
        assert told["row 3", "text"] == "This cannot be empty."
        assert told["row 3", "symptom"] == "This cannot be empty."
        assert "source:first-last" in told["row 3", "citations"]
        assert "row 2" in told["row 4", ""]
        assert "retired" in told["row 5", "symptom"] or "page:7" in told["row 5", "citations"]
        assert "No citation" in told["row 6", "citations"]
        assert "names the record" in told["row 7", "slug"]
        assert not SideEffect.objects.filter(slug__in="abd").exists()
        assert not Change.objects.exists()

    def test_a_row_that_names_a_wrong_one_says_so(self, universe, take):
        told = faults(take(table("slug,name,parent", "numb,Pain,", "numb-hand,Numb hand,numb"), Symptom))
        assert "already a name" in told["row 2", ""]
        assert told["row 3", "parent"] == "“numb” stands in row 2, which is wrong."

    def test_new_records_in_a_circle(self, universe, take):
        told = faults(take(table("slug,name,parent", "a,A,b", "b,B,a"), Symptom))
        assert any("circle" in message for message in told.values())

    def test_an_unknown_column_names_the_nearest(self, universe, take):
        assert "'summary'" in faults(take(table("slug,sumary", "pain,x"), Symptom))["row 1", "sumary"]

    def test_a_retired_record_is_not_changed(self, universe, take):
        Symptom.objects.filter(slug="joint-ache").update(status="retired")
        assert "is retired" in faults(take(table("slug,summary", "joint-ache,x"), Symptom))["row 2", ""]

    def test_the_day_of_a_review_is_not_imported(self, universe, take):
        told = faults(take(table("slug,reviewed_on", "pain,2026-01-01"), Symptom))
        assert "A reviewer sets this day" in told["row 2", "reviewed_on"]

    @pytest.mark.parametrize(
        ("name", "data", "words"),
        [
            ("x.csv", b" ", "is empty"),
            ("x.csv", b"slug,name\n", "holds no records"),
            ("x.csv", b"slug,name\npain,\xe9", "UTF-8"),
            ("x.xlsx", b"slug,name\npain,x", "no .xlsx file"),
            ("x.xlsx", b"PK nonsense", "cannot be read"),
            ("x.csv", b"PK\x03\x04", "no .csv file"),
            ("x.pdf", b"%PDF", "not understood"),
            ("x.yaml", b"a: [", "no YAML"),
            ("x.yaml", b"a: 1", "list of records"),
            ("x.yaml", b"- &a [1]\n- *a", "references"),
        ],
    )
    def test_a_file_that_cannot_be_read_says_why(self, universe, name, data, words):
        with pytest.raises(Unreadable, match=words):
            read(name, data, Symptom)

    def test_a_file_that_is_too_large_is_refused(self):
        with pytest.raises(Unreadable, match="10 MB at most"):
            read("x.csv", b"x" * (10 * 2**20 + 1), Symptom)

    def test_yaml_tells_the_line(self, universe, take):
        data = (
            b"- model: symptoms.symptom\n  fields: {slug: pain, colour: red}\n- model: symptoms.symptm\n  fields: {}\n"
        )
        told = faults(take(data, name="x.yaml"))
        assert "There is no column “colour”" in told["line 1", "colour"]
        assert "'symptoms.symptom'" in told["line 3", "model"]

    def test_a_trial_leaves_no_trace(self, universe, take):
        versions = Version.objects.count()
        assert take(table("slug,name", "numb,Numb", "pain,Ouch"), Symptom, trial=True).can_be_brought
        assert not Symptom.objects.filter(slug="numb").exists()
        assert (Version.objects.count(), Change.objects.count()) == (versions, 0)

    def test_what_has_moved_on_since_the_trial_is_not_brought_in(self, universe, take):
        data = table("slug,summary", "pain,Yours.", "bone-ache,Yours.")
        seal = take(data, Symptom, trial=True).seal
        Symptom.objects.filter(slug="pain").update(summary="Mine.")
        with pytest.raises(Moved, match="moved on"):
            take(data, Symptom, seal=seal)
        assert not Change.objects.exists()

    def test_a_file_is_brought_in_once(self, universe, take, people):
        batch = Batch.objects.create(name="x", why="x", by=people["editor"])
        data = table("slug,name", "numb,Numb")
        take(data, Symptom, batch=batch)
        with pytest.raises(Moved, match="already"):
            take(data, Symptom, batch=batch)


class TestPages:
    """The pages of an import."""

    @pytest.fixture
    def upload(self, universe, people, client):
        client.force_login(people["editor"])

        def upload(data, name="x.csv", **more):
            file = io.BytesIO(data)
            file.name = name
            return client.post(reverse("admin:symptoms_symptom_import"), {"file": file, "why": "Read again."} | more)

        return upload

    def streamed(self, given):
        assert given.status_code == 200
        return b"".join(given.streaming_content).decode()

    def test_a_file_is_tried_shown_and_brought_in(self, upload, client):
        there = upload(table("slug,name,summary", "numb,Numb,", "pain,Pain,It <hurts>."))
        page = self.streamed(client.get(there.url))
        assert "This would happen" in page
        assert "It &lt;hurts&gt;." in page
        assert "<progress" in page
        assert page.rstrip().endswith("</html>")
        assert not Symptom.objects.filter(slug="numb").exists()
        seal = page.partition('name="seal" value="')[2].partition('"')[0]
        assert "It is in" in self.streamed(client.post(there.url, {"seal": seal}))
        assert Symptom.objects.get(slug="numb").status == "draft"
        assert Change.objects.get().state == "draft"
        assert "was brought in on" in client.post(there.url, {"seal": seal}).content.decode()

    def test_sent_for_review_at_once(self, upload, client):
        there = upload(table("slug,summary", "pain,It hurts."), send="on")
        page = self.streamed(client.get(there.url))
        seal = page.partition('name="seal" value="')[2].partition('"')[0]
        self.streamed(client.post(there.url, {"seal": seal, "send": "on"}))
        assert Change.objects.get().state == "submitted"

    def test_a_wrong_file_yields_no_button(self, upload, client):
        page = self.streamed(client.get(upload(table("slug,name,kind", "numb,Numb,symptm")).url))
        assert "row 2" in page
        assert "&#x27;symptom&#x27;" in page
        assert "seal" not in page

    def test_nothing_is_brought_in_unseen(self, upload, client):
        there = upload(table("slug,name", "numb,Numb"))
        assert "moved on" in self.streamed(client.post(there.url))
        assert not Symptom.objects.filter(slug="numb").exists()

    def test_why_is_asked_for_and_an_unreadable_file_told(self, upload):
        assert "required" in upload(b"slug,name\nnumb,Numb", why="").content.decode()
        assert "no .xlsx file" in upload(b"slug,name\nnumb,Numb", name="x.xlsx").content.decode()

    def test_who_leaves_in_the_middle_leaves_nothing_behind(self, upload, people):
        upload(table("slug,name", *(f"s-{n},S {n}" for n in range(100))))
        batch = Batch.objects.get()
        wish = Wish(people["editor"], batch.why, Way.IMPORT, batch)
        parts = stream("", "", batch, wish, "any seal", {})
        for _ in range(10):
            next(parts)
        assert Symptom.objects.filter(slug__startswith="s-").exists()
        parts.close()
        assert not Symptom.objects.filter(slug__startswith="s-").exists()
        batch.refresh_from_db()
        assert batch.done_at is None

    def test_only_who_uploaded_it_brings_it_in(self, upload, client, people):
        there = upload(table("slug,name", "numb,Numb"))
        client.force_login(people["reviewer"])
        assert client.get(there.url).status_code == 403

    def test_a_viewer_imports_nothing(self, universe, people, client):
        client.force_login(people["viewer"])
        assert client.get(reverse("admin:symptoms_symptom_import")).status_code == 403

    def test_the_list_leads_to_both(self, universe, client, django_user_model):
        client.force_login(django_user_model.objects.create_superuser("ed"))
        page = client.get(reverse("admin:symptoms_symptom_changelist"), {"q": "ache"}).content.decode()
        assert 'href="import/"' in page
        assert 'href="export/xlsx/?q=ache"' in page


class TestCommands:
    """The same on the command line."""

    def run(self, path, **more):
        call_command("import_knowledge", path, **{"by": "editor", "why": "Read again.", "kind": "symptom"} | more)

    def test_out_and_in_again(self, universe, people, tmp_path, capsys):
        path = tmp_path / "symptoms.xlsx"
        call_command("export_knowledge", "symptom", to=path)
        self.run(path)
        assert "Nothing is different: 0 new, 0 changed, 3 same." in capsys.readouterr().out

    def test_tried_and_brought_in(self, universe, people, tmp_path, capsys):
        path = tmp_path / "x.csv"
        path.write_text("slug,name,summary\nnumb,Numb,\npain,Pain,It hurts.\n")
        self.run(path, dry_run=True)
        assert "summary: (empty) → It hurts." in capsys.readouterr().out
        assert not Symptom.objects.filter(slug="numb").exists()
        assert not Batch.objects.exists()
        self.run(path, send=True)
        assert {change.state for change in Change.objects.all()} == {"submitted"}

    def test_what_is_wrong_is_told_by_row_and_fails(self, universe, people, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text("slug,name,kind\nnumb,Numb,symptm\n")
        with pytest.raises(CommandError, match=r"row 2, kind: .*'symptom'"):
            self.run(path)
        for more, words in [
            ({"by": "ghost"}, "nobody called"),
            ({"by": "viewer"}, "role of editor"),
            ({"kind": "sympton"}, "'symptom'"),
            ({"kind": None}, "name the kind"),
            ({"why": " "}, "Say why"),
        ]:
            with pytest.raises(CommandError, match=words):
                self.run(path, **more)
