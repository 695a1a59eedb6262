"""The counts of lists: how many records there are of each value, beside the records or in their place."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rest_framework.response import Response

from kb.api.exceptions import InvalidParameters
from kb.api.pagination import NumberedPagination
from kb.dataset.counts import count_matching
from kb.dataset.version import dataset_state
from kb.filters import COUNT_ORDERINGS, build_param_errors, find_facets, tally_facet
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.red_flags import find_red_flags
from kb.search.slug_lookup import build_unknown_value_errors
from kb.serializers import AbsenceSerializer, FacetSerializer, reference_red_flags, serialize_readings

MAX_SHOWN = 20  # Values of a facet beside the records.
MAX_FACETS = 10  # In one answer.


@dataclass(frozen=True)
class CountedValue:
    """A value of a facet, not read yet, with its two counts."""

    facet: Any
    value: Any
    count: int
    narrowed: int


class CountsMixin:
    """A list that counts its records by the values of its parameters: `facets` beside them, `count` in their place."""

    @cached_property
    def facets(self):
        """The facets of the list by the names of their parameters; the list must be filtered."""
        return find_facets(self.filterset)

    def parse_count_param(self, parameter):
        """Return the facets that a parameter names, each once; raise InvalidParameters for unknown ones."""
        names = [name for value in self.request.query_params.getlist(parameter) for name in value.split(",")]
        names = list(dict.fromkeys(name.strip() for name in names))
        if names and parameter not in getattr(self.requested_renderer, "count_params", ()):
            other = " “count” gives the same without the records." if parameter == "facets" else ""
            raise_param_error(parameter, f"{parameter}: this format shows records only.{other}")
        if unknown := [name for name in names if name not in self.facets]:
            errors = build_unknown_value_errors(sorted(self.facets), unknown, "“{:.40}” cannot be counted here")
            raise InvalidParameters(build_param_errors(parameter, errors))
        if len(names) > MAX_FACETS:
            raise_param_error(parameter, f"{parameter}: {len(names)} are too many: give {MAX_FACETS} at most.")
        return [self.facets[name] for name in names]

    def parse_count_params(self):
        """Return the facets that stand in place of the records, and those that stand beside them."""
        counted, shown = map(self.parse_count_param, ("count", "facets"))
        self.check_count_params(counted)
        return counted, shown or ([] if counted else self.find_default_facets())

    def find_default_facets(self):
        """Return the facets that stand beside the records where none are asked for."""
        return []

    def check_count_params(self, counted):
        """Raise InvalidParameters for parameters that do not go with counts, or not without."""
        params = self.request.query_params
        is_count_ordering = params.get("ordering", "").lstrip("-") in COUNT_ORDERINGS
        if counted and "facets" in params:
            raise_param_error("facets", "facets: “count” gives the same without the records: leave one of them out.")
        if self.is_brief and (counted or "facets" in params):
            raise_param_error("shape", "shape: counts have no brief form: leave this out.")
        if counted and "cursor" in params:
            raise_param_error("cursor", "cursor: counts come in numbered pages: leave this out.")
        if "ordering" in params and bool(counted) != is_count_ordering:
            there = ", ".join(f"{sign}{name}" for name in COUNT_ORDERINGS for sign in ("", "-"))
            is_for = f"counts are ordered by: {there}." if counted else "this is an order of counts, for “count”."
            raise_param_error("ordering", f"ordering: {is_for}")

    def list_values(self, facet):
        """Return the values of a facet in the order that is asked for, and how many records have none."""
        tally = tally_facet(facet, self.filterset.matching)
        rows = tally.list_values(self.count_ordering)
        return [CountedValue(facet, *row) for row in rows], tally.missing

    @property
    def count_ordering(self):
        ordering = self.request.query_params.get("ordering", "")
        return ordering if ordering.lstrip("-") in COUNT_ORDERINGS else "-count"

    def read_rows(self, values):
        """Return counted values as the serializer shows them; what is gone meanwhile is left out."""
        described = {}
        for facet in {each.facet for each in values}:
            of_facet = facet.describe_values([each.value for each in values if each.facet is facet])
            described |= {(facet, value): shown for value, shown in of_facet.items()}
        return [
            {**vars(described[each.facet, each.value]), "count": each.count, "narrowed": each.narrowed}
            for each in values
            if (each.facet, each.value) in described
        ]

    def build_facet(self, facet, total, missing, rows, next_url=None):
        records = self.queryset.model._meta.verbose_name_plural
        says = facet.says.format(records=records)
        return {"name": facet.name, "says": says, "count": total, "missing": missing, "next": next_url, "results": rows}

    def find_facet_content(self):
        """Return the facets that come with a page of records, as JSON; nothing if none were asked for."""
        content = []
        for facet in self.shown_facets:
            values, missing = self.list_values(facet)
            is_longer = len(values) > MAX_SHOWN
            next_url = self.build_counts_url(facet.name) if is_longer else None
            rows = self.read_rows(values[:MAX_SHOWN])
            content.append(self.build_facet(facet, len(values), missing, rows, next_url))
        return self.serialize_facets(content) if content else {}

    def serialize_facets(self, content):
        facets = FacetSerializer(content, many=True, context=self.get_serializer_context())
        return {"total": dataset_state().counts[self.queryset.model], "facets": facets.data}

    def build_counts_url(self, name):
        """Return the address of all the values of a facet of this list."""
        params = self.filterset.replace_params({"ordering": None}).data.copy()
        params["count"] = name
        return self.build_list_url(params)

    def answer_counts(self, counted):
        """Return the response with a page of the values of these facets and no records."""
        values, missing = [], {}
        for facet in counted:
            of_facet, missing[facet] = self.list_values(facet)
            values += of_facet
        pages = NumberedPagination()
        page = pages.paginate_queryset(values, self.request, self)
        content, records = [], []
        for facet in counted:
            rows = self.read_rows([each for each in page if each.facet is facet])
            total = sum(each.facet is facet for each in values)
            content.append(self.build_facet(facet, total, missing[facet], rows))
            records += [row["record"] for row in rows if row["record"]]
        context, asked = self.get_serializer_context(), entry_ids_named_by(self.answer_context.entries)
        flags = find_red_flags(entry_ids_named_by(records), self.answer_context.hierarchies, asked)
        matching = count_matching(self.filterset.matching)
        absence = None if matching else AbsenceSerializer(self.describe_absence(), context=context).data
        return Response(
            {
                **serialize_readings(context),
                **pages.page_links(),
                "count": matching,
                "absence": absence,
                **reference_red_flags(flags, context),
                **self.serialize_facets(content),
                "results": [],
            }
        )

    def iterate_count_rows(self, counted):
        """Yield every value of these facets as a row of a table; under no value, what has none."""
        matching, total = count_matching(self.filterset.matching), dataset_state().counts[self.queryset.model]
        for facet in counted:
            values, missing = self.list_values(facet)
            rows = self.read_rows(values)
            if missing:
                rows.append({"value": "", "name": "", "kind": "", "count": missing, "narrowed": missing})
            for row in rows:
                shown = {name: row[name] for name in ("value", "name", "kind", "count", "narrowed")}
                yield {"parameter": facet.name, **shown, "matching": matching, "total": total}


def raise_param_error(parameter, detail):
    raise InvalidParameters([{"parameter": parameter, "detail": detail, "nearest": None}])
