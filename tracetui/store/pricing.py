"""Prices on their way into queries: as a variable of the cursor that asks, or written into a database to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from threading import Lock

import duckdb

from tracetui.pricing.rows import Group, PriceRow

PRICED_RUNS = "store.priced_runs"
UNPRICED_RUNS = """(
    SELECT *, NULL::BIGINT AS computed_calls, NULL::BIGINT AS partly_priced_calls, NULL::BIGINT AS unsized_calls
    FROM store.runs)"""
"""Runs where prices are in use, and where they are not."""

_GROUPS = """
    SELECT coalesce(f.provider, ''), coalesce(f.model, ''), min(coalesce(s.start_ns, s.end_ns, 0)), max(coalesce(s.start_ns, s.end_ns, 0)),
        store.priced_tier(f.service_tier)
    FROM store.figures AS f JOIN store.spans AS s USING (span_key)
    WHERE f.total_tokens IS NOT NULL OR f.is_charged
    GROUP BY ALL ORDER BY ALL"""


def groups(connection: duckdb.DuckDBPyConnection) -> list[Group]:
    """What there is to price: each model of each provider in each tier, with the time of its calls; empty where not named."""
    return [Group(*row) for row in connection.execute(_GROUPS).fetchall()]


def use(
    cursor: duckdb.DuckDBPyConnection, prices: Sequence[PriceRow] | None, money: str | None = None
) -> None:
    """Price what this cursor asks with these rows; None leaves the prices that the database holds.
    `money` is a table of `KeptMoney` for them."""
    if prices is not None:
        rows = [row.flat() for row in prices]
        cursor.execute("SET VARIABLE tracetui_prices = ?::store.price[]", [rows])
    if money is not None:
        cursor.execute("SET VARIABLE tracetui_money = ?", [money])


class KeptMoney:
    """What all calls of one open database cost, computed once for a list of prices and kept in memory.

    A question about money plans and computes the prices of every call, which takes longer than everything else in it;
    some 200 bytes a call make the next ones four times faster.
    """

    _numbers = count(1)  # a file that is opened twice in a process is one database

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[Sequence[PriceRow] | None, str] | None = None
        self._former: str | None = None

    def keep(self, cursor: duckdb.DuckDBPyConnection, prices: Sequence[PriceRow] | None) -> None:
        """Compute it with the prices that the cursor uses, unless that was done."""
        with self._lock:
            if self.of(prices) is not None:
                return
            cursor.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {_MEMORY} (READ_WRITE)")
            table = f"{_MEMORY}.money_{next(self._numbers)}"
            cursor.execute(f"CREATE TABLE {table} AS FROM store.computed_money")
            if self._former is not None:  # the one just left may still be asked by another thread
                cursor.execute(f"DROP TABLE {self._former}")
            self._former = None if self._kept is None else self._kept[1]
            self._kept = prices, table

    def of(self, prices: Sequence[PriceRow] | None) -> str | None:
        """The table for these prices, if there is one."""
        kept = self._kept
        return kept[1] if kept is not None and kept[0] is prices else None


_MEMORY = "tracetui_memory"


@dataclass(frozen=True, slots=True)
class RunCost:
    """What a run cost by the prices in use, and of how many calls that is known."""

    cost_usd: Decimal | None
    priced_calls: int
    unpriced_calls: int
    computed_calls: int
    partly_priced_calls: int
    unsized_calls: int


def costs_of_runs(cursor: duckdb.DuckDBPyConnection, run_ids: Sequence[str]) -> dict[str, RunCost]:
    """Costs of some runs by their ids; runs without a call are left out. No other run is priced."""
    asked = "SELECT run_key, run_id FROM store.runs WHERE run_id IN (SELECT unnest(?::VARCHAR[]))"
    ids = dict(cursor.execute(asked, [list(run_ids)]).fetchall())
    if not ids:
        return {}
    # written out: keys that come from another table do not reach the scan of figures
    keys = ", ".join(str(int(key)) for key in ids)
    query = (
        "SELECT run_key, cost_usd, priced_calls, unpriced_calls, computed_calls, partly_priced_calls, unsized_calls"  # noqa: S608  # numbers
        f" FROM store.run_costs WHERE run_key IN ({keys})"
    )
    return {ids[key]: RunCost(*cost) for key, *cost in cursor.execute(query).fetchall()}


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
