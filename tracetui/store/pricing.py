"""Prices on their way into queries: as a variable of the cursor that asks, or written into a database to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from tracetui.pricing.rows import Group, PriceRow

PRICED_RUNS = "store.priced_runs"
UNPRICED_RUNS = "(SELECT *, NULL::BIGINT AS computed_calls FROM store.runs)"
"""Runs where prices are in use, and where they are not."""

_GROUPS = """
    SELECT coalesce(f.provider, ''), f.model, min(coalesce(s.start_ns, s.end_ns, 0)), max(coalesce(s.start_ns, s.end_ns, 0)),
        store.priced_tier(f.service_tier)
    FROM store.figures AS f JOIN store.spans AS s USING (span_key)
    WHERE f.model IS NOT NULL AND f.total_tokens IS NOT NULL
    GROUP BY ALL ORDER BY ALL"""


def groups(connection: duckdb.DuckDBPyConnection) -> list[Group]:
    """What there is to price: each model of each provider in each tier, with the time of its calls."""
    return [Group(*row) for row in connection.execute(_GROUPS).fetchall()]


def use(cursor: duckdb.DuckDBPyConnection, prices: Sequence[PriceRow] | None) -> None:
    """Price what this cursor asks with these rows; None leaves the prices that the database holds."""
    if prices is not None:
        rows = [row.flat() for row in prices]
        cursor.execute("SET VARIABLE tracetui_prices = ?::store.price[]", [rows])


def in_use(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Whether this cursor was given prices."""
    # fetched whole: a result that is left unfinished refuses the relation that comes next
    (row,) = cursor.execute("SELECT getvariable('tracetui_prices') IS NOT NULL").fetchall()
    return bool(row and row[0])


def write(path: Path, prices: Iterable[PriceRow]) -> None:
    """Write prices into a database file, whose views then use them wherever it is opened."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM store.prices")
        rows = [row.flat() for row in prices]
        connection.execute("INSERT INTO store.prices SELECT unnest(?::store.price[])", [rows])
