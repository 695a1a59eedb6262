"""The tables in text: what each contestant did, which targets were met and missed, and how costs grow."""

from collections.abc import Iterable, Sequence

from benchmarks.contest import QUESTIONS
from benchmarks.databases import Database, format_size
from benchmarks.growth import QUESTIONS as GROWTH_QUESTIONS
from benchmarks.growth import SEARCH_LABEL, Growth
from benchmarks.load import Endpoint, Ratio, format_ratio
from benchmarks.targets import (
    MAX_FIRST_READ_MS,
    MAX_MEMORY_MB,
    MAX_SEARCH_MS,
    compare_processor_times,
    compare_rates,
    judge_ratios,
)

FAILED = "failed requests: "
Cell = str | float | Ratio | None


def format_table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table with its first column on the left and the others on the right; a dash for what there is not."""
    lines = [list(header), *([format_cell(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def format_cell(cell: Cell) -> str:
    if cell is None or cell != cell:
        return "–"
    return f"{format_number(cell)}" if isinstance(cell, float | int) else str(cell)


def format_number(value: float) -> str:
    """Return a figure with as many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def format_contest(database: Database, results: dict[str, list[Endpoint]]) -> str:
    """Return a table for each question, and that of the targets."""
    parts = []
    for question, endpoints in results.items():
        header = [f"{QUESTIONS[question]} · {database.label}", "req/s", "CPU ms", "× DRF by CPU", "× DRF by req/s"]
        rows = [
            [
                endpoint.name,
                max(one.rate for one in endpoint.slices),
                min(one.cpu_per_request for one in endpoint.slices),
                *([f"{FAILED}{endpoint.failed}", None] if endpoint.failed else compare_with(endpoints[0], endpoint)),
            ]
            for endpoint in endpoints
        ]
        parts.append(format_table(header, rows))
    return "\n\n".join([*parts, format_targets(database, results)])


def compare_with(base: Endpoint, endpoint: Endpoint) -> list[Ratio | None]:
    return [compare_processor_times(endpoint, base), compare_rates(endpoint, base)]


def format_targets(database: Database, results: dict[str, list[Endpoint]]) -> str:
    """Return the table of the targets: each with what was reached, met or missed."""
    rows = []
    for goal, ratio in judge_ratios(results):
        verdict = "not measured" if ratio is None else "met" if ratio.middle >= goal.at_least else "MISSED"
        what = f"{goal.question}: {goal.name} / {goal.base}, {goal.by}"
        rows.append([what, format_ratio(goal.at_least), ratio, verdict])
    return format_table([f"Targets · {database.label}", "at least", "reached", ""], rows)


def format_growth(grown: list[Growth]) -> str:
    """Return the table of growth on one engine: CPU ms by question and size, ratios to the smallest, the targets."""
    first, last = grown[0], grown[-1]
    sizes = [format_size(growth.database.size) for growth in grown]
    header = [f"CPU ms of a request · {first.database.engine}", *sizes]
    header += [f"{sizes[-1]} / {sizes[0]}", "at most", ""]
    rows = []
    for question in GROWTH_QUESTIONS:
        costs = [growth.get_cost(question.label) for growth in grown]
        ratio = costs[-1] / costs[0] if len(costs) > 1 and costs[0] and costs[-1] else None
        failed = sum(growth.endpoints[question.label].failed for growth in grown)
        verdict = f"{FAILED}{failed}" if failed else judge(ratio, question.at_most)
        rows.append([question.label, *costs, ratio, question.at_most, verdict])
    rows.append(["first read after a write", *(growth.first_read_ms for growth in grown), None, None, ""])
    rows.append(["peak memory of the process, MB", *(growth.memory_mb for growth in grown), None, None, ""])
    bounds = [
        [f"{label} at {format_size(growth.database.size)}, {unit}", value, limits[growth.database.size], verdict]
        for growth in grown
        for label, unit, value, limits in [
            ("peak memory", "MB", growth.memory_mb, MAX_MEMORY_MB),
            ("first read after a write", "ms", growth.first_read_ms, MAX_FIRST_READ_MS),
            ("search", "ms", growth.get_cost(SEARCH_LABEL), MAX_SEARCH_MS),
        ]
        if growth.database.size in limits
        for verdict in [judge(value, limits[growth.database.size])]
    ]
    parts = [format_table(header, rows)]
    if bounds:
        parts.append(format_table([f"Bounds · {last.database.engine}", "reached", "at most", ""], bounds))
    return "\n\n".join(parts)


def judge(value: float | None, at_most: float | None) -> str:
    """Return whether a value keeps to a bound; nothing where there is no bound."""
    if at_most is None:
        return ""
    return "not measured" if value is None else "met" if value <= at_most else "MISSED"
