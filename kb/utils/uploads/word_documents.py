"""Word files: their text, by python-docx, which resolves no external entities."""

import io
import zipfile

import docx

from kb.utils.uploads.limits import MAX_DOCUMENT_UNPACKED_BYTES, UnreadableUploadError


def read(content: bytes) -> bytes:
    """Return the text of a Word file, paragraph by paragraph, items of lists with a hyphen, rows of tables as lines."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_DOCUMENT_UNPACKED_BYTES:
            raise UnreadableUploadError("Unpacked, it is too large.")
    lines = []
    for block in docx.Document(io.BytesIO(content)).iter_inner_content():
        if hasattr(block, "rows"):
            lines += [" | ".join(dict.fromkeys(cell.text.strip() for cell in row.cells)) for row in block.rows]
        else:
            style = block.style.name if block.style else None
            is_item = (style or "").startswith("List") and block.text.strip()
            lines.append(f"- {block.text}" if is_item else block.text)
    return "\n".join(lines).encode("utf-8", errors="replace")
