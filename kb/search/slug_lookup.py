"""Errors for unknown values and slugs, with the closest known one, or the replacement of a retired record."""

from django.core.exceptions import ValidationError

from kb.choices import Status
from kb.models import Entry
from kb.search.entry_names import EntryNames
from kb.search.nearest_names import NearestNames
from kb.search.phrases import MAX_PHRASE_LENGTH
from kb.utils.fuzzy import closest_match

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


def find_nearest_slugs(model, values):
    """Map each value to the slug that it probably means: of an entry that it names, else of the nearest; or None.

    Values that are too long for any name are left out.
    """
    values = [value for value in values if len(value) <= MAX_PHRASE_LENGTH]
    if not issubclass(model, Entry):
        slugs = list(model.objects.public().values_list("slug", flat=True)) if values else ()
        return {value: closest_match(value, slugs) for value in values}
    names = EntryNames([model])
    found = {value: names.find(value)[0] for value in values}
    nearest = NearestNames(names).find([value for value, entries in found.items() if not entries])
    return {value: next((entry.slug for entry in found[value] or nearest[value]), None) for value in values}


def describe_retired(record):
    """Return a sentence that says that a record is retired, and the public record in its place or None."""
    replacement = record.replaced_by
    is_public = replacement and replacement.status == Status.PUBLISHED
    return f"“{record}” ({record.slug}) is retired.", replacement if is_public else None


def build_missing_record_errors(model, slugs):
    """Return errors for slugs without a public record; those of retired ones name the published replacement."""
    reported = slugs[:MAX_REPORTED_VALUES]
    retired_records = model.objects.filter(status=Status.RETIRED).select_related("replaced_by")
    retired = retired_records.in_bulk(reported, field_name="slug")
    nearest = find_nearest_slugs(model, [slug for slug in reported if slug not in retired])

    def build_error(slug):
        if slug in retired:
            message, replacement = describe_retired(retired[slug])
            return build_value_error(message, replacement and replacement.slug)
        return build_value_error(f"There is no {model._meta.verbose_name} with the slug “{slug}”.", nearest.get(slug))

    return build_value_errors(slugs, build_error)
