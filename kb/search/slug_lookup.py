"""Which public record a slug means: the nearest, where there is none; what stands in its place, where it is retired."""

from django.core.exceptions import ValidationError

from kb.choices import Status
from kb.models import Entry
from kb.search.fulltext import MAX_PHRASE_LENGTH
from kb.utils.fuzzy import closest_match, normalize_name

MAX_REPORTED_VALUES = (
    10  # Wrong values: enough to see what is wrong. What is nearest to each is looked for, which is dear.
)


def build_value_error(words, near=None):
    """An error that says what was wrong with a value, and the nearest right one."""
    hint = f" Did you mean “{near}”?" if near else ""
    return ValidationError(f"{words}{hint}".replace("%", "%%"), params={"nearest": near})


def build_value_errors(wrong, refuse):
    """An error for each of the first wrong values, and one that counts the others."""
    told = [refuse(value) for value in wrong[:MAX_REPORTED_VALUES]]
    return told if len(told) == len(wrong) else [*told, build_value_error(f"… and {len(wrong) - len(told)} more.")]


def build_unknown_value_errors(known, wrong, words):
    """Says of words that they are none of the known ones, which are listed once."""
    listed = f"; there are: {', '.join(known)}"
    return build_value_errors(
        wrong,
        lambda word: build_value_error(
            f"{words.format(word)}{listed if word == wrong[0] else ''}.", closest_match(word, known)
        ),
    )


def find_closest_slugs(model, words):
    """The slug that was probably meant by each: of the entry with that name, else the one that is spelt most alike."""
    public, words = model.objects.public(), [word for word in words if len(word) <= MAX_PHRASE_LENGTH]
    called = public.with_any_name(*words) if words and issubclass(model, Entry) else ()
    named = {normalize_name(name): entry.slug for entry in called for name in entry.names()}
    known = list(public.values_list("slug", flat=True)) if {*map(normalize_name, words)} - named.keys() else ()
    return {word: named.get(normalize_name(word)) or closest_match(word, known) for word in words}


def build_missing_record_errors(model, slugs):
    """Says that there are no such public records: each is retired, or the world could never see it."""
    told = slugs[:MAX_REPORTED_VALUES]
    retired = model.objects.filter(status=Status.RETIRED).select_related("replaced_by").in_bulk(told, field_name="slug")
    near = find_closest_slugs(model, [slug for slug in told if slug not in retired])

    def refuse(slug):
        if gone := retired.get(slug):
            heir = gone.replaced_by
            return build_value_error(
                f"“{gone}” ({slug}) is retired.", heir.slug if heir and heir.status == Status.PUBLISHED else None
            )
        return build_value_error(f"There is no {model._meta.verbose_name} with the slug “{slug}”.", near.get(slug))

    return build_value_errors(slugs, refuse)
