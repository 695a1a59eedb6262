"""Export of records as files, and import of files as drafts and proposals, all or none."""

from kb.import_export.file_formats import MEDIA_TYPES, export_records
from kb.import_export.importer import import_rows
from kb.import_export.results import ImportResult, RowOutcome, StaleDryRun
from kb.import_export.rows import Row, UnreadableFile
from kb.import_export.stored_records import fetch_records
from kb.import_export.uploaded_files import read_rows

__all__ = [
    "MEDIA_TYPES",
    "ImportResult",
    "Row",
    "RowOutcome",
    "StaleDryRun",
    "UnreadableFile",
    "export_records",
    "fetch_records",
    "import_rows",
    "read_rows",
]
