"""Validation of an imported row: collects every error by column, not only the first."""

from django.core.exceptions import ObjectDoesNotExist, ValidationError

from kb.import_export.rows import WHOLE_ROW
from kb.models import Passage

EMPTY_ERROR_CODES = ("null", "blank", "required")


def collect_row_errors(model, record, content, resolver, known_errors):
    """Return all errors of a content by column: the known ones, and those of the columns without any.

    `record` is the stored one, None for a new one. Nothing is saved.
    """
    errors = {name: list(messages) for name, messages in known_errors.items()}
    candidate = model._default_manager.get(pk=record.pk) if record else model()
    content = {name: value for name, value in content.items() if name not in errors}
    links = run_and_collect_errors(errors, lambda: resolver.assign_fields(candidate, content))
    run_and_collect_errors(errors, lambda: candidate.full_clean(exclude=[name for name in errors if name]))
    if links is not None and not errors and not isinstance(candidate, Passage):
        related = (candidate.related_records() if candidate.pk else {}) | links
        for name, message in candidate.publication_errors(related):
            errors.setdefault(name, []).append(message)
    return errors


def run_and_collect_errors(errors, check):
    """Return the result of a check; add its errors in columns that have none yet, and return None."""
    try:
        return check()
    except ValidationError as error:
        for name, messages in group_errors_by_column(error).items():
            errors.setdefault(name, messages)
    except ObjectDoesNotExist:
        pass  # A rule read a relation that the row leaves empty, which is among the errors already.
    return None


def group_errors_by_column(error):
    """Return the messages of a ValidationError by column."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {WHOLE_ROW: error.error_list}
    return {
        WHOLE_ROW if name == "__all__" else name: [
            "This cannot be empty." if e.code in EMPTY_ERROR_CODES else " ".join(e.messages) for e in errors
        ]
        for name, errors in by_field.items()
    }
