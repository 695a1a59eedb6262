"""Everything that is wrong with a row, in plain words, rather than what was met first."""

from django.core.exceptions import ObjectDoesNotExist, ValidationError

from kb.import_export.rows import WHOLE_ROW
from kb.models import Passage

EMPTY_ERROR_CODES = ("null", "blank", "required")


def collect_row_errors(model, record, content, library, told):
    """What is wrong, by column; `told` is what is known to be."""
    found = {name: list(messages) for name, messages in told.items()}
    candidate = model._default_manager.get(pk=record.pk) if record else model()
    content = {name: words for name, words in content.items() if name not in found}
    links = run_and_collect_errors(found, lambda: library.assign_fields(candidate, content))
    run_and_collect_errors(found, lambda: candidate.full_clean(exclude=[name for name in found if name]))
    if links is not None and not found and not isinstance(candidate, Passage):
        for name, words in candidate.publication_errors((candidate.related_records() if candidate.pk else {}) | links):
            found.setdefault(name, []).append(words)
    return found


def run_and_collect_errors(found, attempt):
    """Try it, and keep what it finds wrong in a column of which nothing is known yet."""
    try:
        return attempt()
    except ValidationError as error:
        for name, messages in group_errors_by_column(error).items():
            found.setdefault(name, messages)
    except ObjectDoesNotExist:
        pass  # A rule looked at a record that this one does not name: that is told already.
    return None


def group_errors_by_column(error):
    """The messages of an error by column."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {WHOLE_ROW: error.error_list}
    return {
        WHOLE_ROW if name == "__all__" else name: [
            "This cannot be empty." if e.code in EMPTY_ERROR_CODES else " ".join(e.messages) for e in errors
        ]
        for name, errors in by_field.items()
    }
