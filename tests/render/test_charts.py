"""Charts: which one fits a result, and what it shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import in_this_process
from tests.conftest import SAMPLES
from tracetui.errors import UsageError
from tracetui.render.charts import chart_lines, chosen, svg_of, title_of, write_chart


@dataclass(frozen=True)
class Table:
    """A result in memory."""

    columns: Sequence[str]
    types: Sequence[str]
    values: Sequence[Sequence[Any]]

    @property
    def row_count(self) -> int:
        return len(self.values)

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Any]]:
        return self.values[start:stop]


WORDS = Table(["name", "n"], ["VARCHAR", "BIGINT"], [("search", 30), ("book\x1b[31m", 10), (None, 0)])
TIMES = Table(
    ["at", "usd"],
    ["TIMESTAMP_NS", "DOUBLE"],
    [(f"2026-03-{d:02d} 10:00:00.123456789", d) for d in range(1, 20)],
)
NUMBERS = Table(["v"], ["DOUBLE"], [(n % 7,) for n in range(100)])
PAIRS = Table(["v", "w"], ["DOUBLE", "DECIMAL(9,2)"], [(n, n * n) for n in range(30)])


@pytest.mark.parametrize(
    ("table", "kind"), [(WORDS, "bar"), (TIMES, "line"), (NUMBERS, "histogram"), (PAIRS, "scatter")]
)
def test_the_kind_that_fits(table: Table, kind: str) -> None:
    chart = chosen(table)
    assert chart.kind == kind
    lines = chart_lines(chart, table, 60, 12)
    assert 1 < len(lines) <= 12
    assert all(len(line) <= 60 for line in lines)
    assert table.columns[-1] in title_of(chart, table)


def test_bars_are_as_long_as_their_values_and_labels_are_harmless() -> None:
    lines = chart_lines(chosen(WORDS), WORDS, 60, 12)
    assert (
        lines[0].count("█") == 3 * lines[1].count("█")
        or abs(lines[0].count("█") - 3 * lines[1].count("█")) <= 3
    )
    assert "\x1b" not in "".join(lines)
    assert "book␛[31m" in lines[1]
    assert lines[2].startswith("–")


def test_times_are_told_below_a_line() -> None:
    assert "2026-03-01" in chart_lines(chosen(TIMES), TIMES, 80, 12)[-1]


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(UsageError, match="needs a column of numbers"):
        chosen(Table(["t"], ["VARCHAR"], [("a",)]), "histogram")
    with pytest.raises(UsageError, match="no rows"):
        chart_lines(chosen(WORDS), Table(WORDS.columns, WORDS.types, []), 60, 12)


def test_a_picture_is_written_once(tmp_path: Path) -> None:
    lines = chart_lines(chosen(TIMES), TIMES, 60, 12)
    write_chart(tmp_path / "a.svg", "t", lines)
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == svg_of("t", lines)
    named = svg_of("t", ["@font-face { x }"])
    assert named.count("@font-face") == 1  # the text; no font is fetched from anywhere
    assert "url(" not in named.replace("url(#", "")
    with pytest.raises(UsageError, match="exists"):
        write_chart(tmp_path / "a.svg", "t", lines)
    with pytest.raises(UsageError, match="not written as"):
        write_chart(tmp_path / "a.png", "t", lines)


def test_the_command_draws_and_writes(tmp_path: Path) -> None:
    sample = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"
    query = "SELECT tool_name, count(*) AS n FROM steps WHERE kind = 'TOOL' GROUP BY 1"
    drawn = in_this_process("sql", query, sample, "--chart")
    assert "n by tool_name" in drawn.out
    assert "█" in drawn.out
    written = in_this_process("sql", query, sample, "--chart-as", "bar", "-o", tmp_path / "c.svg")
    assert written.status == 0
    assert (tmp_path / "c.svg").read_text(encoding="utf-8").startswith("<svg")


def test_what_is_unknown_is_no_bar_of_nothing() -> None:
    table = Table(
        ["model", "usd"], ["VARCHAR", "DOUBLE"], [("a", 2.0), ("b", None), ("c", 0.0), ("d", math.inf)]
    )
    lines = chart_lines(chosen(table), table, 40, 10)
    assert [line.split()[1] for line in lines] == ["2", "–", "0", "–"]
    assert [("█" in line) for line in lines] == [True, False, False, False]


def test_bars_are_named_by_names_and_tell_long_numbers_whole() -> None:
    table = Table(
        ["run_id", "name", "duration_ns"],
        ["VARCHAR", "VARCHAR", "BIGINT"],
        [("04ac", "plan", 17_173_000_000)],
    )
    (line,) = chart_lines(chosen(table), table, 60, 10)
    assert line.split()[:2] == ["plan", "17,173,000,000"]
