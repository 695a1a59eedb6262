"""Texts of HTML, PDF and Word files: read where their package is installed, and refused in words where it is not."""

import io
import subprocess
import zipfile
from contextlib import suppress
from importlib.util import find_spec

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kb.editorial import document_files
from kb.editorial.document_files import HTML, PDF, WORD, FileFormat, detect_format, read_document
from kb.utils.uploads import isolation
from kb.utils.uploads.limits import MAX_DOCUMENT_UNPACKED_BYTES, MAX_PAGES

PAGE = """<!DOCTYPE html><html><head><title>Bones</title></head><body><nav><a href="/">Home</a></nav><article>
<h1>Bones in the moonlight</h1>
<p>The first long paragraph tells of owls that count the moons, one by one, each night.</p>
<p>The second long paragraph tells that an owl can rest its bones, and that this may take about four weeks.</p>
</article></body></html>"""


def build_pdf(pages):
    """Make a PDF file with a line of text on each page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    content, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(content)}\n%%EOF".encode()
    return content + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + trailer


def require(file_format):
    if find_spec(file_format.module) is None:
        pytest.skip(f"{file_format.package} is not installed: requirements-documents.txt")


def build_word(add):
    docx = pytest.importorskip("docx")
    document, file = docx.Document(), io.BytesIO()
    add(document)
    document.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "file_format"),
    [
        (b"%PDF-1.7 ...", PDF),
        (b"PK\x03\x04...", WORD),
        (b"\xef\xbb\xbf <!DOCTYPE html><html>", HTML),
        (b"<html lang='en'>", HTML),
        (b"Less is <html> more", None),
        (b"Plain text", None),
        (b"", None),
    ],
)
def test_a_file_is_known_by_its_first_bytes(content, file_format):
    assert detect_format(content) is file_format


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(document_files, "PDF", FileFormat("pdf", "a PDF file", "pdfminer.six", "no_such_module"))
    with pytest.raises(ValidationError, match=r"the package pdfminer.six is needed on the server \(pip install"):
        read_document(b"%PDF-1.7")


def test_the_form_says_what_is_missing_and_keeps_what_was_typed(login_as, universe, monkeypatch):
    monkeypatch.setattr(document_files, "PDF", FileFormat("pdf", "a PDF file", "pdfminer.six", "no_such_module"))
    file = SimpleUploadedFile("leaflet.pdf", b"%PDF-1.7")
    data = {"title": "Typed for nobody", "slug": "typed", "file": file}
    page = login_as("editor").post(reverse("admin:kb_source_from_text"), data).content.decode()
    assert "the package pdfminer.six is needed on the server" in page
    assert "Typed for nobody" in page


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(document_files, "MAX_DOCUMENT_BYTES", 10)
    with pytest.raises(ValidationError, match="more than 10 bytes"):
        read_document(b"%PDF-1.7 and more")


def test_a_file_that_takes_too_long_is_refused(monkeypatch):
    require(PDF)

    def run(*args, timeout, **options):
        raise subprocess.TimeoutExpired(args, timeout)

    monkeypatch.setattr(isolation.subprocess, "run", run)
    with pytest.raises(ValidationError, match="more than 30 seconds"):
        read_document(build_pdf(["One"]))


def test_the_text_of_a_page_is_read_without_its_menus():
    require(HTML)
    text = read_document(PAGE.encode())
    assert "an owl can rest its bones" in text
    assert "Home" not in text


def test_the_text_of_a_pdf_file_is_read_page_by_page():
    require(PDF)
    assert [line for line in read_document(build_pdf(["One owl", "Two owls"])).splitlines() if line.strip()] == [
        "One owl",
        "Two owls",
    ]


def test_a_pdf_file_of_too_many_pages_or_of_none_is_refused():
    require(PDF)
    with pytest.raises(ValidationError, match="more than 300 pages"):
        read_document(build_pdf(["x"] * (MAX_PAGES + 1)))
    with pytest.raises(ValidationError, match=r"cannot be read|without any text"):
        read_document(b"%PDF-1.7 but nothing else")


def test_the_text_of_a_word_file_is_read_with_its_lists_and_tables():
    require(WORD)

    def add(document):
        document.add_heading("Owls")
        document.add_paragraph("They rest.")
        document.add_paragraph("by day", style="List Bullet")
        table = document.add_table(1, 2)
        table.cell(0, 0).text, table.cell(0, 1).text = "moon", "nineteen"

    assert read_document(build_word(add)).splitlines() == ["Owls", "They rest.", "- by day", "moon | nineteen"]


def test_a_word_file_reads_no_other_file_and_an_archive_that_grows_is_refused(tmp_path):
    require(WORD)
    secret = tmp_path / "secret.txt"
    secret.write_text("nineteen moons")
    plain = zipfile.ZipFile(io.BytesIO(build_word(lambda document: document.add_paragraph("MARK"))))

    def rewrite(change):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in plain.namelist():
                archive.writestr(name, change(plain.read(name)) if name == "word/document.xml" else plain.read(name))
            if change is grow:
                archive.writestr("word/large.xml", b"\0" * (MAX_DOCUMENT_UNPACKED_BYTES + 1))
        return file.getvalue()

    def refer(xml):
        entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode()
        return xml.replace(b"?>", b"?>" + entity, 1).replace(b"MARK", b"A &e; B")

    def grow(xml):
        return xml

    with suppress(ValidationError):
        assert "moons" not in read_document(rewrite(refer))
    with pytest.raises(ValidationError, match="too large"):
        read_document(rewrite(grow))


def test_the_program_gets_nothing_of_the_environment(monkeypatch):
    require(PDF)
    options = {}

    def run(*args, **given):
        options.update(given)
        return actual_run(*args, **given)

    actual_run = subprocess.run
    monkeypatch.setenv("SECRET_KEY", "hidden")
    monkeypatch.setattr(isolation.subprocess, "run", run)
    assert read_document(build_pdf(["owl"])).strip() == "owl"
    assert options["env"] == {}
