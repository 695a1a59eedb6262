"""Which public record a slug means: the nearest, where there is none; what stands in its place, where it is retired."""

from django.core.exceptions import ValidationError

from kb.choices import Status
from kb.models import Entry
from kb.names import nearest


def refusal(words, near=None):
    """An error that says what was wrong with a value, and the nearest right one."""
    hint = f" Did you mean “{near}”?" if near else ""
    return ValidationError(f"{words}{hint}".replace("%", "%%"), params={"nearest": near})


def nearest_slug(model, slug):
    """The slug that was probably meant: of the entry with that name, else the one that is spelt most alike."""
    public = model.objects.public()
    named = public.called(slug).first() if issubclass(model, Entry) else None
    return named.slug if named else nearest(slug, public.values_list("slug", flat=True))


def absent(model, slug):
    """Says that there is no such public record: it is retired, or there never was one that the world could see."""
    retired = model.objects.filter(slug=slug, status=Status.RETIRED).select_related("replaced_by").first()
    if retired:
        heir = retired.replaced_by
        return refusal(
            f"“{retired}” ({slug}) is retired.", heir.slug if heir and heir.status == Status.PUBLISHED else None
        )
    return refusal(f"There is no {model._meta.verbose_name} with the slug “{slug}”.", nearest_slug(model, slug))
