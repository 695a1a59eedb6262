"""Recent activity on the index page of the admin."""

from itertools import groupby, islice

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from kb.choices import Way
from kb.editorial.snapshot import display_name
from kb.models import Version
from kb.permissions import ADMINISTER, is_allowed

MAX_ITEMS = 10
MAX_VERSIONS = 300  # Versions read to group them into items: an import is one item of many versions.


def is_sole_user(user):
    """Return whether this administrator is the only active user with a role; publishing takes two."""
    others = get_user_model().objects.filter(Q(groups__isnull=False) | Q(is_superuser=True), is_active=True)
    return is_allowed(user, ADMINISTER) and not others.exclude(pk=user.pk).exists()


def recent_activity():
    """Return the last edits by people, newest first, as dicts; shipped data are left out.

    Consecutive edits of one person, reason and kind of record are one item: its newest version, the name and URLs of
    that record, and the number of `more` records.
    """
    versions = Version.objects.exclude(way=Way.SHIPPED).select_related("kind", "by", "change__reviewer")[:MAX_VERSIONS]
    groups = groupby(versions, lambda version: (version.by_id, version.why, version.kind_id))
    activity = []
    for _, group in islice(groups, MAX_ITEMS):
        version, *earlier = group
        activity.append(
            {
                "version": version,
                "name": get_record_name(version),
                "url": build_record_url(version, "change"),
                "past": build_record_url(version, "history"),
                "more": len({other.object_id for other in earlier} - {version.object_id}),
            }
        )
    return activity


def get_record_name(version):
    """Return the name of the record at the time of this version."""
    return display_name(version.content or {}) or version.slug


def build_record_url(version, page_name):
    """Return the URL of an admin page of the record; None where there is no such page or the record was deleted."""
    kind = version.kind
    try:
        return version.content and reverse(f"admin:{kind.app_label}_{kind.model}_{page_name}", args=[version.object_id])
    except NoReverseMatch:
        return None
