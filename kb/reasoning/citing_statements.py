"""The statements of all kinds that cite a source, in the order of the lines that they cite, read page by page."""

from typing import Any

from django.db.models import Min, QuerySet, Value

from kb.dataset.counts import count_matching
from kb.models import Source, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.record_cache import fetch_records


class CitingStatements:
    """The public statements that cite a source, from a line on: to be counted and sliced, as a paginator does."""

    def __init__(self, source: Source, hierarchies: EntryHierarchies, from_line: int = 1) -> None:
        self.models, self.hierarchies = concrete_models(Statement), hierarchies
        self.cited: dict[str, Any] = {"citations__source": source, "citations__first_line__gte": from_line}

    def find_statements(self) -> dict[type[Statement], "QuerySet[Any]"]:
        """Return the statements by model; each as often as it cites the source."""
        return {model: model.objects.public().filter(**self.cited) for model in self.models}

    def count(self) -> int:
        """Return how many there are: counted once for a state of the data."""
        first, *rest = (
            statements.order_by().values_list("pk").distinct() for statements in self.find_statements().values()
        )
        return count_matching(first.union(*rest, all=True))

    def __getitem__(self, place: slice) -> list[Statement]:
        """Return some of them, the first cited line first; only these are read."""
        rows = [
            statements.order_by()
            .values("pk", "slug")
            .annotate(line=Min("citations__first_line"), kind=Value(self.models.index(model)))
            .values_list("line", "slug", "kind", "pk")
            for model, statements in self.find_statements().items()
        ]
        ordered = rows[0].union(*rows[1:], all=True).order_by("line", "slug", "kind")[place]
        keys = [(self.models[kind], key) for _, _, kind, key in ordered]
        records = fetch_records(keys, self.hierarchies)
        return [records[key] for key in keys if key in records]
