"""Whatever is wrong with a file is told at once, by row and column, and nothing is written."""

import pytest

from kb.import_export import Moved, Unreadable, read
from kb.models import Batch, Change, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.imports import faults, table
from tests.helpers.imports import take as take


def test_every_fault_of_every_row(universe, take):
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
    assert "“drug”" in told["row 2", "treatment"]
    assert "“rare”" in told["row 2", "frequency"]
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


def test_a_row_that_names_a_wrong_one_says_so(universe, take):
    told = faults(take(table("slug,name,parent", "numb,Pain,", "numb-hand,Numb hand,numb"), Symptom))
    assert "already a name" in told["row 2", ""]
    assert told["row 3", "parent"] == "“numb” stands in row 2, which is wrong."


def test_new_records_in_a_circle(universe, take):
    told = faults(take(table("slug,name,parent", "a,A,b", "b,B,a"), Symptom))
    assert any("circle" in message for message in told.values())


def test_an_unknown_column_names_the_nearest(universe, take):
    assert "“summary”" in faults(take(table("slug,sumary", "pain,x"), Symptom))["row 1", "sumary"]


def test_a_retired_record_is_not_changed(universe, take):
    Symptom.objects.filter(slug="joint-ache").update(status="retired")
    assert "is retired" in faults(take(table("slug,summary", "joint-ache,x"), Symptom))["row 2", ""]


def test_the_day_of_a_review_is_not_imported(universe, take):
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
def test_a_file_that_cannot_be_read_says_why(universe, name, data, words):
    with pytest.raises(Unreadable, match=words):
        read(name, data, Symptom)


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(Unreadable, match="10 MB at most"):
        read("x.csv", b"x" * (10 * 2**20 + 1), Symptom)


def test_yaml_tells_the_line(universe, take):
    data = b"- model: symptoms.symptom\n  fields: {slug: pain, colour: red}\n- model: symptoms.symptm\n  fields: {}\n"
    told = faults(take(data, name="x.yaml"))
    assert "There is no column “colour”" in told["line 1", "colour"]
    assert "“symptoms.symptom”" in told["line 3", "model"]


def test_a_trial_leaves_no_trace(universe, take):
    versions = Version.objects.count()
    assert take(table("slug,name", "numb,Numb", "pain,Ouch"), Symptom, trial=True).can_be_brought
    assert not Symptom.objects.filter(slug="numb").exists()
    assert (Version.objects.count(), Change.objects.count()) == (versions, 0)


def test_what_has_moved_on_since_the_trial_is_not_brought_in(universe, take):
    data = table("slug,summary", "pain,Yours.", "bone-ache,Yours.")
    seal = take(data, Symptom, trial=True).seal
    Symptom.objects.filter(slug="pain").update(summary="Mine.")
    with pytest.raises(Moved, match="moved on"):
        take(data, Symptom, seal=seal)
    assert not Change.objects.exists()


def test_a_file_is_brought_in_once(universe, take, people):
    batch = Batch.objects.create(name="x", why="x", by=people["editor"])
    data = table("slug,name", "numb,Numb")
    take(data, Symptom, batch=batch)
    with pytest.raises(Moved, match="already"):
        take(data, Symptom, batch=batch)
