"""The argument of commands that read the texts of the sources from a folder."""

from pathlib import Path

from django.core.management.base import CommandError


def add_folder_argument(parser, *, required, otherwise=""):
    """Add the argument --sources; `otherwise` says what is read without it."""
    parser.add_argument(
        "--sources",
        required=required,
        type=Path,
        metavar="DIR",
        help=f"The folder that holds the texts, one SLUG.txt each{otherwise}.",
    )


def require_folder(folder):
    """Raise CommandError unless there is such a folder."""
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}: name the one that holds the texts of the sources.")
