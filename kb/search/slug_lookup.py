"""Errors for unknown values and slugs, with the closest known one, or the replacement of a retired record."""

from django.core.exceptions import ValidationError

from kb.choices import Status
from kb.models import Entry
from kb.search.fulltext import MAX_PHRASE_LENGTH
from kb.utils.fuzzy import closest_match, normalize_name

MAX_REPORTED_VALUES = (
    10  # Invalid values; the closest match to each is expensive to look up, so their number is capped.
)


def build_value_error(message, nearest=None):
    """Return a ValidationError whose message names the nearest valid value, which is in its `params` too."""
    hint = f" Did you mean “{nearest}”?" if nearest else ""
    return ValidationError(f"{message}{hint}".replace("%", "%%"), params={"nearest": nearest})


def build_value_errors(invalid, build_error):
    """Return an error for each of the first invalid values, and one with the number of the others."""
    reported = [build_error(value) for value in invalid[:MAX_REPORTED_VALUES]]
    if len(reported) == len(invalid):
        return reported
    return [*reported, build_value_error(f"… and {len(invalid) - len(reported)} more.")]


def build_unknown_value_errors(known, invalid, message):
    """Return errors for values that are none of the known ones; the first error lists these.

    `message` is a format string with one place, for the value.
    """
    listed = f"; there are: {', '.join(known)}"
    return build_value_errors(
        invalid,
        lambda value: build_value_error(
            f"{message.format(value)}{listed if value == invalid[0] else ''}.", closest_match(value, known)
        ),
    )


def find_closest_slugs(model, values):
    """Return the slug that each value probably means: of the entry with that name, else the most similar one, or None.

    Values that are too long for any name are left out.
    """
    public, values = model.objects.public(), [value for value in values if len(value) <= MAX_PHRASE_LENGTH]
    entries = public.with_any_name(*values) if values and issubclass(model, Entry) else ()
    slugs_by_name = {normalize_name(name): entry.slug for entry in entries for name in entry.names()}
    all_named = {*map(normalize_name, values)} <= slugs_by_name.keys()
    slugs = () if all_named else list(public.values_list("slug", flat=True))
    return {value: slugs_by_name.get(normalize_name(value)) or closest_match(value, slugs) for value in values}


def build_missing_record_errors(model, slugs):
    """Return errors for slugs without a public record; those of retired ones name the published replacement."""
    reported = slugs[:MAX_REPORTED_VALUES]
    retired_records = model.objects.filter(status=Status.RETIRED).select_related("replaced_by")
    retired_by_slug = retired_records.in_bulk(reported, field_name="slug")
    closest = find_closest_slugs(model, [slug for slug in reported if slug not in retired_by_slug])

    def build_error(slug):
        if record := retired_by_slug.get(slug):
            replacement = record.replaced_by
            is_public = replacement and replacement.status == Status.PUBLISHED
            return build_value_error(f"“{record}” ({slug}) is retired.", replacement.slug if is_public else None)
        return build_value_error(f"There is no {model._meta.verbose_name} with the slug “{slug}”.", closest.get(slug))

    return build_value_errors(slugs, build_error)
