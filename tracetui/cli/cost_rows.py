"""Costs and times as rows: one line each for reading, one object each for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from tracetui.cli.table import Column
from tracetui.pricing.tables import CostRow, CostTable, LatencyRow
from tracetui.render import text
from tracetui.render.safe import safe

LEFT_OUT_FIRST = ("computed", "cached", "output", "input", "unpriced", "share")
LATENCY_NAMES = tuple(item.name for item in fields(LatencyRow))
LATENCY_LEFT_OUT_FIRST = ("self", "total", "max", "speed", "first token", "p99", "kind")
LATENCY_COLUMNS = (
    Column("name", least_cells=12), Column("kind"),
    *(Column(name, align_right=True) for name in (
        "n", "p50", "p90", "p99", "max", "total", "self", "first token", "speed", "cost")),
)  # fmt: skip
_BAR_CELLS = 10
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
    names = ("calls", "unpriced", "input", "cached", "output", "computed", "cost", "share")
    columns = (
        *(Column(name, least_cells=10) for name in table.by),
        *(Column(name, align_right=True) for name in names), Column(""),
    )  # fmt: skip
    return columns, [[*_key_cells(row.keys), *_figure_cells(row, table.total)] for row in table.rows]


def _figure_cells(row: CostRow, total: CostRow) -> list[str]:
    return [
        text.count(row.calls),
        text.count(row.unpriced_calls) if row.unpriced_calls else "",
        text.short_count(row.input_tokens),
        text.short_count(row.cache_read_tokens),
        text.short_count(row.output_tokens),
        text.money(row.computed_cost_usd),
        _money(row),
        _share(row.cost_usd, total.cost_usd),
        _bar(row.cost_usd, total.cost_usd),
    ]


def _money(row: CostRow) -> str:
    least = "≥ " if row.unpriced_calls and row.cost_usd is not None else ""
    return least + text.money(row.cost_usd)


def _share(part: Decimal | None, whole: Decimal | None) -> str:
    return "" if part is None or not whole or whole <= 0 else text.percent(float(part), float(whole))


def _bar(part: Decimal | None, whole: Decimal | None) -> str:
    if part is None or not whole or whole <= 0 or part <= 0:
        return ""
    return "█" * max(1, min(_BAR_CELLS, round(part * _BAR_CELLS / whole)))


def pivot_of(table: CostTable) -> tuple[tuple[Column, ...], list[list[str]]]:
    """The first dimension down, the second across, money in the cells; the sums at the ends."""
    across = list(dict.fromkeys(row.keys[1] for row in table.rows))
    down = list(dict.fromkeys(row.keys[0] for row in table.rows))
    cells = {row.keys[:2]: row for row in table.rows}
    columns = (
        Column(f"{table.by[0]} \\ {table.by[1]}", least_cells=10),
        *(Column(_word(key), align_right=True) for key in across), Column("sum", align_right=True),
    )  # fmt: skip
    lines = [[_word(key), *(_cell(cells.get((key, other))) for other in across),
              text.money(_sum(row for row in table.rows if row.keys[0] == key))] for key in down]  # fmt: skip
    sums = [text.money(_sum(row for row in table.rows if row.keys[1] == other)) for other in across]
    return columns, [*lines, ["sum", *sums, text.money(table.total.cost_usd)]]


def _cell(row: CostRow | None) -> str:
    return "" if row is None else _money(row)


def _sum(rows: Iterator[CostRow]) -> Decimal | None:
    known = [row.cost_usd for row in rows if row.cost_usd is not None]
    return sum(known, Decimal(0)) if known else None


def coverage(total: CostRow) -> str:
    """What all of it cost, and what that leaves out."""
    priced = total.calls - total.unpriced_calls
    money = text.money_with_coverage(total.cost_usd, priced, total.unpriced_calls) or text.UNKNOWN
    sides = [
        f"{text.money(amount)} {word}"
        for amount, word in (
            (total.reported_cost_usd, "as reported"),
            (total.computed_cost_usd, "as computed"),
        )
        if amount is not None
    ]
    beside = f" ({', '.join(sides)})" if sides else ""
    return f"{money}{beside} · {text.count(total.calls)} calls · {text.tokens(total.total_tokens)}"


def compared(now: CostTable, then: CostTable) -> list[dict[str, Any]]:
    """Each line's cost as it is and as it would have been."""
    others = {row.keys: row for row in then.rows}
    return [_pair(now, row, others.get(row.keys)) for row in now.rows]


def _pair(table: CostTable, row: CostRow, other: CostRow | None) -> dict[str, Any]:
    return {
        **_keys(table, row), "calls": row.calls, "cost_usd": row.cost_usd,
        "what_if_cost_usd": None if other is None else other.computed_cost_usd,
        "not_repriced_calls": row.calls if other is None else other.uncomputed_calls,
    }  # fmt: skip


def compared_names(table: CostTable) -> list[str]:
    """The names in a line of `compared`."""
    return [*table.by, "calls", "cost_usd", "what_if_cost_usd", "not_repriced_calls"]


def what_if_of(
    table: CostTable, pairs: Sequence[dict[str, Any]]
) -> tuple[tuple[Column, ...], list[list[str]]]:
    """Columns and cells of `compared`."""
    columns = (
        *(Column(name, least_cells=10) for name in table.by),
        *(Column(name, align_right=True) for name in ("calls", "cost", "what if", "not re-priced")),
    )  # fmt: skip
    return columns, [
        [*(_word(pair[name]) for name in table.by), text.count(pair["calls"]), text.money(pair["cost_usd"]),
         text.money(pair["what_if_cost_usd"]), text.count(pair["not_repriced_calls"]) if pair["not_repriced_calls"] else ""]
        for pair in pairs
    ]  # fmt: skip


def what_if_line(now: CostRow, then: CostRow) -> str:
    """Both sums, and how many calls could not be priced anew."""
    left_out = (
        f" · {then.uncomputed_calls:,} of {then.calls:,} calls could not be re-priced"
        if then.uncomputed_calls
        else ""
    )
    least = "≥ " if then.uncomputed_calls and then.computed_cost_usd is not None else ""
    return f"now {text.money(now.cost_usd)}, then {least}{text.money(then.computed_cost_usd)}{left_out}"


def latency_cells(row: LatencyRow) -> list[str]:
    """The texts of one line of latencies; a percentile that needs more steps stays empty."""
    speed = "" if row.output_tokens_per_s is None else f"{text.short_count(row.output_tokens_per_s)} tok/s"
    first = "" if row.ttft_p50_ns is None else f"{text.duration(row.ttft_p50_ns)} (n={row.ttft_n:,})"
    times = (row.p50_ns, row.p90_ns, row.p99_ns, row.max_ns, row.total_ns, row.self_ns)
    return [
        safe(row.name), row.kind, text.count(row.n), *(text.duration(time, unknown="") for time in times), first, speed,
        text.money(row.cost_usd, unknown=""),
    ]  # fmt: skip


def latency_values(row: LatencyRow) -> list[Any]:
    """The values of one line of latencies."""
    return [getattr(row, name) for name in LATENCY_NAMES]


def _keys(table: CostTable, row: CostRow) -> dict[str, str | None]:
    return dict(zip(table.by, row.keys, strict=True))


def _key_cells(keys: Sequence[str | None]) -> list[str]:
    return [_word(key) for key in keys]


def _word(key: str | None) -> str:
    return text.UNKNOWN if key is None else safe(key)
