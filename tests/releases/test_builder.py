"""A release is what was published at one moment: whole, immutable, and told from the one before."""

import hashlib
import sqlite3
import subprocess
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from kb.dataset.version import data_version
from kb.editorial.versioning import versioned_transaction
from kb.models import Release, ReleaseFile
from kb.releases import build_release
from kb.releases import builder as making
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment


def test_a_release_is_listed_with_its_files_and_how_to_cite_it(universe, get_json):
    assert get_json("releases/")["results"] == []
    release = build_release("2026.12")
    (listed,) = get_json("releases/")["results"]
    assert listed == get_json("releases/2026.12/")
    assert listed["data_version"] == release.data_version == data_version()
    assert (listed["records"], listed["previous"]) == (15, None)
    assert listed["how_to_cite"].endswith(f"release 2026.12, data version {data_version()}.")
    assert len(listed["files"]) == len({file["name"] for file in listed["files"]})
    assert all(file["url"].endswith(f"/api/v1/releases/2026.12/{file['name']}") for file in listed["files"])


def test_each_file_is_served_as_it_was_made_for_good(universe, api, get_json):
    build_release("2026.12")
    for file in get_json("releases/2026.12/")["files"]:
        answer = api.get(file["url"])
        assert (len(answer.content), hashlib.sha256(answer.content).hexdigest()) == (file["size"], file["sha256"])
        assert answer["Content-Type"].startswith(file["media_type"])
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        again = api.get(file["url"], headers={"if-none-match": answer["ETag"]})
        assert (again.status_code, again["ETag"]) == (304, answer["ETag"])
        for accepted in (file["media_type"], "application/octet-stream", "text/html"):
            assert api.get(file["url"], headers={"accept": accepted}).content == answer.content
        shown = "attachment" if file["name"].endswith((".zip", ".sqlite3")) else "inline"
        assert answer["Content-Disposition"] == f'{shown}; filename="{file["name"]}"'


def test_what_is_published_later_changes_no_release(universe, api, get_json, get_release_file):
    version = build_release("2026.12").data_version
    before = {
        each["name"]: get_release_file("2026.12", each["name"]) for each in get_json("releases/2026.12/")["files"]
    }
    SideEffect.objects.filter(slug="class-bone").update(onset="soon")
    assert {name: get_release_file("2026.12", name) for name in before} == before
    answer = api.get("/api/v1/releases/2026.12/knowledge.json")
    assert answer["X-KB-Version"] == version != data_version()


def test_sha256sum_finds_every_file_whole_and_tells_one_that_is_not(universe, tmp_path, capsys):
    call_command("release", "2026.12", to=tmp_path)
    assert "sha256sum -c SHA256SUMS" in capsys.readouterr().out

    def checked():
        return subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True)  # noqa: S607

    assert checked().returncode == 0
    assert checked().stdout.count(": OK") == len(list(tmp_path.iterdir())) - 1
    (tmp_path / "treatments.csv").write_text("something else")
    assert "treatments.csv: FAILED" in checked().stdout


def test_one_archive_unpacks_into_a_folder_that_holds_every_other_file(universe, get_release_file, get_json, tmp_path):
    release = build_release("2026.12")
    first, *others = get_json("releases/2026.12/")["files"]
    assert (first["name"], first["media_type"]) == ("bone-pain-kb-2026.12.zip", "application/zip")
    with ZipFile(BytesIO(get_release_file("2026.12", first["name"]))) as packed:
        assert packed.namelist() == sorted(f"bone-pain-kb-2026.12/{other['name']}" for other in others)
        packed.extractall(tmp_path)
    folder = tmp_path / "bone-pain-kb-2026.12"
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)  # noqa: S607
    assert (checked.returncode, checked.stdout.count(": OK")) == (0, len(others) - 1)
    call_command("release", "2026.12", to=tmp_path / "to")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "to").iterdir()
    }
    again = making.build_archive(release, [*release.files.exclude(name=first["name"]).order_by("-pk")])
    assert again.sha256 == first["sha256"]


