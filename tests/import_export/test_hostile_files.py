"""Hostile and broken uploads: each is refused in words, by a program of its own that keeps its limits."""

import io
import resource
import time
import zipfile

import pytest

from kb.import_export import UnreadableFile, read_rows
from kb.utils.uploads import isolation
from kb.utils.uploads.isolation import DEATH_MESSAGE, TOO_LARGE_MESSAGE, TOO_SLOW_MESSAGE
from kb.utils.uploads.limits import MAX_CPU_SECONDS, MAX_MEMORY_BYTES, MAX_ROWS, UnreadableUploadError
from symptoms.models import Symptom
from tests.helpers.hostile_files import cell, row, shared_strings, sheet, workbook
from tests.helpers.imports import import_file as import_file

HEAD = row(1, "slug", "name")
RECORD = row(2, "pain", "Pain")
GOOD = sheet(HEAD, RECORD)
YAML_HEAD = b"- model: symptoms.symptom\n  fields:\n    slug: pain\n    summary: "
MAX_PARENT_BYTES = 700_000_000  # What reading may add to the memory of the site's own process.


def corrupt(data, place=200):
    return data[:place] + bytes(255 - byte for byte in data[place : place + 40]) + data[place + 40 :]


def encrypt(data):
    """Return a ZIP archive of which each part says that it is encrypted."""
    return data.replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    )


