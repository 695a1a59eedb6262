"""Reading an uploaded file in a process of its own: whatever the file does to that, this process goes on."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from kb.utils.uploads.limits import MAX_MEMORY_BYTES, MAX_OUTPUT_BYTES, MAX_SECONDS, UnreadableUploadError
from kb.utils.uploads.program import OUT_OF_MEMORY, REFUSED

PROJECT_DIR = Path(__file__).parent.parent.parent.parent
# A fresh interpreter, without the environment and the working directory: to fork a process with threads is unsafe.
BOOTSTRAP = """
import sys
sys.path.insert(0, sys.argv[2])
from kb.utils.uploads.program import main
sys.exit(main(sys.argv[1]))
"""
MAX_MESSAGE_BYTES = 2_000
TOO_SLOW_MESSAGE = f"It took more than {MAX_SECONDS} seconds to read it: simplify it, or bring it in as several."
TOO_LARGE_MESSAGE = f"To read it takes more than {MAX_MEMORY_BYTES // 10**6:,} MB of memory: bring it in as several."
DEATH_MESSAGE = "The program that reads it broke down over it: the file is damaged, or made to do harm."


class BrokenReaderError(UnreadableUploadError):
    """The program that reads an upload ended without saying why."""


class SlowReaderError(UnreadableUploadError):
    """The program that reads an upload took too long."""


def read_isolated(kind: str, content: bytes) -> bytes:
    """Return what a file of this sort holds, as its reader in kb.utils.uploads writes it.

    Raise UnreadableUploadError, which says why, if it cannot be read. The process gets nothing of this one's
    environment; its output goes to files, whose size the system bounds.
    """
    program = [sys.executable, "-I", "-c", BOOTSTRAP, kind, str(PROJECT_DIR)]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            status = subprocess.run(  # noqa: S603 - a fixed program
                program, input=content, stdout=output, stderr=errors, timeout=MAX_SECONDS, check=False, env={}
            ).returncode
        except subprocess.TimeoutExpired:
            raise SlowReaderError(TOO_SLOW_MESSAGE) from None
        output.seek(0)
        errors.seek(0)
        result, message = output.read(MAX_OUTPUT_BYTES + 1), errors.read(MAX_MESSAGE_BYTES)
    if status == REFUSED:
        raise UnreadableUploadError(message.decode("utf-8", errors="replace"))
    if status == OUT_OF_MEMORY or len(result) >= MAX_OUTPUT_BYTES:
        raise UnreadableUploadError(TOO_LARGE_MESSAGE)
    if status in (-getattr(signal, "SIGXCPU", 0) or None, -getattr(signal, "SIGKILL", 0) or None):
        raise SlowReaderError(TOO_SLOW_MESSAGE)
    if status:
        raise BrokenReaderError(DEATH_MESSAGE)
    return result