def test_the_database_holds_each_record_each_item_and_each_cited_place(universe, get_release_file, tmp_path):
    build_release("2026.12")
    path = tmp_path / "knowledge.sqlite3"
    path.write_bytes(get_release_file("2026.12", "knowledge.sqlite3"))
    with sqlite3.connect(path) as base:
        ask = lambda question: base.execute(question).fetchall()  # noqa: E731
        assert ask("PRAGMA integrity_check") == [("ok",)]
        assert ask("SELECT slug, treatment, symptom_name, onset_max FROM side_effects ORDER BY slug LIMIT 1") == [
            ("class-bone", "class", "Bone-ache", None)
        ]
        assert ask("SELECT item FROM items WHERE slug = 'drug' AND field = 'brand_names'") == [("Brandol",)]
        assert ask("SELECT source, section, first_line, last_line FROM citations WHERE slug = 'class-bone'") == [
            ("page", "Head", 1, 2)
        ]
        assert ask("SELECT says FROM about WHERE name = 'data_version'") == [(data_version(),)]
        joined = (
            "SELECT t.name FROM side_effects s JOIN treatments t ON t.slug = s.treatment WHERE s.effect = 'protects'"
        )
        assert ask(joined) == [("Drug",)]
    base.close()


@pytest.mark.parametrize("name", ["2026", "2026.13", "2026.1", "2026.12.0", "٢٠٢٦.11", "latest", "2026.12/x", ""])
def test_a_name_that_is_none_is_refused_with_what_would_be_right(universe, name):
    with pytest.raises(CommandError, match=r"such as 2026\.12|blank"):
        call_command("release", name)
    assert not Release.objects.exists()


def test_nothing_new_nothing_published_and_a_name_that_is_taken_or_too_old_are_refused(db, request):
    with pytest.raises(CommandError, match="Nothing is published"):
        call_command("release", "2026.12")
    request.getfixturevalue("universe")
    build_release("2026.12")
    with pytest.raises(CommandError, match="already exists"):
        call_command("release", "2026.12")
    with pytest.raises(CommandError, match=r"Nothing has changed since 2026\.12"):
        call_command("release", "2026.12.1")
    Symptom.objects.update(summary="new")
    with pytest.raises(CommandError, match="would stand before it"):
        call_command("release", "2026.11")
    call_command("release", "2026.12.1")
    Symptom.objects.update(updated_at=timezone.now())
    with pytest.raises(CommandError, match="what was changed was changed back"):
        call_command("release", "2026.12.2")
    assert [release.name for release in Release.objects.all()] == ["2026.12.1", "2026.12"]


def test_a_year_that_is_mistyped_does_not_bar_all_that_come_after(universe):
    with pytest.raises(CommandError, match="later than next month"):
        call_command("release", "2999.12")


def test_a_release_cannot_be_changed_or_deleted(universe):
    release = build_release("2026.12")
    for attempt in (
        release.delete,
        release.files.first().delete,
        Release.objects.all().delete,
        lambda: ReleaseFile.objects.update(size=1),
        lambda: release.save(),
    ):
        with pytest.raises(Exception, match=r"never changes|UNIQUE|unique"), making.exclusive_transaction():
            attempt()
    assert Release.objects.get().files.count() == release.files.count()


def test_a_release_is_written_out_again_from_what_was_kept(universe, tmp_path, capsys):
    call_command("release", "2026.12", to=tmp_path / "one")
    Symptom.objects.update(summary="new")
    call_command("release", "2026.12", to=tmp_path / "two")
    assert "stays as it is" in capsys.readouterr().out
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written there"):
        call_command("release", "2026.12", to=tmp_path / "file")


def test_a_release_during_which_the_data_change_is_not_made(universe, monkeypatch):
    since = making.iterate_changes_since

    def late(*args):
        with versioned_transaction():
            Treatment.objects.filter(slug="drug").update(summary="late")
        return since(*args)

    monkeypatch.setattr(making, "iterate_changes_since", late)
    with pytest.raises(ValidationError, match="changed while it was made"):
        build_release("2026.12")
    assert not Release.objects.exists()


def test_a_release_or_file_that_is_not_there_is_a_problem_that_names_the_nearest(universe, get_json):
    build_release("2026.12")
    assert "Did you mean “2026.12”?" in get_json("releases/2026.11/", 404)["detail"]
    assert "The newest is “2026.12”." in get_json("releases/latest/", 404)["detail"]
    assert "treatments.csv" in get_json("releases/2026.12/treatment.csv", 404)["detail"]
    for path in ("releases/%00/", "releases/a%00b/x.csv", "releases/2026.12/%00"):
        get_json(path, 404)
    assert get_json("releases/", 400, nmae="x")["errors"][0]["parameter"] == "nmae"
    assert "there are: none." in get_json("releases/2026.12/SHA256SUMS", 400, format="txt")["detail"]
    (fault,) = get_json("releases/2026.12/treatments.csv", 400, format="json")["errors"]
    assert fault["detail"] == "“json” is no format of this address; there are: csv."
    assert get_json("releases/2026.12/", 400, fields="name")["errors"][0]["parameter"] == "fields"
