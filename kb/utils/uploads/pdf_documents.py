"""PDF files: their text, by pdfminer.six."""

import io

from pdfminer.high_level import extract_text
from pdfminer.pdfpage import PDFPage

from kb.utils.uploads.limits import MAX_PAGES, UnreadableUploadError


def read(content: bytes) -> bytes:
    """Return the text of a PDF file, page by page; raise UnreadableUploadError if it has too many pages."""
    if sum(1 for _ in PDFPage.get_pages(io.BytesIO(content), maxpages=MAX_PAGES + 1)) > MAX_PAGES:
        raise UnreadableUploadError(f"It has more than {MAX_PAGES} pages.")
    return str(extract_text(io.BytesIO(content)).replace("\f", "\n")).encode("utf-8", errors="replace")
