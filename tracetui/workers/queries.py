"""Asking what a person typed: results that grow, can be looked at meanwhile, cancelled, kept and written to files."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracetui.errors import InterruptedByUser, QueryError, TracetuiError, UsageError, WorkerError
from tracetui.store.wire import from_text, is_long, python_value
from tracetui.workers.load import raised_by_worker
from tracetui.workers.query_process import QueryProcess, Sandbox
from tracetui.workers.query_protocol import CHARACTERS_A_FRAME, result_files

if TYPE_CHECKING:
    from tracetui.workers.attaching import Attached

CELL_CHARACTERS = 2_000
SHOWN = "shown"
"""The name under which a statement of `QueryResult.ask` reads the result."""
_GRACE_S = 0.5
_TELL_S = 0.2
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


class QueryResult:
    """The rows of one statement, there as far as it has got; fetched by window, never all in memory.

    `columns` and `types` are known from the first row on. `fraction` is which part of the work is done where DuckDB
    can tell. `limit` says what cut the result short, empty where every row is there.
    """

    def __init__(self, session: QuerySession, number: int, query: str) -> None:
        self._session = session
        self.number = number
        self.query = query
        self.columns: tuple[str, ...] = ()
        self.types: tuple[str, ...] = ()
        self.row_count = 0
        self.fraction: float | None = None
        self.limit = ""
        self.error: TracetuiError | None = None
        self._began_s = time.monotonic()
        self._elapsed_s: float | None = None
        self._why_stopped: TracetuiError | None = None
        self._begun = threading.Event()
        self._ended = threading.Event()

    @property
    def is_running(self) -> bool:
        """Whether rows may still come."""
        return not self._ended.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds that the statement took, or has taken so far."""
        return time.monotonic() - self._began_s if self._elapsed_s is None else self._elapsed_s

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; whether it has come. Raises what the statement failed with."""
        has_ended = self._ended.wait(timeout_s)
        if self.error is not None:
            raise self.error
        return has_ended

    def wait_for_columns(self, timeout_s: float | None = None) -> bool:
        """Wait until there is something to show; whether there is. Raises what the statement failed with."""
        has_begun = self._begun.wait(timeout_s)
        if self.error is not None:
            raise self.error
        return has_begun

    def cancel(self) -> None:
        """Stop the statement, by force where it does not listen; rows that were there by then may stay."""
        self._session.cancel(self)

    def rows(self, start: int, stop: int) -> list[tuple[Any, ...]]:
        """Rows from `start` up to but not including `stop`, counted from 0. Moments arrive as text, so that nothing
        is rounded, other values as Python has them."""
        values = [python_value(kind) for kind in self.types]
        found: list[tuple[Any, ...]] = []
        for at, row in self._windows("rows", start, stop):
            found.append(tuple(
                self._long_value(at, column) if is_long(value) else values[column](value)
                for column, value in enumerate(row)
            ))  # fmt: skip
        return found

    def cells(
        self, start: int, stop: int, columns: Sequence[int] | None = None, characters: int = CELL_CHARACTERS
    ) -> list[list[str | None]]:
        """The same rows as texts for a grid, None for NULL; a text longer than `characters` is cut and ends in `…`."""
        chosen = None if columns is None else list(columns)
        return [row for _, row in self._windows("cells", start, stop, columns=chosen, characters=characters)]

    def cell(self, row: int, column: int) -> str | None:
        """The whole text of one value."""
        text, length = "", 1
        while len(text) < length:
            answer = self._session.ask("cell", result=self.number, row=row, column=column, start=len(text),
                                       count=CHARACTERS_A_FRAME)  # fmt: skip
            if answer["text"] is None:
                return None
            text, length = text + answer["text"], answer["length"]
        return text

    def keep(self, name: str | None = None) -> str:
        """Let later statements of the session read this result under a name, `result_1` and so on unless given."""
        return self._session.keep(self, name)

    def ask(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> QueryResult:
        """Begin a statement that reads this finished result as `shown`."""
        self._session.keep(self, SHOWN)
        return self._session.start(query, parameters)

    def export(
        self,
        target: Path,
        kind: str,
        told: Callable[[int], None] | None = None,
        *,
        guards_formulas: bool = False,
    ) -> int:
        """Write all rows to `target`, an existing empty file, as `kind` (csv, json, jsonl, md, parquet, arrow); how
        many there are. `told` gets the number written so far."""
        return self._session.export(self, target, kind, told, guards_formulas=guards_formulas)

    def cancel_export(self) -> bool:
        """Stop writing files; whether any was being written."""
        return self._session.cancel_exports()

    def close(self) -> None:
        """Drop the rows, unless they are kept under a name."""
        self._session.forget(self)

    def _windows(self, kind: str, start: int, stop: int, **options: Any) -> Iterator[tuple[int, list[Any]]]:
        at = max(start, 0)
        while at < min(stop, self.row_count):
            rows = self._session.ask(kind, result=self.number, start=at, stop=stop, **options)["rows"]
            if not rows:
                return
            yield from enumerate(rows, start=at)
            at += len(rows)

    def _long_value(self, row: int, column: int) -> Any:
        text = self.cell(row, column)
        return None if text is None else from_text(self.types[column], text)

    def receive(self, frame: dict[str, Any] | None, death: Callable[[], TracetuiError]) -> None:
        """Take news from the worker; None is its end."""
        if frame is None:
            self._end(self._why_stopped or death())
        elif frame["type"] == "begun":
            self.columns = tuple(name for name, _ in frame["columns"])
            self.types = tuple(kind for _, kind in frame["columns"])
            self.row_count = frame["rows"]
            self._begun.set()
        elif frame["type"] == "progress":
            self.row_count, self.fraction = frame["rows"], frame["fraction"]
        elif frame["type"] == "ended":
            self.row_count, self.limit, self.fraction = frame["rows"], frame["limit"], 1.0
            self._end(None)
        else:
            self._end(self._why_stopped or raised_by_worker(frame))

    def stop(self, why: TracetuiError) -> None:
        """Remember why it is being stopped."""
        self._why_stopped = self._why_stopped or why

    def _end(self, error: TracetuiError | None) -> None:
        self.error = error
        self._elapsed_s = time.monotonic() - self._began_s
        self._begun.set()
        self._ended.set()


class QuerySession:
    """Statements on one database, in a process of their own that is replaced when it dies or has to be killed.

    Results survive that. `keeps_spare` has a second process ready, so that the next statement need not wait for one
    to start. All methods may be called from any thread; statements run one after the other.
    """

    def __init__(
        self, sandbox: Sandbox, *, keeps_spare: bool = False, process: QueryProcess | None = None
    ) -> None:
        """`process` is one that was started ahead."""
        sandbox.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sandbox = sandbox
        self._keeps_spare = keeps_spare
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._running: dict[int, QueryResult] = {}
        self._kept: dict[str, int] = {}
        self._tables: dict[str, tuple[tuple[str, str], ...]] = {}
        self._attached: set[str] = set()
        self._exports: set[int] = set()
        self._is_closed = False
        self._spare: QueryProcess | None = None
        self._process = self._opened(process)

    @property
    def tables(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Columns with their types of kept results and attached tables, by name."""
        return {name: columns for name, columns in self._tables.items() if name != SHOWN}

    @property
    def attached(self) -> tuple[str, ...]:
        """Paths of the files that were attached."""
        return tuple(self._attached)

    @property
    def is_unsafe(self) -> bool:
        """Whether statements may reach files and change settings."""
        return self._sandbox.is_unsafe

    def start(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = (), prices: list[Any] | None = None
    ) -> QueryResult:
        """Begin to run one statement; returns at once."""
        process = self._living()
        result = QueryResult(self, next(self._numbers), query)
        self._running[result.number] = result
        frame = {
            "type": "run", "id": result.number, "query": query, "parameters": _sent_parameters(parameters),
            "kept": dict(self._kept), "prices": prices,
        }  # fmt: skip

        def receive(news: dict[str, Any] | None) -> None:
            if news is None or news["type"] in {"ended", "failed"}:
                self._running.pop(result.number, None)
            result.receive(news, process.death)

        process.send(frame, receive)
        return result

    def run(
        self,
        query: str,
        parameters: Sequence[Any] | Mapping[str, Any] = (),
        prices: list[Any] | None = None,
        told: Callable[[QueryResult], None] | None = None,
    ) -> QueryResult:
        """The result of one statement, whole. Ctrl+C ends it at once; the limit of seconds holds. `told` gets it as
        it stands, a few times a second."""
        result = self.start(query, parameters, prices)
        seconds = self._sandbox.limits.seconds
        try:
            while not result.wait(_TELL_S if told else seconds):
                if told is not None:
                    told(result)
                if seconds is not None and result.elapsed_s >= seconds:
                    late = QueryError(
                        f"the query took longer than {seconds:,.0f} s", "--timeout allows more."
                    )
                    result.stop(late)
                    self.cancel(result)
                    if result.wait() and result.limit:  # rows that were there by then are not its result
                        raise late
        except KeyboardInterrupt:
            self._process.kill()
            raise InterruptedByUser("the query was interrupted") from None
        return result

    def cancel(self, result: QueryResult) -> None:
        """Stop a statement: by asking, then by ending its process."""
        if not result.is_running:
            return
        result.stop(InterruptedByUser("the query was interrupted"))
        process = self._process
        process.send({"type": "interrupt", "id": result.number})
        with contextlib.suppress(TracetuiError):
            if result.wait(_GRACE_S):
                return
            process.kill()
            self._living(gone=process)
            result.wait()

    def statements(self, script: str) -> list[dict[str, Any]]:
        """The statements of a script: text, start and stop in characters, names of parameters."""
        found = self.ask("statements", script=script)["statements"]
        assert isinstance(found, list)
        return found

    def keep(self, result: QueryResult, name: str | None = None) -> str:
        """Let later statements read a result under a name."""
        if result.is_running or result.error is not None:
            raise UsageError("only a finished result can be kept")
        with self._lock:
            chosen = name or next(
                free for n in itertools.count(1) if (free := f"result_{n}") not in self._kept
            )
            if not _NAME.fullmatch(chosen):
                raise UsageError(f"{chosen} is no name for a result", "Letters, digits and _ make a name.")
            self._kept[chosen], self._tables[chosen] = result.number, _columns(result)
        return chosen

    def attach(self, path: Path, name: str | None = None) -> Attached:
        """Let later statements read a copy of a CSV, JSON, Parquet or DuckDB file of the user's own. The file is opened
        by a process of its own, which runs nothing that was typed."""
        from tracetui.workers.attaching import Attached, tables_of

        opened = QuerySession(replace(self._sandbox, is_unsafe=True))
        opened._numbers = self._numbers
        try:
            tables = list(tables_of(opened, path, name, self._kept))
        finally:
            opened._process.close()
        found = {table.name: table.result for table in tables if table.result is not None}
        with self._lock:
            self._attached.add(str(path.resolve()))
            self._kept |= {known: result.number for known, result in found.items()}
            self._tables |= {known: _columns(result) for known, result in found.items()}
        left_out = tuple(table.name for table in tables if table.result is None)
        renamed = tuple(f"{table.name} is {table.origin}" for table in tables if table.origin)
        return Attached(tuple(found), left_out, renamed)

    def attach_given(self, given: str) -> Attached:
        """The same of `FILE` or `NAME=FILE`, as it is typed."""
        from tracetui.workers.attaching import named_file

        return self.attach(*named_file(given))

    def take_over(self, other: QuerySession) -> None:
        """Let later statements read what another session keeps or has attached, under the same names."""
        with other._lock:
            kept = {name: number for name, number in other._kept.items() if name != SHOWN}
            tables, attached, self._numbers = other.tables, set(other._attached), other._numbers
        for number in set(kept.values()):
            for file in result_files(other._sandbox.folder, number):
                _put(file, self._sandbox.folder / file.name)
        with self._lock:
            self._kept |= kept
            self._attached |= attached
            self._tables |= tables

    def forget(self, result: QueryResult) -> None:
        """Drop the rows of a result that has no name."""
        if result.number in self._kept.values() or self._is_closed:
            return
        if result.is_running:
            self.cancel(result)
        self._process.send({"type": "forget", "id": 0, "result": result.number})

    def export(
        self, result: QueryResult, target: Path, kind: str, told: Callable[[int], None] | None = None, *,
        guards_formulas: bool = False,
    ) -> int:  # fmt: skip
        """Write a finished result to an existing file."""
        answered = threading.Event()
        answers: list[dict[str, Any] | None] = []
        number = next(self._numbers)

        def receive(frame: dict[str, Any] | None) -> None:
            if frame is not None and frame["type"] == "progress":
                if told is not None:
                    told(frame["rows"])
            else:
                answers.append(frame)
                answered.set()

        process = self._living()
        self._exports.add(number)
        frame = {
            "type": "export", "id": number, "result": result.number, "target": str(target), "kind": kind,
            "guards_formulas": guards_formulas,
        }  # fmt: skip
        process.send(frame, receive)
        try:
            answered.wait()
        except KeyboardInterrupt:
            process.kill()
            raise
        finally:
            self._exports.discard(number)
        (answer,) = answers
        if answer is None:
            raise process.death()
        if answer["type"] == "failed":
            raise raised_by_worker(answer)
        return int(answer["rows"])

    def cancel_exports(self) -> bool:
        """Stop files that are being written, which then raise InterruptedByUser; whether there are any."""
        running = tuple(self._exports)
        for number in running:
            self._process.send({"type": "interrupt", "id": number})
        return bool(running)

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The answer of the worker to a request that takes no time, asked again where the worker just died."""
        frame = {"type": kind, "id": next(self._numbers), **fields}
        try:
            return self._living().ask(frame)
        except WorkerError:
            return self._living().ask(frame)

    def close(self) -> None:
        """End the processes and drop every result."""
        with self._lock:
            self._is_closed = True
            processes = [process for process in (self._process, self._spare) if process is not None]
            self._spare = None
        for process in processes:
            process.close()
        shutil.rmtree(self._sandbox.folder, ignore_errors=True)

    def _living(self, gone: QueryProcess | None = None) -> QueryProcess:
        """The process that serves, a new one where the last has ended or is the one that is `gone`."""
        with self._lock:
            if self._is_closed:
                raise WorkerError("the queries of this database are closed")
            if self._process.is_gone or self._process is gone:
                dead, self._process = self._process, self._successor()
                dead.close()
            elif self._keeps_spare and self._spare is None:
                self._spare = self._opened(None)
            return self._process

    def _successor(self) -> QueryProcess:
        spare, self._spare = self._spare, None
        if spare is None or spare.is_gone:
            if spare is not None:
                spare.close()
            return self._opened(None)
        return spare

    def _opened(self, process: QueryProcess | None) -> QueryProcess:
        opened = process or QueryProcess()
        opened.open(self._sandbox)
        return opened


def _columns(result: QueryResult) -> tuple[tuple[str, str], ...]:
    return tuple(zip(result.columns, result.types, strict=True))


def _put(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # a file system without links
        shutil.copyfile(file, target)


def _sent_parameters(parameters: Sequence[Any] | Mapping[str, Any]) -> Any:
    if isinstance(parameters, Mapping):
        return {name: _sent(value) for name, value in parameters.items()}
    return [_sent(value) for value in parameters]


def _sent(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, date | datetime | time_of_day | Decimal | Path):
        return str(value)
    raise UsageError(f"a parameter cannot be of the type {type(value).__name__}")
