"""What the sources speak of, and how well: a matrix of entries by entries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kb.models import Source, Statement, concrete_models
from kb.reasoning.inheritance import EntryTree

NO_STATEMENT = "no statement in these sources"


def format_count(count, thing):
    return f"{count} {thing}{'' if count == 1 else 's'}"


def subject_fields(kind):
    """The fields that name what a kind of statement is about."""
    causes = {name for lead in kind.leads for name in lead.cause_fields}
    return [field for field in kind.entry_fields() if field.name not in causes]


@dataclass
class CoverageCell:
    """What is stated of two entries together, as the lists answer it: through classes, and kinds of a symptom."""

    statement_ids: dict = field(default_factory=lambda: defaultdict(set))  # The keys of the statements, by kind.
    direct: set = field(default_factory=set)  # The kinds and keys of those that name exactly these two.
    sources: set = field(default_factory=set)
    newest: date | None = None

    def add(self, kind, key, source, direct):
        self.statement_ids[kind].add(key)
        self.sources.add(source)
        self.newest = max(filter(None, [self.newest, source.dated]), default=None)
        if direct:
            self.direct.add((kind, key))

    @property
    def statement_count(self):
        return sum(map(len, self.statement_ids.values()))

    @property
    def has_single_source(self):
        return len(self.sources) == 1

    @property
    def is_undated(self):
        """Whether there are statements, and none of their sources carries a date."""
        return bool(self.sources) and self.newest is None

    @property
    def summary(self):
        """The cell in words; that nothing is stated says nothing about the effect."""
        if not self.statement_count:
            return NO_STATEMENT
        words = f"{format_count(self.statement_count, 'statement')}, {len(self.direct)} of them of exactly this pair"
        words += f", in {format_count(len(self.sources), 'source')}"
        return f"{words}, {f'the newest of {self.newest:%Y-%m-%d}' if self.newest else 'undated'}"


class CoverageMatrix:
    """The rows and columns of a coverage, and the kinds of statements that connect them."""

    def __init__(self, rows, cols):
        self.rows, self.cols = rows, cols

    @cached_property
    def trees(self):
        return {model: EntryTree(model) for model in {self.rows, self.cols}}

    @cached_property
    def connections(self):
        """The kinds of statements that name entries of both models, each with the two fields.

        Two optional fields of a statement are alternatives: they never name two entries together. What a statement
        names as the cause for which alone it is said is not what it is about.
        """
        return [
            (kind, row.name, col.name)
            for kind in concrete_models(Statement)
            for row in subject_fields(kind)
            for col in subject_fields(kind)
            if row is not col
            and not (row.null and col.null)
            and (row.related_model, col.related_model) == (self.rows, self.cols)
        ]

    def get_answered_entries(self, model, key):
        """The entries about which a statement that names this one answers."""
        return self.trees[model].get_answered_entries(key)

    def get_answering_entries(self, model, keys):
        """The entries by which a statement answers about one of these."""
        return self.trees[model].get_answering_entries(keys)

    def compute_cells(self, kinds, row_keys, col_keys):
        """The cells in which something is stated, by the keys of row and column."""
        sources = {source.pk: source for source in Source.objects.only("slug", "dated")}
        cells, reach = defaultdict(CoverageCell), {}
        for kind, row, col in self.connections:
            if kinds and kind not in kinds:
                continue
            near = {
                f"{row}__in": self.get_answering_entries(self.rows, row_keys),
                f"{col}__in": self.get_answering_entries(self.cols, col_keys),
            }
            said = kind.objects.public().filter(**near).order_by()
            for key, r, c, source in said.values_list("pk", row, col, "citations__source").distinct():
                for model, named, wanted in [(self.rows, r, row_keys), (self.cols, c, col_keys)]:
                    if (model, named) not in reach:
                        reach[model, named] = [k for k in self.get_answered_entries(model, named) if k in wanted]
                for a in reach[self.rows, r]:
                    for b in reach[self.cols, c]:
                        cells[a, b].add(kind, key, sources[source], (a, b) == (r, c))
        return cells
