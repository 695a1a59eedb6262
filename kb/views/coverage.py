"""What the sources speak of, and how well: entries by entries."""

from kb import filters, serializers
from kb.api.exceptions import InvalidParameters
from kb.api.pagination import NumberedPagination
from kb.models import Entry, concrete_models, resource_name
from kb.reasoning.coverage import NO_STATEMENT, CoverageMatrix, subject_fields
from kb.reasoning.inheritance import Lineage, copy_with_lineages
from kb.reasoning.red_flags import entry_ids_named_by
from kb.search.slug_lookup import build_unknown_value_errors
from kb.views.base_query import QueryView, fetch_records


class CoverageView(QueryView):
    """What the sources speak of, and how well: treatments by symptoms, or any entries by any others.

    A cell holds what the lists answer about its two entries, through classes and kinds: how many statements and
    sources, how many name exactly the pair, how old the newest is. An empty cell is "no statement in these sources",
    never "no effect". Cells in which nothing is stated are left out, unless both row and column were asked for.
    """

    name = "coverage"
    form_class = filters.CoverageForm
    serializer_class = serializers.CoverageSerializer
    pagination_class = NumberedPagination
    example = {"rows": "treatments", "cols": "symptoms", "row": ["letrozole"], "col": ["joint-pain", "hair-loss"]}

    def get_answer(self, rows, cols, row, col, kind):
        models = {resource_name(model): model for model in concrete_models(Entry)}
        matrix = CoverageMatrix(models[rows or "treatments"], models[cols or "symptoms"])
        kinds = self.select_models(matrix, kind)
        listed = self.select_entries("row", matrix, matrix.rows, row)
        across = self.select_entries("col", matrix, matrix.cols, col)
        page, place = self.paginate_items(listed)
        cells = matrix.compute_cells(kinds, {entry.pk for entry in page}, {entry.pk for entry in across})
        asked = bool(row and col)
        one_cell = len(row) == len(col) == 1 and row[0] in page
        said = self.get_cell_statements(matrix, row[0], col[0], cells[row[0].pk, col[0].pk]) if one_cell else None
        return {
            **place,
            "named": entry_ids_named_by([*page, *across]),
            "cols": across,
            "empty": NO_STATEMENT,
            "note": serializers.ANSWER_DISCLAIMER,
            "said": said,
            "results": [
                {
                    "row": r,
                    "cells": [
                        self.serialize_cell(cells[r.pk, c.pk], c)
                        for c in across
                        if asked or cells.get((r.pk, c.pk), None)
                    ],
                }
                for r in page
            ],
        }

    def get_cell_statements(self, matrix, row, col, cell):
        """The statements behind a cell, each with the basis on which it answers."""
        statements = list(fetch_records(cell.statement_ids).values())
        self.preload_disagreements(statements)
        paths = {
            entry: matrix.trees[type(entry)].get_ancestor_paths([entry.pk])
            for entry in (row, col)
            if type(entry).inherits
        }
        return [
            copy_with_lineages(
                statement,
                [Lineage(get_subject_field_names(statement, type(entry)), path) for entry, path in paths.items()],
            )
            for statement in statements
        ]

    def select_models(self, matrix, wanted):
        """The kinds of statements that were asked for, of those that connect rows and columns; none, for all."""
        found = {resource_name(kind): kind for kind, *_ in matrix.connections}
        if not found:
            words = (
                f"cols: no kind of statement speaks of {resource_name(matrix.rows)} with {resource_name(matrix.cols)}."
            )
            raise InvalidParameters([{"parameter": "cols", "detail": words, "nearest": None}])
        if wrong := [name for name in wanted if name not in found]:
            raise InvalidParameters(
                filters.build_param_errors(
                    "kind", build_unknown_value_errors(sorted(found), wrong, "“{}” speaks of no such pair")
                )
            )
        return {found[name] for name in wanted}

    def select_entries(self, parameter, matrix, model, wanted):
        """The entries that make rows or columns, in the order of their tree; with what is under those asked for."""
        for entry in wanted:
            if type(entry) is not model:
                words = f"{parameter}: “{entry.slug}” is none of the {resource_name(model)}."
                raise InvalidParameters([{"parameter": parameter, "detail": words, "nearest": None}])
        tree, found = matrix.trees[model], model.objects.public()
        if wanted:
            found = found.filter(pk__in=tree.get_self_and_descendants({entry.pk for entry in wanted}))
        return sorted(
            found, key=lambda entry: [tree.slugs[key] for key in reversed(tree.get_self_and_ancestors(entry.pk))]
        )

    def serialize_cell(self, cell, col):
        return {
            "col": col.slug,
            "says": cell.summary,
            "statements": cell.statement_count,
            "direct": len(cell.direct),
            "kinds": {resource_name(kind): len(keys) for kind, keys in cell.statement_ids.items()},
            "sources": sorted(source.slug for source in cell.sources),
            "newest": cell.newest,
            "single_source": cell.has_single_source,
            "undated": cell.is_undated,
        }


def get_subject_field_names(statement, model):
    """The fields in which a statement says which entries of a kind it is about."""
    return tuple(field.name for field in subject_fields(type(statement)) if field.related_model is model)
