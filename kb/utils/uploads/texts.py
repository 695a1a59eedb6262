"""Plain text from the bytes of a file."""

from kb.utils.uploads.limits import UnreadableUploadError

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
SAVE_AS_UTF_8 = "in Excel, save it as “CSV UTF-8” or as .xlsx"


def decode_text(content: bytes) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark; raise UnreadableUploadError otherwise."""
    if content.startswith(UTF_16_MARKS):
        raise UnreadableUploadError(f"The text is UTF-16, not UTF-8: {SAVE_AS_UTF_8}.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableUploadError(
            f"The text is not UTF-8 (line {line:,}, byte {content[error.start]:02X}): {SAVE_AS_UTF_8}."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableUploadError(f"The file holds characters that are no text (NUL, line {line:,}).")
    return text
