"""HTML pages: their main text, by trafilatura, which opens no addresses."""

import trafilatura


def read(content: bytes) -> bytes:
    """Return the main text of an HTML page, without menus and the like."""
    text = trafilatura.extract(content, include_comments=False, include_tables=True, favor_recall=True)
    return (text or "").encode("utf-8", errors="replace")
