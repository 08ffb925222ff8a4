"""The bars that tracetui holds itself to: a figure, what it may be at most, and whether it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.measure import Measured

Table = Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `figure` is to be at most `limit`, or at least where `at_least`."""

    number: str
    what: str
    figure: float
    limit: float
    unit: str = "x"
    at_least: bool = False

    @property
    def is_reached(self) -> bool:
        """Whether the figure is on the right side."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def text(self) -> str:
        """One line."""
        sign = "≥" if self.at_least else "≤"
        verdict = "pass" if self.is_reached else "MISS"
        return f"{verdict}  {self.number:>3}  {self.figure:10.3f} {sign} {self.limit:g} {self.unit:<6} {self.what}"


def otlp_bars(table: Table, payload: str) -> Iterator[Bar]:
    """Bars 1, 2, 4 and 5 on OTLP lines."""
    ours, decoded = table["runs"], table["orjson_lines"]
    if hand := table.get("duckdb_sql"):
        yield Bar("1", f"OTLP {payload}, wall over hand-written SQL", ours.wall_s / hand.wall_s, 0.25)
        yield Bar("1", f"OTLP {payload}, CPU over hand-written SQL", ours.cpu_s / hand.cpu_s, 0.3)
    limit = 1.15 if payload == "light" else 0.65
    yield Bar(
        "2", f"OTLP {payload}, wall over orjson.loads of each line", ours.wall_s / decoded.wall_s, limit
    )
    yield from size_bars(table, f"OTLP {payload}")


def flat_bars(table: Table, payload: str) -> Iterator[Bar]:
    """Bars 3, 4 and 5 on flat lines."""
    ours = table["runs"]
    if hand := table.get("duckdb_sql"):
        limit = 0.75 if payload == "light" else 0.4
        yield Bar("3", f"flat {payload}, wall over CTAS read_json_auto", ours.wall_s / hand.wall_s, limit)
    if payload == "heavy":
        decoded, counted = table["orjson_lines"], table["duckdb_count"]
        yield Bar("3", "flat heavy, wall over orjson.loads of each line", ours.wall_s / decoded.wall_s, 0.5)
        yield Bar("3", "flat heavy, wall over DuckDB's count", ours.wall_s / counted.wall_s, 4)
    yield from size_bars(table, f"flat {payload}")


def parquet_bars(table: Table, payload: str) -> Iterator[Bar]:
    """Bar 13 on Phoenix's Parquet; its limit is for 1,000,000 spans and about 2 GB."""
    yield Bar("13", f"Parquet {payload}, file to first runs on screen", table["listing"].wall_s, 2.5, "s")
    yield Bar("13", f"Parquet {payload}, file to database with all runs", table["runs"].wall_s, 2.5, "s")


def size_bars(table: Table, what: str) -> Iterator[Bar]:
    """Memory of the import and size of the database."""
    ours = table["runs"]
    spans = int(ours.figures["spans"])
    yield Bar("4", f"{what}, peak memory", ours.peak_bytes / 1e6, 350, "MB")
    yield Bar(
        "5", f"{what}, index size", table["index"].figures["database_bytes"] / max(spans, 1), 50, "B/span"
    )
    if what == "flat light":
        yield Bar(
            "15",
            "flat light, spans a second over lnav's 168,600",
            spans / ours.wall_s / 168_600,
            1.5,
            at_least=True,
        )


def screen_bars(table: Table) -> Iterator[Bar]:
    """Bars 8, 9 and 10 on the interface."""

    def per_key(name: str) -> float:
        return float(table[name].figures["ms_per_key"])

    for key in ("down", "page down"):
        ratio = per_key(f"tree of 1,000,000, {key}") / per_key(f"empty app, {key}")
        yield Bar("8", f"CPU of a key in a tree of 1,000,000 over an empty app, {key}", ratio, 1.4)
    growth = per_key("tree of 1,000,000, down") / per_key("tree of 1,000, down")
    yield Bar("8", "CPU of a key, 1,000,000 spans over 1,000", growth, 1.3)
    for name in ("open", "close"):
        took = float(table["folds of 1,000,000"].figures[f"{name}_ms"])
        yield Bar("9", f"{name} all of 1,000,000 spans", took, 100, "ms")
    ours, empty = table["first frame, tracetui"], table["first frame, empty app"]
    yield Bar("10", "first frame over an empty app's, wall", ours.wall_s / empty.wall_s, 1.25)
    if empty.cpu_s:
        yield Bar("10", "first frame over an empty app's, CPU", ours.cpu_s / empty.cpu_s, 1.25)
    rows = table["rows of a kept database"]
    yield Bar(
        "10", "rows of a kept database over an empty app's first frame", rows.wall_s / empty.wall_s, 1.7
    )
    loaded = table["heavy modules before it"].figures["loaded"].count("'") // 2
    yield Bar("10", "of duckdb and pyarrow, loaded before the first frame", loaded, 0, "")
