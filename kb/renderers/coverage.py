"""The CSV renderer of coverage: the whole of it as one streamed file, a row for each cell."""

from django.http import StreamingHttpResponse

from kb.api.exceptions import InvalidParameters
from kb.models import resource_name
from kb.renderers.tabular import CsvRenderer, build_red_flag_links, format_cell, write_csv_line

CELL_COLUMNS = ["row", "row_name", "col", "col_name", "statements", "direct"]
SOURCE_COLUMNS = ["sources", "newest", "single_source", "undated", "says"]


class CoverageCsvRenderer(CsvRenderer):
    """Renders a row for each cell of a coverage in which something is stated, or that was asked for."""

    count_params, schema_name = (), "CoverageCsvFile"
    description = (
        "The whole coverage: a row for each cell, with a column for each kind of statement. What a pair without a row "
        "says stands in `X-KB-Absence`; the red flags of what was asked about stand in the header `Link`."
    )

    @classmethod
    def describe_response(cls, schema):
        return {"title": cls.schema_name, "type": "string"}, cls.description, None

    def stream_cells(self, view, kinds, rows, flags):
        """Return a file of serialized cells, each after its row and column; refuse parameters of paging."""
        paginators = [view.paginator, *view.part_paginators.values()]
        names = [name for paginator in paginators for name in paginator.parameters]
        if given := [name for name in names if name in view.request.query_params]:
            message = f"The whole coverage comes as one file of {self.format}: leave this out, or ask for JSON."
            raise InvalidParameters(
                [{"parameter": name, "detail": f"{name}: {message}", "nearest": None} for name in given]
            )
        links = build_red_flag_links(flags, {"request": view.request})
        return StreamingHttpResponse(
            self.iterate_cell_lines(kinds, rows),
            content_type=f"{self.media_type}; charset={self.charset}",
            headers={
                "Content-Disposition": 'attachment; filename="coverage.csv"',
                "X-KB-Absence": f"A pair that has no row: {view.empty}.",
                **({"Link": ", ".join(links)} if links else {}),
            },
        )

    def iterate_cell_lines(self, kinds, rows):
        names = [resource_name(model) for model in kinds]
        yield write_csv_line([*CELL_COLUMNS, *names, *SOURCE_COLUMNS])
        for row, col, cell in rows:
            shown = {"row": row.slug, "row_name": row.name, "col_name": col.name, **dict.fromkeys(names, 0)}
            shown |= cell | cell["kinds"]
            yield write_csv_line(format_cell(shown[name]) for name in [*CELL_COLUMNS, *names, *SOURCE_COLUMNS])
