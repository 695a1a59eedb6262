"""Building releases: files, checksums, archive and SQLite database; immutability; names that are refused."""

import hashlib
import sqlite3
import subprocess
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from kb.dataset.version import data_version
from kb.models import Release, ReleaseChunk, ReleaseFile
from kb.releases import build_release
from kb.releases.builder import write_archive
from kb.releases.folder import ReleaseFolder
from symptoms.models import SideEffect, Symptom


def test_a_release_is_listed_with_its_files_and_how_to_cite_it(universe, get_json):
    assert get_json("releases/")["results"] == []
    release = build_release("2026.12")
    (payload,) = get_json("releases/")["results"]
    assert payload == get_json("releases/2026.12/")
    assert payload["data_version"] == release.data_version == data_version()
    assert (payload["records"], payload["previous"]) == (15, None)
    assert payload["how_to_cite"].endswith(f"release 2026.12, data version {data_version()}.")
    assert len(payload["files"]) == len({file["name"] for file in payload["files"]})
    assert all(file["url"].endswith(f"/api/v1/releases/2026.12/{file['name']}") for file in payload["files"])


def test_each_file_is_served_unchanged_and_cached_as_immutable(universe, api, get_json):
    build_release("2026.12")
    for file in get_json("releases/2026.12/")["files"]:
        response = api.get(file["url"])
        content = response.getvalue()
        assert response.streaming
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
        assert response["Content-Length"] == str(file["size"])
        assert response["Content-Type"].startswith(file["media_type"])
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        second = api.get(file["url"], headers={"if-none-match": response["ETag"]})
        assert (second.status_code, second["ETag"]) == (304, response["ETag"])
        for media_type in (file["media_type"], "application/octet-stream", "text/html"):
            assert api.get(file["url"], headers={"accept": media_type}).getvalue() == content
        disposition = "attachment" if file["name"].endswith((".zip", ".sqlite3", ".parquet")) else "inline"
        assert response["Content-Disposition"] == f'{disposition}; filename="{file["name"]}"'


def test_later_changes_do_not_change_a_release(universe, api, get_json, get_release_file):
    version = build_release("2026.12").data_version
    contents = {
        file["name"]: get_release_file("2026.12", file["name"]) for file in get_json("releases/2026.12/")["files"]
    }
    SideEffect.objects.filter(slug="class-bone").update(onset="soon")
    assert {name: get_release_file("2026.12", name) for name in contents} == contents
    response = api.get("/api/v1/releases/2026.12/knowledge.json")
    assert response["X-KB-Version"] == version != data_version()


def test_sha256sum_verifies_the_files_and_detects_a_changed_one(universe, tmp_path, capsys):
    call_command("release", "2026.12", to=tmp_path)
    assert "sha256sum -c SHA256SUMS" in capsys.readouterr().out

    def run_sha256sum():
        return subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True)  # noqa: S607

    assert run_sha256sum().returncode == 0
    assert run_sha256sum().stdout.count(": OK") == len(list(tmp_path.iterdir())) - 1
    (tmp_path / "treatments.csv").write_text("something else")
    assert "treatments.csv: FAILED" in run_sha256sum().stdout


def test_the_archive_holds_every_other_file(universe, get_release_file, get_json, tmp_path):
    release = build_release("2026.12")
    archive_file, *other_files = get_json("releases/2026.12/")["files"]
    assert (archive_file["name"], archive_file["media_type"]) == ("bone-pain-kb-2026.12.zip", "application/zip")
    with ZipFile(BytesIO(get_release_file("2026.12", archive_file["name"]))) as archive:
        assert archive.namelist() == sorted(f"bone-pain-kb-2026.12/{file['name']}" for file in other_files)
        archive.extractall(tmp_path)
    directory = tmp_path / "bone-pain-kb-2026.12"
    process = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=directory, capture_output=True, text=True)  # noqa: S607
    assert (process.returncode, process.stdout.count(": OK")) == (0, len(other_files) - 1)
    call_command("release", "2026.12", to=tmp_path / "to")
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "to").iterdir()
    }
    with ReleaseFolder.open_empty() as folder:
        for file in release.files.exclude(name=archive_file["name"]).order_by("-pk"):
            folder.write(file.name, file.iterate_content(), file.media_type, file.says)
        write_archive(release, folder)
        assert folder.files[archive_file["name"]].sha256 == archive_file["sha256"]


