"""What the Cost view asks: by which dimensions, of which runs, counted how, over days, hours or minutes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from tracetui.pricing.lookup import WhatIf
from tracetui.pricing.tables import EVERYTHING, TOOLS, CostRow, CostScope, CostTable, PriceGap, RoleRow
from tracetui.render.costs import NO_RUN, WHY_EMPTY

_MOST_SLOTS = 20_000
_FORMATS = {"day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00", "minute": "%Y-%m-%d %H:%M"}
_LENGTHS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
SLOTS = tuple(_LENGTHS)
_FEW = 3

FILTER_FIELDS = {
    "model": "model", "provider": "provider", "agent": "agent", "tool": "tool", "session": "session", "user": "user",
    "tag": "tag", "environment": "env", "version": "version", "day": "started", "hour": "started", "minute": "started",
}  # fmt: skip
"""Dimensions whose values a filter of runs can name, and its field."""


class PricedTraces(Protocol):
    """What the view asks of a TraceDB; see there."""

    def costs(
        self, by: Sequence[str] = (), scope: CostScope | None = None, what_if: WhatIf | None = None
    ) -> CostTable: ...

    def usage_roles(self, scope: CostScope | None = None) -> tuple[RoleRow, ...]: ...

    def price_gaps(self, scope: CostScope | None = None) -> tuple[PriceGap, ...]: ...

    def run_count(self, filter_text: str = "") -> int: ...


@dataclass(frozen=True, slots=True)
class CostQuery:
    """`across` makes a pivot; `slot` is what a column of the chart stands for, None for what suits the time told."""

    by: str = "model"
    across: str | None = None
    scope: CostScope = EVERYTHING
    slot: str | None = None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """One or two."""
        return (self.by,) if self.across is None else (self.by, self.across)

    def with_filter(self, text: str) -> CostQuery:
        """The same of other runs."""
        return replace(self, scope=replace(self.scope, filter_text=text))

    def with_rule(self, rule: str | None) -> CostQuery:
        """The same counted otherwise."""
        return replace(self, scope=replace(self.scope, rollup=rule))

    def command(self, paths: Sequence[str]) -> str:
        """The command line that prints the same table."""
        rule = ["--rollup", self.scope.rollup] if self.scope.rollup else []
        return shlex.join(
            ["tracetui", "cost", *paths, "--by", ",".join(self.dimensions), *self._filter, *rule]
        )

    def question_options(self, name: str) -> str:
        """The options of `tracetui cost` that answer a ready question about the same runs."""
        asked = ["--latency", "--by", "step"] if name == "latency" else ["--question", name]
        return shlex.join([*asked, *self._filter])

    @property
    def _filter(self) -> list[str]:
        return ["--filter", self.scope.filter_text] if self.scope.filter_text else []


@dataclass(frozen=True, slots=True)
class Timeline:
    """Costs of equal stretches of time without gaps, from `first` to `last`; `undated` cost something at no known
    time. `least` says of each whether it leaves calls or tokens out."""

    slot: str
    first: str
    last: str
    amounts: tuple[Decimal, ...]
    undated: int
    least: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class CostAnswer:
    """The table, the chart (None where no call has a time), by another rule each call counted once, with the roles that
    explain the difference; how many runs pass the filter, and how many there are; the prices for want of which calls
    are unpriced."""

    query: CostQuery
    table: CostTable
    timeline: Timeline | None
    ours: CostRow
    roles: tuple[RoleRow, ...]
    runs: int
    all_runs: int
    gaps: tuple[PriceGap, ...] = ()

    @property
    def why_empty(self) -> str:
        """Why the table has no lines; empty where it has some, or where another rule counts."""
        if self.table.rows or self.query.scope.rollup is not None:
            return ""
        return WHY_EMPTY["costs"] if self.runs else NO_RUN


def ask(db: PricedTraces, query: CostQuery) -> CostAnswer:
    """Everything the view shows."""
    table = db.costs(query.dimensions, query.scope)
    lasting = _timeline(db, query)
    everything = db.run_count()
    runs = db.run_count(query.scope.filter_text) if query.scope.filter_text else everything
    if query.scope.rollup is None:
        gaps = db.price_gaps(query.scope) if table.total.is_least else ()
        return CostAnswer(query, table, lasting, table.total, (), runs, everything, gaps)
    ours = replace(query.scope, rollup=None)
    once = db.costs((), ours).total
    return CostAnswer(query, table, lasting, once, db.usage_roles(ours), runs, everything)


def why_empty(db: PricedTraces, asked: str, scope: CostScope) -> str:
    """Why a table or ready question of `WHY_EMPTY` has no lines."""
    return WHY_EMPTY[asked] if db.run_count(scope.filter_text) else NO_RUN


def _timeline(db: PricedTraces, query: CostQuery) -> Timeline | None:
    """By the slot asked for, else the longest that makes more than a few columns."""
    line = None
    for slot in SLOTS if query.slot is None else (query.slot,):
        line = timeline(db.costs((slot,), query.scope), slot)
        if line is None or len(line.amounts) > _FEW:
            break
    return line


def timeline(table: CostTable, slot: str) -> Timeline | None:
    """The costs of a table by one of `SLOTS`, with the stretches in which nothing was paid; None without times."""
    paid = {row.keys[0]: row.cost_usd or Decimal(0) for row in table.rows if row.keys[0] is not None}
    if not paid:
        return None
    names, length = sorted(paid), _LENGTHS[slot]
    start, end = (datetime.strptime(name, _FORMATS[slot]) for name in (names[0], names[-1]))  # noqa: DTZ007  # all UTC
    slots = min((end - start) // length + 1, _MOST_SLOTS)
    moments = [(start + number * length).strftime(_FORMATS[slot]) for number in range(slots)]
    undated = sum(row.calls for row in table.rows if row.keys[0] is None)
    amounts = tuple(paid.get(moment, Decimal(0)) for moment in moments)
    open_slots = {row.keys[0] for row in table.rows if row.is_least}
    least = tuple(moment in open_slots for moment in moments)
    return Timeline(slot, names[0], moments[-1], amounts, undated, least)


def narrowed(filter_text: str, by: str, key: str | None) -> str | None:
    """The filter of runs that a row of the table stands for; None where no filter can name them."""
    field = FILTER_FIELDS.get(by)
    if field is None or (by == "model" and key == TOOLS):
        return None
    if key is None:
        term = f"-{field}:*"
    elif field == "started":
        term = f"started:{key}" if by == "day" else _within(key, by)
    else:
        quoted = key.replace("\\", "\\\\").replace('"', '\\"')
        term = (
            f'{field}:"{quoted}"'
            if any(not sign.isalnum() and sign not in "-_./" for sign in key)
            else f"{field}:{key}"
        )
    return f"({filter_text}) {term}" if " OR " in filter_text else f"{filter_text} {term}".strip()


def _within(key: str, slot: str) -> str:
    moment = datetime.strptime(key, _FORMATS[slot])  # noqa: DTZ007  # all UTC
    last = moment + _LENGTHS[slot] - timedelta(minutes=1)
    return f"started:{moment:%Y-%m-%dT%H:%M}..{last:%Y-%m-%dT%H:%M}"
