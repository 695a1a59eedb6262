"""What was written lately, and who is here to write it."""

from itertools import groupby, islice

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from kb.choices import Way
from kb.editorial.snapshot import display_name
from kb.models import Version
from kb.permissions import ADMINISTER, is_allowed

MAX_ITEMS, MAX_VERSIONS = 10, 300  # So much news at most, out of so many versions: an import is one piece of news.


def is_sole_user(user):
    """Whether somebody who may add people is the only one here: publishing takes two."""
    others = get_user_model().objects.filter(Q(groups__isnull=False) | Q(is_superuser=True), is_active=True)
    return is_allowed(user, ADMINISTER) and not others.exclude(pk=user.pk).exists()


def recent_activity():
    """What people last wrote: what, who, when and why, newest first; what came with the project itself is no news."""
    versions = Version.objects.exclude(way=Way.SHIPPED).select_related("kind", "by", "change__reviewer")[:MAX_VERSIONS]
    news = [list(same) for _, same in groupby(versions, lambda version: (version.by_id, version.why, version.kind_id))]
    return [
        {
            "version": version,
            "name": get_record_name(version),
            "url": build_record_url(version, "change"),
            "past": build_record_url(version, "history"),
            "more": len({one.object_id for one in same} - {version.object_id}),
        }
        for same in islice(news, MAX_ITEMS)
        for version in same[:1]
    ]


def get_record_name(version):
    """What a record is called, by its words at the time."""
    return display_name(version.content or {}) or version.slug


def build_record_url(version, which):
    """A page of the record in the admin; nothing, where there is none or the record was deleted."""
    kind = version.kind
    try:
        return version.content and reverse(f"admin:{kind.app_label}_{kind.model}_{which}", args=[version.object_id])
    except NoReverseMatch:
        return None
