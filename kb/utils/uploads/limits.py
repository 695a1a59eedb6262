"""The limits of uploaded files, all in one place; docs/operations.md lists them."""

# Of every file of records (CSV, XLSX, YAML).
MAX_FILE_BYTES = 10 * 2**20
MAX_ROWS = 5_000  # Records; one transaction brings all of them in, or none.
MAX_COLUMNS = 100
MAX_CELLS = 200_000  # As well the values of a YAML file.
MAX_CELL_CHARACTERS = 32_767  # What a cell of a spreadsheet can hold.
MAX_CHARACTERS = 5_000_000  # Of all cells together.
# Of a workbook, which is a ZIP archive of XML: a small one can unpack to any size.
MAX_UNPACKED_BYTES = 100 * 2**20
MAX_PARTS = 1_000
MAX_XML_ELEMENTS = 2_000_000
MAX_XML_DEPTH = 64
MAX_SHARED_STRINGS = MAX_CELLS
# Of a YAML file: a record is a mapping in a list, its fields a mapping in that, a list of keys two levels more.
MAX_YAML_DEPTH = 10

# Of a document whose text is taken.
MAX_DOCUMENT_BYTES = 20_000_000
MAX_DOCUMENT_UNPACKED_BYTES = 100_000_000  # Of a Word file, which is an archive.
MAX_PAGES = 300  # Of a PDF file.

# Of the program that reads an upload.
MAX_MEMORY_BYTES = 1_500_000_000
MAX_CPU_SECONDS = 20
MAX_SECONDS = 30  # By the clock: somebody waits for it.
MAX_OUTPUT_BYTES = 100_000_000


class UnreadableUploadError(Exception):
    """A file cannot be read; the message says what is wrong with it and what would be right."""
