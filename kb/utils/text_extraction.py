"""Extraction of the text of HTML, PDF and Word files: a program of its own, run with bounds on time and memory.

It reads a file from its input, writes the text to its output in UTF-8, and imports nothing of this project. No library
that it uses opens addresses or resolves external entities.
"""

import io
import sys
import zipfile

MAX_PAGES = 300  # Of a PDF file.
MAX_UNPACKED_BYTES = 100_000_000  # Of a Word file, which is an archive.
MAX_MEMORY_BYTES = 2_000_000_000
MAX_CPU_SECONDS = 20
REFUSED = 3  # The exit status where the error says why a file is not read.


class UnreadableFileError(Exception):
    """A file cannot be read; the message says why, in words for an editor."""


def extract_html(content: bytes) -> str:
    """Return the main text of an HTML page, without menus and the like."""
    import trafilatura

    text = trafilatura.extract(content, include_comments=False, include_tables=True, favor_recall=True)
    return text or ""


def extract_pdf(content: bytes) -> str:
    """Return the text of a PDF file, page by page; raise UnreadableFileError if it has too many pages."""
    from pdfminer.high_level import extract_text
    from pdfminer.pdfpage import PDFPage

    if sum(1 for _ in PDFPage.get_pages(io.BytesIO(content), maxpages=MAX_PAGES + 1)) > MAX_PAGES:
        raise UnreadableFileError(f"It has more than {MAX_PAGES} pages.")
    return str(extract_text(io.BytesIO(content)).replace("\f", "\n"))


def extract_word(content: bytes) -> str:
    """Return the text of a Word file, paragraph by paragraph, items of lists with a hyphen, rows of tables as lines."""
    import docx

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise UnreadableFileError("Unpacked, it is too large.")
    lines = []
    for block in docx.Document(io.BytesIO(content)).iter_inner_content():
        if hasattr(block, "rows"):
            lines += [" | ".join(dict.fromkeys(cell.text.strip() for cell in row.cells)) for row in block.rows]
        else:
            style = block.style.name if block.style else None
            is_item = (style or "").startswith("List") and block.text.strip()
            lines.append(f"- {block.text}" if is_item else block.text)
    return "\n".join(lines)


EXTRACTORS = {"html": extract_html, "pdf": extract_pdf, "word": extract_word}


def limit_resources() -> None:
    """Limit the memory and the processor time of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Not on Windows: there, only the time that the caller waits is limited.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))


def main(kind: str) -> int:
    """Extract the text of the file on the input to the output; return the exit status."""
    limit_resources()
    try:
        text = EXTRACTORS[kind](sys.stdin.buffer.read())
    except UnreadableFileError as error:
        sys.stderr.write(str(error))
        return REFUSED
    sys.stdout.buffer.write(text.encode("utf-8", errors="replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
