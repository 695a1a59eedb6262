"""What is asked of a world: its most popular treatment and symptom, a class, a statement, a place deep in the list."""

import json
import os
from base64 import b64encode
from urllib.parse import urlencode

SMALL_CLASS = 20  # Members of the class that is asked about at every size, as nearly as there is one.


def choose() -> dict[str, str]:
    """Return the slugs, and the cursor, that the questions of the benchmark name."""
    from django.db.models import Count

    from symptoms.models import SideEffect
    from treatments.models import Treatment

    public = SideEffect.objects.public()
    classes = Treatment.ancestries().values("ancestor__slug").annotate(members=Count("pk")).order_by("ancestor__slug")
    classes = list(classes.filter(members__gt=1))
    deep = public.order_by("slug").values_list("slug", flat=True)[int(public.count() * 0.9)]
    return {
        "treatment": find_most_frequent(public, "treatment__slug"),
        "symptom": find_most_frequent(public, "symptom__slug"),
        "class": min(classes, key=lambda row: abs(row["members"] - SMALL_CLASS))["ancestor__slug"],
        "broad_class": max(classes, key=lambda row: row["members"])["ancestor__slug"],
        "statement": public.order_by("slug").values_list("slug", flat=True)[public.count() // 2],
        "cursor": b64encode(urlencode({"p": deep}).encode()).decode(),
    }


def find_most_frequent(records, lookup: str) -> str:
    """Return the value of a column that most records have; of several, the first in the alphabet."""
    from django.db.models import Count

    counts = records.values(lookup).annotate(number=Count("pk")).order_by("-number", lookup)
    return counts.values_list(lookup, flat=True).first()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
    django.setup()
    print(json.dumps(choose()))
