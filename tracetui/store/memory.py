"""Reads of the agent's memory: its points, what it held, what changed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import duckdb

from tracetui import sql
from tracetui.model import Fidelity, SpanKind, StateOp

WHOLE = 2**31
"""As many characters of a value as there are."""
LAST = 2**62
"""A number behind that of every change."""
_FEW_KEYS = 16


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
class Touch:
    """That a change wrote to a key or deleted it."""

    seq: int
    op: StateOp
    place: tuple[str, str, str]


def touches(connection: duckdb.DuckDBPyConnection, run_key: int) -> list[Touch]:
    """Every write of a run, in order, without what was written."""
    query = (
        "SELECT seq, op, store, coalesce(scope, ''), key FROM store.state_changes"
        " WHERE run_key = ? AND op IN ('set', 'append', 'delete') ORDER BY seq"
    )
    rows = connection.execute(query, [run_key]).fetchall()
    return [Touch(seq, StateOp(op), (store, scope, key)) for seq, op, store, scope, key in rows]


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
    provider: str | None = None
    model: str | None = None


def context_changes(connection: duckdb.DuckDBPyConnection, run_key: int) -> list[ContextChange]:
    """Changes of the context window, call by call."""
    rows = connection.execute(sql.text("read/context_changes"), {"run_key": run_key}).fetchall()
    fields = ((*row[:8], Fidelity(row[8]), *row[9:]) for row in rows)
    return [ContextChange(*each) for each in fields]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks wrong with a key; `strength` is strong, fair or weak."""

    step: int
    store: str
    scope: str | None
    key: str
    finding: str
    strength: str
    evidence: str
    position: int | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells the key from others."""
        return self.store, self.scope or "", self.key


def findings(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[Finding]:
    """What looks wrong with the memory of a run, the strongest first."""
    asked = sql.text("queries/memory_anomalies")
    query = f"""
        SELECT f.step, f.store, f.scope, f.key, f.finding, f.strength, f.evidence, s.position
        FROM ({asked}) AS f LEFT JOIN spans AS s USING (run_id, span_id) WHERE f.run_id = ?
        ORDER BY list_position(['strong', 'fair', 'weak'], f.strength), f.step, f.key"""  # noqa: S608  # our own text
    return [Finding(*row) for row in connection.execute(query, [run_id]).fetchall()]


def points(connection: duckdb.DuckDBPyConnection, run_key: int) -> list[Point]:
    """Every step and every moment of change, in order."""
    rows = connection.execute(sql.text("read/memory_points"), {"run_key": run_key}).fetchall()
    return [
        Point(step, moment, position, seq, changes, name or "", SpanKind(kind), agent)
        for step, moment, position, seq, changes, name, kind, agent in rows
    ]


def changed_positions(connection: duckdb.DuckDBPyConnection, run_key: int) -> list[int]:
    """Positions of the spans that changed the memory, in order."""
    query = (
        "SELECT DISTINCT position FROM store.state_changes"
        " WHERE run_key = ? AND op IN ('set', 'append', 'delete') ORDER BY position"
    )
    return [position for (position,) in connection.execute(query, [run_key]).fetchall()]


@dataclass(frozen=True, slots=True)
class SpanPlace:
    """Where a span stands in the memory of its run: the number of its step if it is one, of the last change by its end, and how many changes and reads
    are its own or below it."""

    step: int | None
    seq: int
    count: int


def place_of_span(connection: duckdb.DuckDBPyConnection, run_key: int, position: int) -> SpanPlace:
    """Where the span at a position stands in the memory."""
    asked = {"run_key": run_key, "position": position}
    row = connection.execute(sql.text("read/memory_of_span"), asked).fetchone()
    return SpanPlace(None, 0, 0) if row is None else SpanPlace(*row)


def changes_of_span(
    connection: duckdb.DuckDBPyConnection, run_key: int, position: int, limit: int, characters: int = WHOLE
) -> list[KeyChange]:
    """The first changes and reads of a step, or of all that stands below a span that is none."""
    asked = {"run_key": run_key, "position": position, "limit": limit}
    rows = connection.execute(sql.text("read/memory_changes_of_span"), asked).fetchall()
    return _changes(connection, rows, characters)


def stores(connection: duckdb.DuckDBPyConnection, run_key: int) -> list[str]:
    """Names of the stores that a run changed or read, sorted."""
    query = "SELECT DISTINCT store FROM store.state_changes WHERE run_key = ? ORDER BY store"
    return [store for (store,) in connection.execute(query, [run_key]).fetchall()]


def memory_at(
    connection: duckdb.DuckDBPyConnection, run_key: int, seq: int, characters: int = WHOLE,
    keys: Sequence[str] | None = None, *, gone: bool = False,
) -> list[KeyState]:  # fmt: skip
    """What every key held after that change, or those of these names; or what deleted those that are gone."""
    given = {"run_key": run_key, "seq": seq, "keys": None if keys is None else list(keys), "gone": gone}
    rows = connection.execute(sql.text("read/memory_at"), given).fetchall()
    values = _values(connection, {row[3] for row in rows}, characters)
    return [_key_state(row, values) for row in rows]


def last_moment(connection: duckdb.DuckDBPyConnection, run_key: int) -> int:
    """The number of the last moment at which something changed; 0 without any."""
    query = (
        "SELECT max(moment) FROM store.state_changes WHERE run_key = ? AND op IN ('set', 'append', 'delete')"
    )
    row = connection.execute(query, [run_key]).fetchone()
    return (row and row[0]) or 0


def seq_at_moment(connection: duckdb.DuckDBPyConnection, run_key: int, moment: int) -> int:
    """The number of the last change by the end of a moment; 0 before the first."""
    query = "SELECT max(seq) FROM store.state_changes WHERE run_key = ? AND moment <= ?"
    row = connection.execute(query, [run_key, moment]).fetchone()
    return (row and row[0]) or 0


def span_ids(connection: duckdb.DuckDBPyConnection, run_key: int) -> dict[int, str]:
    """Ids of the spans that changed or read the memory, by their position."""
    query = """
        SELECT DISTINCT c.position, s.span_id FROM store.state_changes AS c JOIN store.spans AS s USING (span_key)
        WHERE c.run_key = ?"""
    return dict(connection.execute(query, [run_key]).fetchall())


def changes(
    connection: duckdb.DuckDBPyConnection, run_key: int, first: int = 0, last: int = LAST,
    key: str | None = None, characters: int = WHOLE,
) -> list[KeyChange]:  # fmt: skip
    """Changes and reads from number `first` to `last`, of one key or of all."""
    given = {"run_key": run_key, "first": first, "last": last, "key": key}
    return _changes(
        connection, connection.execute(sql.text("read/memory_changes"), given).fetchall(), characters
    )


def _changes(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[Sequence[Any]], characters: int
) -> list[KeyChange]:
    values = _values(connection, {key for row in rows for key in row[8:10]}, characters)
    return [_key_change(row, values) for row in rows]


_Values = Mapping[int | None, tuple[int, str]]
_NO_VALUE = (None, None)


def _values(connection: duckdb.DuckDBPyConnection, keys: Set[int | None], characters: int) -> _Values:
    """Size and text of these values; asked for apart, which is quicker than any join."""
    found: dict[int | None, tuple[int, str]] = {}
    asked = (
        f"SELECT value_key, size_bytes, left(body, {characters}) FROM store.state_bodies WHERE value_key IN "  # noqa: S608  # our own names
    )
    rows = _by_keys(connection, asked, keys)
    sizes = {key: size for key, size, body in rows if body is None}
    found.update((key, (size, body)) for key, size, body in rows if body is not None)
    asked = f"SELECT value_key, left(body, {characters}) FROM store.state_long_bodies WHERE value_key IN "  # noqa: S608  # our own names
    found.update((key, (sizes[key], body)) for key, body in _by_keys(connection, asked, sizes.keys()))
    return found


def _by_keys(
    connection: duckdb.DuckDBPyConnection, asked: str, keys: Set[int | None] | Set[int]
) -> list[tuple[Any, ...]]:
    """Rows of these keys. A few stand in the statement itself, so that blocks without them are not read."""
    wanted = sorted(key for key in keys if key is not None)
    if not wanted:
        return []
    if len(wanted) <= _FEW_KEYS:
        return connection.execute(f"{asked}({', '.join(map(str, wanted))})").fetchall()
    return connection.execute(f"{asked}(SELECT unnest(?::BIGINT[]))", [wanted]).fetchall()


def _key_state(row: Sequence[Any], values: _Values) -> KeyState:
    store, scope, key, value_key, seq, step, moment, position, op, actor, fidelity, evidence = row
    size, value = values.get(value_key, _NO_VALUE)
    return KeyState(
        store, scope, key, value, size, seq, step, moment, position, StateOp(op), actor,
        Fidelity(fidelity), evidence,
    )  # fmt: skip


def _key_change(row: Sequence[Any], values: _Values) -> KeyChange:
    seq, step, moment, position, op, store, scope, key, before_key, after_key, actor, fidelity, *rest = row
    before_size, before = values.get(before_key, _NO_VALUE)
    after_size, after = values.get(after_key, _NO_VALUE)
    return KeyChange(
        seq, step, moment, position, StateOp(op), store, scope, key, before, after, before_size, after_size,
        actor, Fidelity(fidelity), *rest,
    )  # fmt: skip
