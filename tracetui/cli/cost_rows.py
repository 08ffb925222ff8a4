"""Costs and times as rows: one line each for reading, one object each for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from tracetui.cli.table import Column
from tracetui.pricing.tables import TIMES, CostRow, CostTable, LatencyRow
from tracetui.render import costs, text
from tracetui.render.safe import safe

LEFT_OUT_FIRST = ("computed", "n", "p95", "p50", "cached", "output", "input", "unpriced", "share")
_HEADINGS = ("calls", "unpriced", "input", "cached", "output", "p50", "p95", "n", "computed", "cost", "share")
_BUCKET_HEADINGS = ("calls", "unpriced", "tokens", "computed", "cost", "share")
LATENCY_NAMES = tuple(item.name for item in fields(LatencyRow))
LATENCY_LEFT_OUT_FIRST = ("self", "total", "max", "speed", "first token", "p99", "kind")
LATENCY_COLUMNS = (
    Column("name", least_cells=12), Column("kind"),
    *(Column(name, align_right=True) for name in (
        "n", "p50", "p90", "p99", "max", "total", "self", "first token", "speed", "cost")),
)  # fmt: skip
_COMPARED = tuple(item.name for item in fields(costs.Compared) if item.name != "keys")
_FIGURES = tuple(item.name for item in fields(CostRow) if item.name != "keys")


def json_rows(table: CostTable) -> Iterator[dict[str, Any]]:
    """A line with the names of its dimensions and figures."""
    for row in table.rows:
        yield {**_keys(table, row), **{name: getattr(row, name) for name in _FIGURES}}


def names_of(table: CostTable) -> list[str]:
    """The names in a line."""
    return [*table.by, *_FIGURES]


def table_of(table: CostTable) -> tuple[tuple[Column, ...], list[list[str]]]:
    """Columns and cells: dimensions, figures, share of the money with a bar."""
    names = _BUCKET_HEADINGS if "bucket" in table.by else _HEADINGS
    columns = (
        *(Column(name, least_cells=10) for name in table.by),
        *(Column(name, align_right=True) for name in names), Column(""),
    )  # fmt: skip
    cells = (
        [*map(costs.word, row.keys), *_figure_cells(row, costs.whole_of(table), names)] for row in table.rows
    )
    return columns, list(cells)


def _figure_cells(row: CostRow, whole: Decimal | None, names: Sequence[str]) -> list[str]:
    figures = {
        "calls": text.count(row.calls),
        "unpriced": text.count(row.unpriced_calls) if row.unpriced_calls else "",
        "tokens": text.count(row.total_tokens),
        "input": text.short_count(row.input_tokens),
        "cached": text.short_count(row.cache_read_tokens),
        "output": text.short_count(row.output_tokens),
        "p50": text.duration_cell(row.p50_ns),
        "p95": text.duration_cell(row.p95_ns),
        "n": text.count(row.timed_calls) if row.timed_calls else "",
        "computed": costs.computed_text(row),
        "cost": text.least_fine_money(row.cost_usd, row.is_least),
        "share": costs.share(row.cost_usd, whole),
    }
    return [*(figures[name] for name in names), costs.bar(row.cost_usd, whole)]


def pivot_of(table: CostTable) -> tuple[tuple[Column, ...], list[list[str]]]:
    """The first dimension down, the second across, money in the cells; the sums at the ends."""
    down, across = costs.lines_by_key(table, 0), costs.lines_by_key(table, 1)
    cells = {row.keys[:2]: row for row in table.rows}
    columns = (
        Column(f"{table.by[0]} \\ {table.by[1]}", least_cells=10),
        *(Column(costs.word(key), align_right=True, least_cells=12) for key in across), Column("sum", align_right=True),
    )  # fmt: skip
    body = [[costs.word(key), *(_cell(cells.get((key, other))) for other in across),
              costs.sum_text(down[key])] for key in down]  # fmt: skip
    sums = [costs.sum_text(lines) for lines in across.values()]
    return columns, [*body, ["sum", *sums, costs.sum_text([table.total])]]


def first_to_go(table: CostTable, columns: Sequence[Column]) -> list[str]:
    """Headings of a pivot's second dimension in the order in which they go where there is no room for all: the cheapest
    first, of times the earliest."""
    first, *across, last = (column.heading for column in columns)
    ordered = across if table.by[1] in TIMES else reversed(across)
    return [heading for heading in dict.fromkeys(ordered) if heading not in (first, last)]


def _cell(row: CostRow | None) -> str:
    return "" if row is None else text.least_fine_money(row.cost_usd, row.is_least)


def compared_rows(table: CostTable, lines: Sequence[costs.Compared]) -> Iterator[dict[str, Any]]:
    """Each line's cost as it is and as it would have been, with the names of its dimensions."""
    for line in lines:
        keys = dict(zip(table.by, line.keys, strict=True))
        yield {**keys, **{name: getattr(line, name) for name in _COMPARED}}


def compared_names(table: CostTable) -> list[str]:
    """The names in a line of `compared_rows`."""
    return [*table.by, *_COMPARED]


def what_if_of(
    table: CostTable, lines: Sequence[costs.Compared]
) -> tuple[tuple[Column, ...], list[list[str]]]:
    """Columns and cells of the comparison; what price lists say now only where a cost is reported."""
    has_listed = any(line.reported_cost_usd is not None for line in lines)
    listed = ("by price lists",) if has_listed else ()
    names = ("calls", "unpriced", "cost", *listed, "what if", "not re-priced")
    columns = (
        *(Column(name, least_cells=10) for name in table.by),
        *(Column(name, align_right=True) for name in names),
    )  # fmt: skip
    return columns, [[*map(costs.word, line.keys), *_compared_cells(line, has_listed)] for line in lines]


def _compared_cells(line: costs.Compared, has_listed: bool) -> list[str]:
    return [
        text.count(line.calls),
        text.count(line.unpriced_calls) if line.unpriced_calls else "",
        text.least_fine_money(line.cost_usd, line.is_least),
        *([costs.listed_text(line)] if has_listed else []),
        text.least_fine_money(line.what_if_cost_usd, line.is_what_if_least),
        text.count(line.not_repriced_calls) if line.not_repriced_calls else "",
    ]


def latency_cells(row: LatencyRow) -> list[str]:
    """The texts of one line of latencies; a percentile that needs more steps stays empty."""
    speed = "" if row.output_tokens_per_s is None else f"{text.short_count(row.output_tokens_per_s)} tok/s"
    first = "" if row.ttft_p50_ns is None else f"{text.duration(row.ttft_p50_ns)} (n={row.ttft_n:,})"
    times = (row.p50_ns, row.p90_ns, row.p99_ns, row.max_ns, row.total_ns, row.self_ns)
    return [
        safe(row.name), row.kind, text.count(row.n), *(text.duration(time, unknown="") for time in times), first, speed,
        "" if row.cost_usd is None else text.least_fine_money(row.cost_usd, row.is_least),
    ]  # fmt: skip


def latency_values(row: LatencyRow) -> list[Any]:
    """The values of one line of latencies."""
    return [getattr(row, name) for name in LATENCY_NAMES]


def _keys(table: CostTable, row: CostRow) -> dict[str, str | None]:
    return dict(zip(table.by, row.keys, strict=True))
