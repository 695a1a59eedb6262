"""The view of coverage: how many statements and sources speak of each pair of entries."""

from kb import filters, serializers
from kb.api.exceptions import InvalidParameters
from kb.api.pagination import NumberedPagination
from kb.models import Entry, concrete_models, resource_name
from kb.models.querysets import BATCH_SIZE
from kb.reasoning.coverage import NO_STATEMENT, CoverageMatrix
from kb.reasoning.inheritance import build_lineage, copy_with_lineages
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.record_cache import fetch_records
from kb.reasoning.red_flags import find_red_flags
from kb.renderers.coverage import CoverageCsvRenderer
from kb.renderers.json import JSONRenderer
from kb.search.slug_lookup import build_unknown_value_errors
from kb.views.base_query import QueryView


class CoverageView(QueryView):
    """What the sources speak of, and how well: treatments by symptoms, or any entries by any others.

    A cell holds what the lists answer about its two entries, through classes and kinds: how many statements and
    sources, how many name exactly the pair, how old the newest is. An empty cell is "no statement in these sources",
    never "no effect". Cells in which nothing is stated are left out, unless both row and column were asked for.
    Rows and columns come in pages, each by parameters of their own.
    """

    name = "coverage"
    form_class = filters.CoverageForm
    serializer_class = serializers.CoverageSerializer
    pagination_class = NumberedPagination
    paged_parts = ("col",)
    renderer_classes = (JSONRenderer, CoverageCsvRenderer)
    empty = NO_STATEMENT
    example = {"rows": "treatments", "cols": "symptoms", "row": ["letrozole"], "col": ["hot-flushes", "hair-loss"]}

    def get(self, request):
        if not isinstance(request.accepted_renderer, CoverageCsvRenderer):
            return super().get(request)
        values = self.validate_request().cleaned_data
        matrix, kinds = self.build_matrix(values["rows"], values["cols"], values["kind"])
        asked = entry_ids_named_by([*values["row"], *values["col"]])
        flags = find_red_flags(asked, self.hierarchies, asked)
        shown = [
            model for model in dict.fromkeys(each[0] for each in matrix.connections) if not kinds or model in kinds
        ]
        cells = self.iterate_cells(matrix, kinds, values["row"], values["col"])
        return request.accepted_renderer.stream_cells(self, shown, cells, flags)

    def iterate_cells(self, matrix, kinds, row, col):
        """Yield the row, the column and the content of each cell of a whole coverage, some rows at a time."""
        row_keys = self.select_keys("row", matrix.rows, row)
        col_entries = self.read_in_order(matrix.cols, self.select_keys("col", matrix.cols, col))
        col_keys, shows_empty = {entry.pk for entry in col_entries}, bool(row and col)
        for start in range(0, len(row_keys), BATCH_SIZE):
            batch = row_keys[start : start + BATCH_SIZE]
            cells = matrix.compute_cells(kinds, set(batch), col_keys)
            for row_entry in self.read_in_order(matrix.rows, batch):
                for col_entry in col_entries:
                    key = row_entry.pk, col_entry.pk
                    if shows_empty or key in cells:
                        yield row_entry, col_entry, self.serialize_cell(cells[key], col_entry)

    def build_matrix(self, rows, cols, kind):
        """Return the matrix of what was asked for, and the requested models of statements."""
        models = {resource_name(model): model for model in concrete_models(Entry)}
        matrix = CoverageMatrix(models[rows or "treatments"], models[cols or "symptoms"], self.hierarchies)
        return matrix, self.select_models(matrix, kind)

    def get_answer(self, rows, cols, row, col, kind):
        matrix, selected_models = self.build_matrix(rows, cols, kind)
        row_keys, page_links = self.paginate_items(self.select_keys("row", matrix.rows, row))
        col_pages = self.part_paginators["col"]
        col_keys = col_pages.paginate_queryset(self.select_keys("col", matrix.cols, col), self.request, self)
        cells = matrix.compute_cells(selected_models, set(row_keys), set(col_keys))
        row_entries = self.read_in_order(matrix.rows, row_keys)
        col_entries = self.read_in_order(matrix.cols, col_keys)
        shows_empty = bool(row and col)
        is_single = len(row) == len(col) == 1 and row[0] in row_entries and col[0] in col_entries
        return {
            **page_links,
            "asked": entry_ids_named_by([*row, *col]),
            "named": entry_ids_named_by([*row_entries, *col_entries]),
            "cols": {**col_pages.page_links(), "results": col_entries},
            "empty": self.empty,
            "note": serializers.ANSWER_DISCLAIMER,
            "said": self.get_cell_statements(row[0], col[0], cells[row[0].pk, col[0].pk]) if is_single else None,
            "results": [
                {
                    "row": r,
                    "cells": [
                        self.serialize_cell(cells[r.pk, c.pk], c)
                        for c in col_entries
                        if shows_empty or (r.pk, c.pk) in cells
                    ],
                }
                for r in row_entries
            ],
        }

    def get_cell_statements(self, row, col, cell):
        """Return the statements of a cell, each with the basis on which it answers."""
        keys = [(model, key) for model, ids in cell.statement_ids.items() for key in ids]
        statements = list(fetch_records(keys, self.hierarchies).values())
        self.preload_disagreements(statements)
        inheriting = [entry for entry in (row, col) if type(entry).inherits]
        return [
            copy_with_lineages(
                statement,
                [
                    build_lineage(
                        self.hierarchies, type(entry), [entry.pk], get_subject_field_names(statement, type(entry))
                    )
                    for entry in inheriting
                ],
            )
            for statement in statements
        ]

    def read_in_order(self, model, keys):
        """Return the entries with these keys, in their order."""
        entries = fetch_records([(model, key) for key in keys], self.hierarchies)
        return [entries[model, key] for key in keys if (model, key) in entries]

    def select_models(self, matrix, wanted):
        """Return the requested models of statements; none if all were. They must connect rows and columns."""
        connecting = {resource_name(model): model for model, *_ in matrix.connections}
        if not connecting:
            message = (
                f"cols: no kind of statement speaks of {resource_name(matrix.rows)} with {resource_name(matrix.cols)}."
            )
            raise InvalidParameters([{"parameter": "cols", "detail": message, "nearest": None}])
        if wrong := [name for name in wanted if name not in connecting]:
            raise InvalidParameters(
                filters.build_param_errors(
                    "kind", build_unknown_value_errors(sorted(connecting), wrong, "“{}” speaks of no such pair")
                )
            )
        return {connecting[name] for name in wanted}

    def select_keys(self, parameter, model, wanted):
        """Return the keys of rows or columns, in the order of their hierarchy: of all, or of those under `wanted`."""
        for entry in wanted:
            if type(entry) is not model:
                message = f"{parameter}: “{entry.slug}” is none of the {resource_name(model)}."
                raise InvalidParameters([{"parameter": parameter, "detail": message, "nearest": None}])
        hierarchy, entries = self.hierarchies[model], model.objects.public()
        if wanted:
            entries = entries.descendants_of([entry.pk for entry in wanted])
        keys = entries.order_by().values_list("pk", flat=True)
        return sorted(keys, key=lambda key: hierarchy.get_slugs(reversed(hierarchy.find_path_to_root(key))))

    def serialize_cell(self, cell, col):
        return {
            "col": col.slug,
            "says": cell.summary,
            "statements": cell.statement_count,
            "direct": len(cell.direct),
            "kinds": {resource_name(model): len(keys) for model, keys in cell.statement_ids.items()},
            "sources": sorted(source.slug for source in cell.sources),
            "newest": cell.newest,
            "single_source": cell.has_single_source,
            "undated": cell.is_undated,
        }


def get_subject_field_names(statement, model):
    """Return the names of the fields in which a statement names the entries of a model that it is about."""
    return tuple(field.name for field in statement.subject_fields() if field.related_model is model)