def duplicate_part(data):
    """Return an archive in which the first sheet stands twice."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/worksheets/sheet1.xml", sheet(HEAD, row(2, "pain", "Another")))
    return file.getvalue()


DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
CASES = [  # What it is, the name of the file, its bytes, what the refusal says.
    ("nested sequences, in blocks", "x.yaml", lambda: b"- " * 8_000 + b"x", "deep in each other in line 1"),
    ("nested sequences, in flow", "x.yaml", lambda: b"[" * 200_000, "deep in each other"),
    ("nested sequences, closed", "x.yaml", lambda: b"[" * 40_000 + b"]" * 40_000, "deep in each other"),
    ("nested mappings, in flow", "x.yaml", lambda: b"- " + b"{a: " * 100_000, "deep in each other"),
    (
        "nested mappings, in blocks",
        "x.yaml",
        lambda: b"".join(b" " * n + b"a:\n" for n in range(3_000)),
        "deep in each other in line 11",
    ),
    ("explicit keys", "x.yaml", lambda: b"- " + b"? " * 50_000, "deep in each other"),
    ("references that grow", "x.yaml", lambda: b"- &a [x, x]\n- &b [*a, *a]\n- [*b, *b]\n", "references"),
    ("a reference to itself", "x.yaml", lambda: b"- &a [*a]\n", "references"),
    ("a tag of the language", "x.yaml", lambda: b"- !!python/object/apply:os.system ['true']", "tag"),
    ("a tag of its own", "x.yaml", lambda: b"- !x {model: symptoms.symptom}", "tag"),
    ("binary data", "x.yaml", lambda: YAML_HEAD + b"!!binary aGVsbG8=\n", "binary"),
    ("a repeated field", "x.yaml", lambda: YAML_HEAD + b"x\n    slug: ache\n", "“slug” stands twice"),
    ("two documents", "x.yaml", lambda: b"- a\n---\n- b\n", "second document begins in line 2"),
    ("a mapping as a name", "x.yaml", lambda: b"- {? {a: b} : c}\n", "a list or a mapping"),
    ("a very long value", "x.yaml", lambda: YAML_HEAD + b"x" * 5_000_000, "32,767 characters"),
    ("too many records in YAML", "x.yaml", lambda: b"- a\n" * (MAX_ROWS + 1), "5,001 records, 5,000 at most"),
    ("too many values in YAML", "x.yaml", lambda: b"- [" + b"1," * 500_000 + b"]", "200,000 values"),
    ("NUL in YAML", "x.yaml", lambda: b"- a\n- \x00\n", "no text .NUL, line 2"),
    ("an unfinished YAML file", "x.yaml", lambda: b"- {model: symptoms.symptom, fields: {slug: pain", "no YAML"),
    (
        "500,000 columns",
        "x.csv",
        lambda: b",".join(b"c%d" % n for n in range(500_000)) + b"\n1",
        "500,000 columns; 100",
    ),
    ("a cell of megabytes", "x.csv", lambda: b"slug,name\npain," + b"a" * 9_000_000, "32,767 characters"),
    ("a line without an end", "x.csv", lambda: b"a" * 10_000_000, "32,767 characters"),
    ("too many rows", "x.csv", lambda: b"slug\n" + b"a\n" * 100_000, "row 5,002; 5,000 records at most"),
    ("too many cells", "x.csv", lambda: b"slug\n" + (b"a," * 99 + b"\n") * 4_000, "200,000 cells"),
    ("a row far below", "x.csv", lambda: b"slug\npain\n" + b"\n" * 25_000 + b"ache\n", "row 25,003"),
    ("a quote that is not closed", "x.csv", lambda: b'slug,name\npain,"Pain\nache,"Ache"\n', "begins in line 2"),
    ("a quote left open at the end", "x.csv", lambda: b'slug,name\npain,"Pain\nache,Ache\n', "begins in line 2"),
    ("Windows-1252", "x.csv", lambda: "slug,name\npain,Schmérz".encode("cp1252"), "not UTF-8 .line 2, byte E9"),
    ("UTF-16, little end first", "x.csv", lambda: "\ufeffslug,name".encode("utf-16-le"), "UTF-16, not UTF-8"),
    ("UTF-16, big end first", "x.csv", lambda: "\ufeffslug,name".encode("utf-16-be"), "UTF-16, not UTF-8"),
    ("NUL in CSV", "x.csv", lambda: b"slug,name\npain,Pa\x00in", "no text .NUL, line 2"),
    ("nothing", "x.csv", lambda: b"", "is empty"),
    ("a byte order mark alone", "x.csv", lambda: b"\xef\xbb\xbf", "holds no records"),
    ("9,000,000 shared strings", "x.xlsx", lambda: workbook(GOOD, strings=shared_strings(9_000_000)), "too large once"),
    ("1,000,000 shared strings", "x.xlsx", lambda: workbook(GOOD, strings=shared_strings(1_000_000)), "200,000 texts"),
    (
        "a cell of 190 MB",
        "x.xlsx",
        lambda: workbook(sheet(HEAD, row(2, "pain", "a" * 190_000_000))),
        "too large once it is unpacked",
    ),
    ("a cell of 50 MB", "x.xlsx", lambda: workbook(sheet(HEAD, row(2, "a" * 50_000_000))), "row 2.* 32,767 characters"),
    (
        "a cell of many pieces",
        "x.xlsx",
        lambda: workbook(
            sheet(f'<row r="1"><c r="A1" t="inlineStr"><is>{"<r><t>abcd</t></r>" * 9_000}</is></c></row>')
        ),
        "32,767 characters",
    ),
    ("a bomb", "x.xlsx", lambda: workbook(GOOD, more=[("xl/media/x.png", b"\0" * 110 * 2**20)]), "100 MB at most"),
    (
        "thousands of parts",
        "x.xlsx",
        lambda: workbook(GOOD, more=[(f"x{n}", b"") for n in range(1_500)]),
        "1,000 parts",
    ),
    ("a path out of it", "x.xlsx", lambda: workbook(GOOD, more=[("../../etc/cron.d/x", b"x")]), r"“\.\./\.\./etc"),
    ("an absolute path", "x.xlsx", lambda: workbook(GOOD, more=[("/etc/passwd", b"x")]), "“/etc/passwd”"),
    ("a part twice", "x.xlsx", lambda: duplicate_part(workbook(GOOD)), "two parts of one name"),
    ("a workbook with a password", "x.xlsx", lambda: encrypt(workbook(GOOD)), "password"),
    ("a truncated workbook", "x.xlsx", lambda: workbook(GOOD)[:-300], "cannot be read, it is damaged"),
    ("a workbook with broken bytes", "x.xlsx", lambda: corrupt(workbook(GOOD)), "cannot be read"),
    ("entities that grow", "x.xlsx", lambda: workbook(DOCTYPE + GOOD), "DOCTYPE"),
    ("elements in each other", "x.xlsx", lambda: workbook(sheet("<a>" * 5_000 + "</a>" * 5_000)), "64 in each other"),
    ("elements without end", "x.xlsx", lambda: workbook(sheet("<a/>" * 2_100_000)), "2,000,000 elements"),
    ("a row below the limit", "x.xlsx", lambda: workbook(sheet(HEAD, RECORD, row(25_000, "ache"))), "row 25,000"),
    (
        "a column beyond",
        "x.xlsx",
        lambda: workbook(sheet(f'<row r="1">{cell("XFD1", "x")}</row>')),
        "column 16,384 of row 1",
    ),
    ("a cell that cannot be", "x.xlsx", lambda: workbook(sheet(f'<row r="1">{cell("A0", "x")}</row>')), "no cell “A0”"),
    (
        "merged cells",
        "x.xlsx",
        lambda: workbook(sheet(HEAD, RECORD, after='<mergeCells><mergeCell ref="B2:B3"/></mergeCells>')),
        "merged .B2:B3",
    ),
    ("hidden sheets alone", "x.xlsx", lambda: workbook(GOOD, states=["hidden"]), "hidden: show the one"),
    ("two sheets with records", "x.xlsx", lambda: workbook(GOOD, GOOD), "Several sheets hold something: “S1”, “S2”"),
    ("an empty sheet", "x.xlsx", lambda: workbook(sheet()), "“S1” is empty"),
    ("a workbook without parts", "x.xlsx", lambda: b"PK\x05\x06" + bytes(18), "cannot be read"),
    ("a wrong ending", "x.xlsx", lambda: b"slug,name\npain,Pain", "no .xlsx file"),
    ("a workbook as CSV", "x.csv", lambda: workbook(GOOD), "no .csv file"),
    ("no ending", "x", lambda: b"slug,name\npain,Pain", "“x” is not understood"),
    ("an odd name", "../../x\n\u202e.csv.exe", lambda: b"slug,name\npain,Pain", "“.exe” is not understood"),
    ("a very long name", "n" * 5_000, lambda: b"slug", "“n{40}” is not understood"),
]


@pytest.mark.parametrize(("name", "build", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_hostile_file_is_refused_in_words_and_within_the_limits(name, build, message):
    data = build()
    before, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with pytest.raises(UnreadableFile, match=message) as refusal:
        read_rows(name, data, Symptom)
    assert time.monotonic() - start < isolation.MAX_SECONDS + 5
    after, children_after = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    assert children_after.ru_utime - children.ru_utime <= MAX_CPU_SECONDS + 2
    assert children_after.ru_maxrss * 1024 <= MAX_MEMORY_BYTES
    assert (after.ru_maxrss - before.ru_maxrss) * 1024 <= MAX_PARENT_BYTES
    assert str(refusal.value.messages[0]) not in (DEATH_MESSAGE, TOO_SLOW_MESSAGE, TOO_LARGE_MESSAGE)


def run_reader(monkeypatch, code):
    """Read a file with a program that does this in place of reading it."""
    monkeypatch.setattr(isolation, "BOOTSTRAP", isolation.BOOTSTRAP.replace("sys.exit(main", f"{code}\nsys.exit(main"))
    return isolation.read_isolated("csv", b"slug\npain")


LIMIT = "from kb.utils.uploads.program import limit_resources; limit_resources()"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "broke down over it"),
        ("import os; os.abort()", "broke down over it"),
        ("raise RuntimeError('x')", "broke down over it"),
        (f"{LIMIT}; x = 'x' * 10**10", "broke down over it"),  # The reader's own MemoryError is told, see below.
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "more than 30 seconds"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "more than 30 seconds"),
        (f"{LIMIT}; sys.stdout.buffer.write(bytes(200_000_000))", "of memory"),
    ],
)
def test_whatever_the_reader_dies_of_is_an_error_in_words(monkeypatch, code, message):
    with pytest.raises(UnreadableUploadError, match=message):
        run_reader(monkeypatch, code)


def test_a_reader_that_never_ends_is_ended(monkeypatch):
    monkeypatch.setattr(isolation, "MAX_SECONDS", 1)
    start = time.monotonic()
    with pytest.raises(UnreadableUploadError, match="seconds to read it"):
        run_reader(monkeypatch, "import time; time.sleep(60)")
    assert time.monotonic() - start < 10


def test_a_reader_that_needs_too_much_memory_says_so(monkeypatch):
    code = "import kb.utils.uploads.csv_tables as m; m.read = lambda content: bytes(10**10)"
    with pytest.raises(UnreadableUploadError, match="of memory"):
        run_reader(monkeypatch, code)
