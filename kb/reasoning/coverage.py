"""Coverage: for each pair of entries of two models, how many statements and sources connect them."""

from collections import defaultdict
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kb.models import Entry, Source, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies

NO_STATEMENT = "no statement in these sources"


def format_count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


@dataclass
class CoverageCell:
    """What the lists answer about two entries together: through classes, and through kinds of a symptom."""

    statement_ids: defaultdict[type[Statement], set[int]] = field(default_factory=lambda: defaultdict(set))
    direct: set[tuple[type[Statement], int]] = field(default_factory=set)  # Those that name exactly these two.
    sources: set[Source] = field(default_factory=set)
    newest: date | None = None

    def add(self, model: type[Statement], key: int, source: Source, is_direct: bool) -> None:
        """Count one statement, as one source states it."""
        self.statement_ids[model].add(key)
        self.sources.add(source)
        self.newest = max(filter(None, [self.newest, source.dated]), default=None)
        if is_direct:
            self.direct.add((model, key))

    @property
    def statement_count(self) -> int:
        return sum(map(len, self.statement_ids.values()))

    @property
    def has_single_source(self) -> bool:
        return len(self.sources) == 1

    @property
    def is_undated(self) -> bool:
        """Whether there are statements, and none of their sources has a date."""
        return bool(self.sources) and self.newest is None

    @property
    def summary(self) -> str:
        """The cell in words; an empty one says nothing about the effect."""
        if not self.statement_count:
            return NO_STATEMENT
        text = f"{format_count(self.statement_count, 'statement')}, {len(self.direct)} of them of exactly this pair"
        text += f", in {format_count(len(self.sources), 'source')}"
        return f"{text}, {f'the newest of {self.newest:%Y-%m-%d}' if self.newest else 'undated'}"


class CoverageMatrix:
    """The models of entries that make the rows and columns of a coverage, and the statements that connect them."""

    def __init__(self, rows: type[Entry], cols: type[Entry], hierarchies: EntryHierarchies) -> None:
        self.rows, self.cols, self.hierarchies = rows, cols, hierarchies

    @cached_property
    def connections(self) -> list[tuple[type[Statement], str, str]]:
        """The models of statements that name entries of both models, each with its two fields."""
        return [
            (model, row.name, col.name)
            for model in concrete_models(Statement)
            for row in model.subject_fields()
            for col in model.subject_fields()
            if row is not col
            and not model.are_alternatives(row, col)
            and (row.related_model, col.related_model) == (self.rows, self.cols)
        ]

    def compute_cells(
        self, models: Collection[type[Statement]], row_ids: AbstractSet[int], col_ids: AbstractSet[int]
    ) -> defaultdict[tuple[int, int], CoverageCell]:
        """Return the cells in which something is stated, by the keys of row and column.

        Only statements of these models count; of all, if there are none. The number of queries depends on the number
        of models, not on that of rows and columns.
        """
        sources = {source.pk: source for source in Source.objects.only("slug", "dated")}
        cells: defaultdict[tuple[int, int], CoverageCell] = defaultdict(CoverageCell)
        rows: dict[int, list[int]] = {}  # The wanted rows for which a statement about an entry answers, by its key.
        cols: dict[int, list[int]] = {}
        for model, row, col in self.connections:
            if models and model not in models:
                continue
            about_rows_and_cols = {
                f"{row}__in": self.hierarchies[self.rows].get_answering_entries(row_ids),
                f"{col}__in": self.hierarchies[self.cols].get_answering_entries(col_ids),
            }
            statements = model.objects.public().filter(**about_rows_and_cols).order_by()
            for key, row_id, col_id, source_id in statements.values_list(
                "pk", row, col, "citations__source"
            ).distinct():
                for answers, entry_model, entry_id, wanted_ids in [
                    (rows, self.rows, row_id, row_ids),
                    (cols, self.cols, col_id, col_ids),
                ]:
                    if entry_id not in answers:
                        answered = self.hierarchies[entry_model].get_answered_entries(entry_id)
                        answers[entry_id] = [pk for pk in answered if pk in wanted_ids]
                for a in rows[row_id]:
                    for b in cols[col_id]:
                        cells[a, b].add(model, key, sources[source_id], (a, b) == (row_id, col_id))
        return cells
