"""Reads of the agent's memory: its points, what it held, what changed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tracetui import sql
from tracetui.model import Fidelity, SpanKind, StateOp

WHOLE = 2**31
"""As many characters of a value as there are."""
LAST = 2**62
"""A number behind that of every change."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a run at which its memory can be looked at: a step, or a moment between steps (then `moment` is set
    and the span is no step of its own). `seq` is the number of the last change by then, 0 before the first."""

    step: int
    moment: int | None
    position: int
    seq: int
    changes: int
    name: str
    kind: SpanKind
    agent: str | None


@dataclass(frozen=True, slots=True)
class KeyState:
    """What one key held, and which change put it there. `value` is JSON text, None where the export lacks it."""

    store: str
    scope: str | None
    key: str
    value: str | None
    size_bytes: int | None
    seq: int
    step: int
    moment: int
    position: int | None
    op: StateOp
    actor: str | None
    fidelity: Fidelity
    evidence: str | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells the key from others."""
        return self.store, self.scope or "", self.key


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One change or read of a key; values are JSON text, None where there was none or it is unknown."""

    seq: int
    step: int
    moment: int
    position: int
    span_name: str
    op: StateOp
    store: str
    scope: str | None
    key: str
    before: str | None
    after: str | None
    before_bytes: int | None
    after_bytes: int | None
    actor: str | None
    fidelity: Fidelity
    evidence: str | None
    at_ns: int | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells the key from others."""
        return self.store, self.scope or "", self.key


@dataclass(frozen=True, slots=True)
class ContextChange:
    """What entered or left the context window at a model call, against the previous call of the conversation."""

    step: int
    position: int
    change: str
    messages: int | None
    tokens: int | None
    window_tokens: int | None
    first_position: int | None
    window_limit: int | None
    fidelity: Fidelity
    evidence: str | None


def context_changes(connection: duckdb.DuckDBPyConnection, run_key: int) -> list[ContextChange]:
    """Changes of the context window, call by call."""
    rows = connection.execute(sql.text("read/context_changes"), {"run_key": run_key}).fetchall()
    fields = ((*row[:8], Fidelity(row[8]), row[9]) for row in rows)
    return [ContextChange(*each) for each in fields]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks wrong with a key; `strength` is strong, fair or weak."""

    step: int
    store: str
    key: str
    finding: str
    strength: str
    evidence: str


def findings(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[Finding]:
    """What looks wrong with the memory of a run, the strongest first."""
    asked = sql.text("queries/memory_anomalies")
    query = f"SELECT step, store, key, finding, strength, evidence FROM ({asked}) WHERE run_id = ?"  # noqa: S608  # our own text
    return [Finding(*row) for row in connection.execute(query, [run_id]).fetchall()]


def points(connection: duckdb.DuckDBPyConnection, run_key: int) -> list[Point]:
    """Every step and every moment of change, in order."""
    rows = connection.execute(sql.text("read/memory_points"), {"run_key": run_key}).fetchall()
    return [
        Point(step, moment, position, seq, changes, name or "", SpanKind(kind), agent)
        for step, moment, position, seq, changes, name, kind, agent in rows
    ]


def stores(connection: duckdb.DuckDBPyConnection, run_key: int) -> list[str]:
    """Names of the stores that a run changed or read, sorted."""
    query = "SELECT DISTINCT store FROM store.state_changes WHERE run_key = ? ORDER BY store"
    return [store for (store,) in connection.execute(query, [run_key]).fetchall()]


def memory_at(
    connection: duckdb.DuckDBPyConnection, run_key: int, seq: int, characters: int = WHOLE
) -> list[KeyState]:
    """What every key held after that change."""
    given = {"run_key": run_key, "seq": seq, "characters": characters}
    rows = connection.execute(sql.text("read/memory_at"), given).fetchall()
    return [_key_state(row) for row in rows]


def changes(
    connection: duckdb.DuckDBPyConnection, run_key: int, first: int = 0, last: int = LAST,
    key: str | None = None, characters: int = WHOLE,
) -> list[KeyChange]:  # fmt: skip
    """Changes and reads from number `first` to `last`, of one key or of all."""
    given = {"run_key": run_key, "first": first, "last": last, "key": key, "characters": characters}
    rows = connection.execute(sql.text("read/memory_changes"), given).fetchall()
    return [_key_change(row) for row in rows]


def _key_state(row: Sequence[Any]) -> KeyState:
    fields = (*row[:9], StateOp(row[9]), row[10], Fidelity(row[11]), row[12])
    return KeyState(*fields)


def _key_change(row: Sequence[Any]) -> KeyChange:
    fields = (*row[:5], StateOp(row[5]), *row[6:14], Fidelity(row[14]), row[15], row[16])
    return KeyChange(*fields)
