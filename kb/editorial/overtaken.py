"""Open changes that need their author's eye: their record has moved on, or somebody else has a change of it too."""

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from kb.editorial.diff import changed_field_names
from kb.models import OPEN_STATES, Change, Version


def find_moved_on(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Filter open changes for those whose record is no longer as it was when they were written."""
    versions = Version.objects.filter(kind=OuterRef("kind"), object_id=OuterRef("object_id")).order_by("-number")
    rows = changes.filter(state__in=OPEN_STATES).annotate(current=Subquery(versions.values("content")[:1]))
    keys = [
        key
        for key, base, current in rows.order_by().values_list("pk", "base", "current")
        if current is None or changed_field_names(base, current)
    ]
    return changes.filter(pk__in=keys)


def find_with_rivals(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Filter open changes for those of a record of which somebody else has an open change, too."""
    same_record = Change.objects.filter(kind=OuterRef("kind"), object_id=OuterRef("object_id"), state__in=OPEN_STATES)
    return changes.filter(Exists(same_record.exclude(pk=OuterRef("pk"))), state__in=OPEN_STATES)
