"""Which public record a slug means: the nearest, where there is none; what stands in its place, where it is retired."""

from django.core.exceptions import ValidationError

from kb.choices import Status
from kb.models import Entry
from kb.search.fulltext import MOST_CHARACTERS
from kb.utils.fuzzy import fold, nearest

MOST_TOLD = 10  # Wrong values: enough to see what is wrong. What is nearest to each is looked for, which is dear.


def refusal(words, near=None):
    """An error that says what was wrong with a value, and the nearest right one."""
    hint = f" Did you mean “{near}”?" if near else ""
    return ValidationError(f"{words}{hint}".replace("%", "%%"), params={"nearest": near})


def refusals(wrong, refuse):
    """An error for each of the first wrong values, and one that counts the others."""
    told = [refuse(value) for value in wrong[:MOST_TOLD]]
    return told if len(told) == len(wrong) else [*told, refusal(f"… and {len(wrong) - len(told)} more.")]


def none_of(known, wrong, words):
    """Says of words that they are none of the known ones, which are listed once."""
    listed = f"; there are: {', '.join(known)}"
    return refusals(
        wrong, lambda word: refusal(f"{words.format(word)}{listed if word == wrong[0] else ''}.", nearest(word, known))
    )


def nearest_slugs(model, words):
    """The slug that was probably meant by each: of the entry with that name, else the one that is spelt most alike."""
    public, words = model.objects.public(), [word for word in words if len(word) <= MOST_CHARACTERS]
    called = public.called(*words) if words and issubclass(model, Entry) else ()
    named = {fold(name): entry.slug for entry in called for name in entry.names()}
    known = list(public.values_list("slug", flat=True)) if {*map(fold, words)} - named.keys() else ()
    return {word: named.get(fold(word)) or nearest(word, known) for word in words}


def absences(model, slugs):
    """Says that there are no such public records: each is retired, or the world could never see it."""
    told = slugs[:MOST_TOLD]
    retired = model.objects.filter(status=Status.RETIRED).select_related("replaced_by").in_bulk(told, field_name="slug")
    near = nearest_slugs(model, [slug for slug in told if slug not in retired])

    def refuse(slug):
        if gone := retired.get(slug):
            heir = gone.replaced_by
            return refusal(
                f"“{gone}” ({slug}) is retired.", heir.slug if heir and heir.status == Status.PUBLISHED else None
            )
        return refusal(f"There is no {model._meta.verbose_name} with the slug “{slug}”.", near.get(slug))

    return refusals(slugs, refuse)
