"""The text of an uploaded document: plain text as it is; HTML, PDF and Word files if the package for them is there."""

from dataclasses import dataclass
from importlib.util import find_spec

from django.core.exceptions import ValidationError

from kb.models.editions import read_text
from kb.utils.uploads.isolation import BrokenReaderError, SlowReaderError, read_isolated
from kb.utils.uploads.limits import MAX_DOCUMENT_BYTES, MAX_SECONDS, UnreadableUploadError

INSTALL = "pip install -r requirements-documents.txt"


@dataclass(frozen=True)
class FileFormat:
    """A sort of document that is no plain text, and the package that reads it."""

    key: str
    label: str
    package: str
    module: str


HTML = FileFormat("html", "an HTML page", "trafilatura", "trafilatura")
PDF = FileFormat("pdf", "a PDF file", "pdfminer.six", "pdfminer")
WORD = FileFormat("word", "a Word file", "python-docx", "docx")


def detect_format(content: bytes) -> FileFormat | None:
    """Return what sort of document a file is, by its first bytes; None for plain text."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf-"):
        return PDF
    if start.startswith(b"pk\x03\x04"):
        return WORD
    return HTML if start.startswith((b"<!doctype html", b"<html", b"<?xml")) and b"<html" in start else None


def read_document(content: bytes) -> str:
    """Return the text of a document; raise ValidationError if it has none, or cannot be read here."""
    if len(content) > MAX_DOCUMENT_BYTES:
        raise ValidationError(f"It has more than {MAX_DOCUMENT_BYTES:,} bytes.")
    file_format = detect_format(content)
    return read_text(extract_text(content, file_format) if file_format else content)


def extract_text(content: bytes, file_format: FileFormat) -> bytes:
    """Return the text of a file, in UTF-8, from a process of its own with bounds on time and memory.

    The process gets nothing of this one's environment, and has no settings and no database. Raise ValidationError if
    the package is not installed, or the file cannot be read.
    """
    if find_spec(file_format.module) is None:
        raise ValidationError(
            f"It is {file_format.label}: to read it, the package {file_format.package} is needed on the server "
            f"({INSTALL}). Or save it as plain text, and choose that."
        )
    try:
        text = read_isolated(file_format.key, content)
    except SlowReaderError:
        raise ValidationError(f"It took more than {MAX_SECONDS} seconds to read it: save it as plain text.") from None
    except BrokenReaderError:
        raise ValidationError(
            f"It looks like {file_format.label}, but cannot be read: save it as plain text."
        ) from None
    except UnreadableUploadError as error:
        raise ValidationError(str(error)) from None
    if not text.strip():
        raise ValidationError(f"It is {file_format.label} without any text: one of pictures, perhaps.")
    return text
