"""What the sources speak of, and how well: a matrix of entries by entries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kb.models import Source, Statement, kinds_of
from kb.reasoning.inheritance import Tree

EMPTY = "no statement in these sources"


def number(count, thing):
    return f"{count} {thing}{'' if count == 1 else 's'}"


def about(kind):
    """The fields that name what a kind of statement is about."""
    causes = {name for lead in kind.leads for name in lead.causes}
    return [field for field in kind.entry_fields() if field.name not in causes]


@dataclass
class Cell:
    """What is stated of two entries together, as the lists answer it: through classes, and kinds of a symptom."""

    kinds: dict = field(default_factory=lambda: defaultdict(set))  # The keys of the statements, by kind.
    direct: set = field(default_factory=set)  # The kinds and keys of those that name exactly these two.
    sources: set = field(default_factory=set)
    newest: date | None = None

    def add(self, kind, key, source, direct):
        self.kinds[kind].add(key)
        self.sources.add(source)
        self.newest = max(filter(None, [self.newest, source.dated]), default=None)
        if direct:
            self.direct.add((kind, key))

    @property
    def statements(self):
        return sum(map(len, self.kinds.values()))

    @property
    def single_source(self):
        return len(self.sources) == 1

    @property
    def undated(self):
        """Whether there are statements, and none of their sources carries a date."""
        return bool(self.sources) and self.newest is None

    @property
    def says(self):
        """The cell in words; that nothing is stated says nothing about the effect."""
        if not self.statements:
            return EMPTY
        words = f"{number(self.statements, 'statement')}, {len(self.direct)} of them of exactly this pair"
        words += f", in {number(len(self.sources), 'source')}"
        return f"{words}, {f'the newest of {self.newest:%Y-%m-%d}' if self.newest else 'undated'}"


class Matrix:
    """The rows and columns of a coverage, and the kinds of statements that connect them."""

    def __init__(self, rows, cols):
        self.rows, self.cols = rows, cols

    @cached_property
    def trees(self):
        return {model: Tree(model) for model in {self.rows, self.cols}}

    @cached_property
    def connections(self):
        """The kinds of statements that name entries of both models, each with the two fields.

        Two optional fields of a statement are alternatives: they never name two entries together. What a statement
        names as the cause for which alone it is said is not what it is about.
        """
        return [
            (kind, row.name, col.name)
            for kind in kinds_of(Statement)
            for row in about(kind)
            for col in about(kind)
            if row is not col
            and not (row.null and col.null)
            and (row.related_model, col.related_model) == (self.rows, self.cols)
        ]

    def speaks_for(self, model, key):
        """The entries about which a statement that names this one answers."""
        return self.trees[model].speaks_for(key)

    def named_for(self, model, keys):
        """The entries by which a statement answers about one of these."""
        return self.trees[model].named_for(keys)

    def cells(self, kinds, row_keys, col_keys):
        """The cells in which something is stated, by the keys of row and column."""
        sources = {source.pk: source for source in Source.objects.only("slug", "dated")}
        cells, reach = defaultdict(Cell), {}
        for kind, row, col in self.connections:
            if kinds and kind not in kinds:
                continue
            near = {
                f"{row}__in": self.named_for(self.rows, row_keys),
                f"{col}__in": self.named_for(self.cols, col_keys),
            }
            said = kind.objects.public().filter(**near).order_by()
            for key, r, c, source in said.values_list("pk", row, col, "citations__source").distinct():
                for model, named, wanted in [(self.rows, r, row_keys), (self.cols, c, col_keys)]:
                    if (model, named) not in reach:
                        reach[model, named] = [k for k in self.speaks_for(model, named) if k in wanted]
                for a in reach[self.rows, r]:
                    for b in reach[self.cols, c]:
                        cells[a, b].add(kind, key, sources[source], (a, b) == (r, c))
        return cells
