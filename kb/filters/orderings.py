"""The order of a list, or of the counts that stand in its place."""

from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

COUNT_ORDERINGS = ["value", "count", "narrowed"]  # By what the counts of a list can be ordered, in place of records.


class StableOrderingFilter(filters.OrderingFilter):
    """Orders a list by the given fields, then by slug, so that the order is total."""

    keeps_all = True

    def __init__(self, *args, fields, **kwargs):
        orderings, count_orderings = ([o for n in names for o in (n, f"-{n}")] for names in (fields, COUNT_ORDERINGS))
        errors = {"invalid_choice": f"“%(value)s” is no ordering here; there are: {', '.join(orderings)}."}
        choices = [(ordering, ordering) for ordering in [*orderings, *count_orderings]]
        super().__init__(*args, fields=fields, choices=choices, error_messages=errors, **kwargs)
        description = f"{self.extra['help_text']} A minus before a name turns it round. With `count`: by "
        description += f"{', '.join(COUNT_ORDERINGS)}."
        schema = {"type": "string", "enum": [*orderings, *count_orderings], "description": description}
        set_override(self, "field", schema)

    def filter(self, queryset, value):
        names = [name for name in value or () if name.lstrip("-") not in COUNT_ORDERINGS]
        return super().filter(queryset, dict.fromkeys([*names, "slug"])) if names else queryset