def test_the_sqlite_database_holds_records_list_items_and_citations(universe, get_release_file, tmp_path):
    build_release("2026.12")
    path = tmp_path / "knowledge.sqlite3"
    path.write_bytes(get_release_file("2026.12", "knowledge.sqlite3"))
    with sqlite3.connect(path) as database:
        query = lambda sql: database.execute(sql).fetchall()  # noqa: E731
        assert query("PRAGMA integrity_check") == [("ok",)]
        assert query("SELECT slug, treatment, symptom_name, onset_max FROM side_effects ORDER BY slug LIMIT 1") == [
            ("class-bone", "class", "Bone-ache", None)
        ]
        assert query("SELECT item FROM items WHERE slug = 'drug' AND field = 'brand_names'") == [("Brandol",)]
        assert query("SELECT source, section, first_line, last_line FROM citations WHERE slug = 'class-bone'") == [
            ("page", "Head", 1, 2)
        ]
        assert query("SELECT says FROM about WHERE name = 'data_version'") == [(data_version(),)]
        joined_sql = (
            "SELECT t.name FROM side_effects s JOIN treatments t ON t.slug = s.treatment WHERE s.effect = 'protects'"
        )
        assert query(joined_sql) == [("Drug",)]
    database.close()


@pytest.mark.parametrize("name", ["2026", "2026.13", "2026.1", "2026.12.0", "٢٠٢٦.11", "latest", "2026.12/x", ""])
def test_an_invalid_name_is_refused_with_an_example(universe, name):
    with pytest.raises(CommandError, match=r"such as 2026\.12|blank"):
        call_command("release", name)
    assert not Release.objects.exists()


def test_a_release_without_changes_or_with_an_unusable_name_is_refused(db, request):
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


def test_a_name_in_the_future_is_refused(universe):
    with pytest.raises(CommandError, match="later than next month"):
        call_command("release", "2999.12")


def test_a_release_cannot_be_changed_or_deleted(universe):
    release = build_release("2026.12")
    for attempt in (
        release.delete,
        release.files.first().delete,
        Release.objects.all().delete,
        lambda: ReleaseFile.objects.update(size=1),
        ReleaseChunk.objects.all().delete,
        lambda: release.save(),
    ):
        with pytest.raises(Exception, match=r"never changes|UNIQUE|unique"), transaction.atomic():
            attempt()
    assert Release.objects.get().files.count() == release.files.count()


def test_a_stored_release_is_written_out_again_unchanged(universe, tmp_path, capsys):
    call_command("release", "2026.12", to=tmp_path / "one")
    Symptom.objects.update(summary="new")
    call_command("release", "2026.12", to=tmp_path / "two")
    assert "stays as it is" in capsys.readouterr().out
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written there"):
        call_command("release", "2026.12", to=tmp_path / "file")


def test_an_unknown_release_or_file_is_a_problem_that_names_the_nearest(universe, get_json):
    build_release("2026.12")
    assert "Did you mean “2026.12”?" in get_json("releases/2026.11/", 404)["detail"]
    assert "The newest is “2026.12”." in get_json("releases/latest/", 404)["detail"]
    assert "treatments.csv" in get_json("releases/2026.12/treatment.csv", 404)["detail"]
    for path in ("releases/%00/", "releases/a%00b/x.csv", "releases/2026.12/%00"):
        get_json(path, 404)
    assert get_json("releases/", 400, nmae="x")["errors"][0]["parameter"] == "nmae"
    assert "there are: none." in get_json("releases/2026.12/SHA256SUMS", 400, format="txt")["detail"]
    (error,) = get_json("releases/2026.12/treatments.csv", 400, format="json")["errors"]
    assert error["detail"] == "“json” is no format of this address; there are: csv."
    assert get_json("releases/2026.12/", 400, fields="name")["errors"][0]["parameter"] == "fields"
