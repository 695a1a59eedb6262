"""The program that reads one uploaded file from its input and writes what it holds to its output.

It limits its own memory, processor time and output first, before anything is parsed.
"""

import sys
from importlib import import_module

from kb.utils.uploads.limits import MAX_CPU_SECONDS, MAX_MEMORY_BYTES, MAX_OUTPUT_BYTES, UnreadableUploadError

REFUSED, OUT_OF_MEMORY = 3, 4  # Exit statuses; where it is refused, the error says why.
READERS = {  # By the sort of file: the module whose function `read(content)` returns the output as bytes.
    "csv": "kb.utils.uploads.csv_tables",
    "xlsx": "kb.utils.uploads.workbooks",
    "yaml": "kb.utils.uploads.yaml_records",
    "html": "kb.utils.uploads.html_documents",
    "pdf": "kb.utils.uploads.pdf_documents",
    "word": "kb.utils.uploads.word_documents",
}


def limit_resources() -> None:
    """Limit what this process may use, where the system can; it leaves no image of its memory when it dies."""
    try:
        import resource
    except ImportError:  # Not on Windows: there, only the time that the caller waits is limited.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(kind: str) -> int:
    """Read the file on the input, write what it holds to the output, and return the exit status."""
    limit_resources()
    try:
        sys.stdout.buffer.write(import_module(READERS[kind]).read(sys.stdin.buffer.read()))
        sys.stdout.buffer.flush()
    except UnreadableUploadError as error:
        sys.stderr.buffer.write(str(error).encode("utf-8", errors="replace"))
        return REFUSED
    except MemoryError:
        return OUT_OF_MEMORY
    return 0
