"""The texts that people write about their work: reasons and remarks, cleaned and checked."""

from django.core.exceptions import ValidationError

from kb.validators import fold_text, validate_encoding, validate_printable

# What people write where a reason is asked for and they give none.
NO_REASONS = frozenset(
    [
        "",
        "new",
        "new record",
        "change",
        "changed",
        "changes",
        "update",
        "updated",
        "edit",
        "edited",
        "fix",
        "fixed",
        "ok",
    ]
)


def is_reason(why: str) -> bool:
    """Return whether a text says more than that something was written or changed."""
    return why.strip(" .!-–").casefold() not in NO_REASONS


def require_reason(why: str) -> None:
    """Raise ValidationError, at the field `why`, if a text is no reason."""
    if not is_reason(why):
        raise ValidationError({"why": f"“{why}” is no reason: say in a sentence what it is written or changed for."})


def clean_comment(text: str, field_name: str, max_length: int) -> str:
    """Return a comment as it is stored; raise ValidationError if it is too long or nobody could read it."""
    text = fold_text(text).value
    try:
        validate_printable(text)
        validate_encoding(text)
    except ValidationError as error:
        raise ValidationError({field_name: error.messages}) from None
    if len(text) > max_length:
        raise ValidationError({field_name: f"These are {len(text)} characters; {max_length} at most, please."})
    return text
