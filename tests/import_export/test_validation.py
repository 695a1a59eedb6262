"""Validation of imported files: errors by row and column, unreadable files, dry runs that leave no trace."""

import pytest

from kb.import_export import StaleDryRun, UnreadableFile, read_rows
from kb.models import Batch, Change, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.imports import encode_lines, get_row_errors
from tests.helpers.imports import import_file as import_file


def test_every_error_of_every_row_is_reported(universe, import_file):
    Symptom.objects.filter(slug="joint-ache").update(status="retired")
    data = encode_lines(
        "slug,text,treatment,symptom,effect,frequency,onset_max,citations",
        "a,A.,drog,pain,causes,rar,soon,page:1-2",
        "b,,drug,,causes,,,page 1",
        "a,C.,drug,pain,causes,,,",
        "d,D.,drug,joint-ache,causes,,,page:7",
        "class-bone,E.,other,bone-ache,causes,,,",
        ",F.,drug,pain,causes,,,",
    )
    errors = get_row_errors(import_file(data, SideEffect))
    assert "“drug”" in errors["row 2", "treatment"]
    assert "“Rare”" in errors["row 2", "frequency"]
    assert "P7D" in errors["row 2", "onset_max"]
    assert errors["row 3", "text"] == "This cannot be empty."
    assert errors["row 3", "symptom"] == "This cannot be empty."
    assert "source:first-last" in errors["row 3", "citations"]
    assert "row 2" in errors["row 4", ""]
    assert "retired" in errors["row 5", "symptom"] or "page:7" in errors["row 5", "citations"]
    assert "No citation" in errors["row 6", "citations"]
    assert "names the record" in errors["row 7", "slug"]
    assert not SideEffect.objects.filter(slug__in="abd").exists()
    assert not Change.objects.exists()


def test_a_row_that_refers_to_an_invalid_row_says_so(universe, import_file):
    errors = get_row_errors(
        import_file(encode_lines("slug,name,parents", "numb,Pain,", "numb-hand,Numb hand,numb"), Symptom)
    )
    assert "already a name" in errors["row 2", ""]
    assert errors["row 3", "parents"] == "“numb” stands in row 2, which is wrong."


def test_new_records_in_a_cycle_are_refused(universe, import_file):
    errors = get_row_errors(import_file(encode_lines("slug,name,parents", "a,A,b", "b,B,a"), Symptom))
    assert any("circle" in message for message in errors.values())


def test_an_unknown_column_is_refused_and_the_nearest_is_named(universe, import_file):
    assert "“summary”" in get_row_errors(import_file(encode_lines("slug,sumary", "pain,x"), Symptom))["row 1", "sumary"]


def test_a_retired_record_is_not_changed(universe, import_file):
    Symptom.objects.filter(slug="joint-ache").update(status="retired")
    assert (
        "is retired" in get_row_errors(import_file(encode_lines("slug,summary", "joint-ache,x"), Symptom))["row 2", ""]
    )


def test_the_review_date_cannot_be_imported(universe, import_file):
    errors = get_row_errors(import_file(encode_lines("slug,reviewed_on", "pain,2026-01-01"), Symptom))
    assert "A reviewer sets this day" in errors["row 2", "reviewed_on"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
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
def test_an_unreadable_file_is_refused_with_a_reason(universe, name, data, message):
    with pytest.raises(UnreadableFile, match=message):
        read_rows(name, data, Symptom)


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(UnreadableFile, match="10 MB at most"):
        read_rows("x.csv", b"x" * (10 * 2**20 + 1), Symptom)


def test_errors_in_yaml_name_the_line(universe, import_file):
    data = b"- model: symptoms.symptom\n  fields: {slug: pain, colour: red}\n- model: symptoms.symptm\n  fields: {}\n"
    errors = get_row_errors(import_file(data, name="x.yaml"))
    assert "There is no column “colour”" in errors["line 1", "colour"]
    assert "“symptoms.symptom”" in errors["line 3", "model"]


def test_a_dry_run_leaves_no_trace(universe, import_file):
    versions = Version.objects.count()
    assert import_file(encode_lines("slug,name", "numb,Numb", "pain,Ouch"), Symptom, dry_run=True).can_be_imported
    assert not Symptom.objects.filter(slug="numb").exists()
    assert (Version.objects.count(), Change.objects.count()) == (versions, 0)


def test_a_file_whose_outcome_differs_from_its_dry_run_is_not_imported(universe, import_file):
    data = encode_lines("slug,summary", "pain,Yours.", "bone-ache,Yours.")
    digest = import_file(data, Symptom, dry_run=True).outcome_digest
    Symptom.objects.filter(slug="pain").update(summary="Mine.")
    with pytest.raises(StaleDryRun, match="moved on"):
        import_file(data, Symptom, outcome_digest=digest)
    assert not Change.objects.exists()


def test_a_file_is_imported_once(universe, import_file, users):
    batch = Batch.objects.create(name="x", why="x", by=users["editor"])
    data = encode_lines("slug,name", "numb,Numb")
    import_file(data, Symptom, batch=batch)
    with pytest.raises(StaleDryRun, match="already"):
        import_file(data, Symptom, batch=batch)
