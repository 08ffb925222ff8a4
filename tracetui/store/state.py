"""What the agent's memory held: changes as sources tell of them, replayed into one row a key, each value once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb

from tracetui.analysis.state.files import Files, ToolCall
from tracetui.analysis.state.folder import Command, Folder, is_memory_tool
from tracetui.analysis.state.replay import ALTERING, FROM_THE_START
from tracetui.analysis.state.replay import replay as replayed
from tracetui.analysis.state.tool_writes import PREFIX, REST, WRITING_TOOLS
from tracetui.model import Fidelity, StateChange, StateOp
from tracetui.store.run_steps import RunSteps
from tracetui.store.state_spans import concluded
from tracetui.store.tables import TableBuffer

_TOLD = """
    SELECT p.run_key, t.span_key, t.op, t.key, t.value, t.before, t.store, t.scope, t.actor, t.fidelity, t.evidence,
        t.at_ns, t.position, t.moment
    FROM staging.state_told AS t JOIN store.places AS p USING (span_key) ORDER BY p.run_key, t.told"""
_CALLS = """
    SELECT c.run_key, coalesce(c.executed_key, c.requested_key), c.name, c.arguments, c.result, c.status, s.agent,
        coalesce(e.end_ns, e.start_ns, s.end_ns, s.start_ns)
    FROM store.tool_calls AS c
    LEFT JOIN store.spans AS s ON s.span_key = coalesce(c.requested_key, c.executed_key)
    LEFT JOIN store.spans AS e ON e.span_key = c.executed_key
    LEFT JOIN store.places AS p ON p.span_key = coalesce(c.executed_key, c.requested_key)"""
_IN_ORDER = "ORDER BY c.run_key, c.start_ns, p.position, c.tool_call_id"
_MEMORY_CALLS = f"{_CALLS} WHERE contains(lower(c.name), 'memory') {_IN_ORDER}"
_WRITING_CALLS = f"""{_CALLS}
    WHERE regexp_replace(regexp_replace(lower(c.name), '{PREFIX}', ''), '{REST}', '', 'g') IN (SELECT unnest(?::VARCHAR[]))
        AND c.status IN ('ok', 'unset') {_IN_ORDER}"""
_DONE = {"ok": True, "error": False}
_MOST_CHARACTERS = 32_000_000
_MOST_ROWS = 50_000
_LONG_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class _Told:
    span_key: int
    change: StateChange


def derive_state(connection: duckdb.DuckDBPyConnection, alive: Callable[[], None]) -> None:
    """Fill `store.state_changes` and the values that it names from what was told, once runs have trees."""
    memory, seen = _memory_files(connection), concluded(connection)
    ways = (
        (
            (run_key, [_Told(row[1], _change(row[2:])) for row in rows])
            for run_key, rows in _runs(connection, _TOLD)
        ),
        sorted(memory.items()),
        sorted((run_key, [_Told(*each) for each in found]) for run_key, found in seen.items()),
        _written_files(connection),
    )
    numbered = [_numbered(way, source) for way, source in enumerate(ways)]
    writer = _Writer(connection)
    for run_key, of_run in groupby(merge(*numbered, key=itemgetter(0, 1)), key=itemgetter(0)):
        found = {way: changes for _, way, changes in of_run}
        writer.run(run_key, _all(*(found.get(way, []) for way in range(len(ways)))))
        alive()
    writer.flush()


def _numbered(way: int, source: Iterable[tuple[int, list[_Told]]]) -> Iterator[tuple[int, int, list[_Told]]]:
    return ((run_key, way, found) for run_key, found in source)


def _all(told: list[_Told], memory: list[_Told], seen: list[_Told], files: list[_Told]) -> list[_Told]:
    """What a source records goes before what its spans and calls let one conclude of the same store."""
    known = {each.change.store for each in told}
    more = (each for each in (*memory, *seen, *files) if each.change.store.partition("/")[0] not in known)
    return [*told, *more]


def _runs(
    connection: duckdb.DuckDBPyConnection, query: str, given: Sequence[Any] = ()
) -> Iterator[tuple[int, Iterator[tuple[Any, ...]]]]:
    """The rows of each run, whose key is the first of each row."""
    cursor = connection.cursor()
    cursor.execute(query, list(given))
    batches = iter(lambda: cursor.fetchmany(10_000), [])
    yield from groupby((row for batch in batches for row in batch), key=itemgetter(0))


def _change(row: Sequence[Any]) -> StateChange:
    op, key, value, before, store, scope, actor, fidelity, *rest = row
    return StateChange(StateOp(op), key, value, before, store, scope, actor, Fidelity(fidelity), *rest)


def _memory_files(connection: duckdb.DuckDBPyConnection) -> dict[int, list[_Told]]:
    """What calls of a memory tool did to its files, by run."""
    found: dict[int, list[_Told]] = {}
    for run_key, calls in _runs(connection, _MEMORY_CALLS):
        folder = Folder()
        for order, (_, span_key, name, arguments, result, status, agent, at_ns) in enumerate(calls):
            if is_memory_tool(name, arguments):
                failed = None if status not in _DONE else not _DONE[status]
                command = Command(arguments, result, failed, agent or name, at_ns, order)
                found.setdefault(run_key, []).extend(_Told(span_key, done) for done in folder.run(command))
    return found


def _written_files(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, list[_Told]]]:
    """What calls of other tools did to files, run by run: their texts may be long."""
    for run_key, calls in _runs(connection, _WRITING_CALLS, [sorted(WRITING_TOOLS)]):
        files, found = Files(), list[_Told]()
        for order, (_, span_key, name, arguments, result, status, agent, at_ns) in enumerate(calls):
            call = ToolCall(name, arguments, result, _DONE.get(status), agent or name, at_ns, order)
            if not is_memory_tool(name, arguments):
                found += (_Told(span_key, done) for done in files.run(call))
        if found:
            yield run_key, found


class _Writer:
    """Writes the changes of one run after another; values are kept once, whatever the number of runs."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._changes = TableBuffer(connection, "store.state_changes")
        self._values = TableBuffer(connection, "store.state_bodies")
        self._long_values = TableBuffer(connection, "store.state_long_bodies")
        self._known: dict[bytes, int] = {}
        self._characters = 0

    def flush(self) -> None:
        """Insert what was collected."""
        self._changes.flush()
        self._values.flush()
        self._long_values.flush()
        self._characters = 0

    def run(self, run_key: int, told: Sequence[_Told]) -> None:
        """Replay and write what was told of one run."""
        steps = RunSteps(self._connection, run_key)
        moment = step = 0
        point: tuple[int | None, int | None] | None = None
        for seq, found in enumerate(replayed([each.change for each in told]), 1):
            change, teller = found.change, told[found.told].span_key
            if change.order == FROM_THE_START:
                change = replace(change, at_ns=steps.first_ns)
            else:
                step = max(step, steps.at(teller, change.at_ns))
            here = (teller if change.moment is None else change.moment, change.at_ns)
            if change.op in ALTERING and point != here:
                point, moment = here, moment + 1
            writer = told[found.writer].span_key
            at = moment + (change.op is StateOp.WRITE)
            self._row((run_key, seq, at, step, writer, steps.position(writer)), change)
        if self._characters > _MOST_CHARACTERS or len(self._changes.rows) > _MOST_ROWS:
            self.flush()

    def _row(self, place: tuple[int, ...], change: StateChange) -> None:
        self._changes.rows.append(
            (*place, str(change.op), change.store, change.scope, change.key, self._value(change.before),
             self._value(change.value), change.actor, str(change.fidelity), change.evidence, change.at_ns))  # fmt: skip

    def _value(self, text: str | None) -> int | None:
        if text is None:
            return None
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._known[digest] = len(self._known) + 1
            self._characters += len(text)
            is_long = len(text) > _LONG_CHARACTERS
            self._values.rows.append((known, len(text), None if is_long else text))
            if is_long:
                self._long_values.rows.append((known, text))
        return known
