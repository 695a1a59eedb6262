"""What the sources speak of, and how well: entries by entries."""

from kb import filters, serializers
from kb.api.exceptions import BadParameters
from kb.api.pagination import Pages
from kb.models import Entry, kinds_of
from kb.reasoning.coverage import EMPTY, Matrix, about
from kb.reasoning.inheritance import Lineage, answering
from kb.reasoning.red_flags import named_by
from kb.search.slug_lookup import none_of
from kb.serializers import resource
from kb.views.base_query import Question, in_bulk


class Coverage(Question):
    """What the sources speak of, and how well: treatments by symptoms, or any entries by any others.

    A cell holds what the lists answer about its two entries, through classes and kinds: how many statements and
    sources, how many name exactly the pair, how old the newest is. An empty cell is "no statement in these sources",
    never "no effect". Cells in which nothing is stated are left out, unless both row and column were asked for.
    """

    name = "coverage"
    form_class = filters.CoverageForm
    serializer_class = serializers.CoverageSerializer
    pagination_class = Pages
    example = {"rows": "treatments", "cols": "symptoms", "row": ["letrozole"], "col": ["joint-pain", "hair-loss"]}

    def answer(self, rows, cols, row, col, kind):
        models = {resource(model): model for model in kinds_of(Entry)}
        matrix = Matrix(models[rows or "treatments"], models[cols or "symptoms"])
        kinds = self.kinds(matrix, kind)
        listed = self.entries("row", matrix, matrix.rows, row)
        across = self.entries("col", matrix, matrix.cols, col)
        page, place = self.cut(listed)
        cells = matrix.cells(kinds, {entry.pk for entry in page}, {entry.pk for entry in across})
        asked = bool(row and col)
        one_cell = len(row) == len(col) == 1 and row[0] in page
        said = self.said(matrix, row[0], col[0], cells[row[0].pk, col[0].pk]) if one_cell else None
        return {
            **place,
            "named": named_by([*page, *across]),
            "cols": across,
            "empty": EMPTY,
            "note": serializers.NOTE,
            "said": said,
            "results": [
                {
                    "row": r,
                    "cells": [
                        self.cell(cells[r.pk, c.pk], c) for c in across if asked or cells.get((r.pk, c.pk), None)
                    ],
                }
                for r in page
            ],
        }

    def said(self, matrix, row, col, cell):
        """The statements behind a cell, each with the basis on which it answers."""
        statements = list(in_bulk(cell.kinds).values())
        self.know(statements)
        paths = {entry: matrix.trees[type(entry)].paths([entry.pk]) for entry in (row, col) if type(entry).inherits}
        return [
            answering(statement, [Lineage(naming(statement, type(entry)), path) for entry, path in paths.items()])
            for statement in statements
        ]

    def kinds(self, matrix, wanted):
        """The kinds of statements that were asked for, of those that connect rows and columns; none, for all."""
        found = {resource(kind): kind for kind, *_ in matrix.connections}
        if not found:
            words = f"cols: no kind of statement speaks of {resource(matrix.rows)} with {resource(matrix.cols)}."
            raise BadParameters([{"parameter": "cols", "detail": words, "nearest": None}])
        if wrong := [name for name in wanted if name not in found]:
            raise BadParameters(filters.faults("kind", none_of(sorted(found), wrong, "“{}” speaks of no such pair")))
        return {found[name] for name in wanted}

    def entries(self, parameter, matrix, model, wanted):
        """The entries that make rows or columns, in the order of their tree; with what is under those asked for."""
        for entry in wanted:
            if type(entry) is not model:
                words = f"{parameter}: “{entry.slug}” is none of the {resource(model)}."
                raise BadParameters([{"parameter": parameter, "detail": words, "nearest": None}])
        tree, found = matrix.trees[model], model.objects.public()
        if wanted:
            found = found.filter(pk__in=tree.below({entry.pk for entry in wanted}))
        return sorted(found, key=lambda entry: [tree.slugs[key] for key in reversed(tree.line(entry.pk))])

    def cell(self, cell, col):
        return {
            "col": col.slug,
            "says": cell.says,
            "statements": cell.statements,
            "direct": len(cell.direct),
            "kinds": {resource(kind): len(keys) for kind, keys in cell.kinds.items()},
            "sources": sorted(source.slug for source in cell.sources),
            "newest": cell.newest,
            "single_source": cell.single_source,
            "undated": cell.undated,
        }


def naming(statement, model):
    """The fields in which a statement says which entries of a kind it is about."""
    return tuple(field.name for field in about(type(statement)) if field.related_model is model)
