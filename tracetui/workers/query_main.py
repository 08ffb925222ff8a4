"""The query worker process: runs what a person typed, keeps each result on disk and answers windows of it.

What it runs may exhaust it or crash it: limits keep it from taking the machine along, and the parent lives on.
"""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import resource
import signal
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tracetui.errors import InterruptedByUser, QueryError, TracetuiError
from tracetui.store.query_limits import QueryLimits
from tracetui.workers import query_protocol
from tracetui.workers.protocol import read_frames, write_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracetui.store.spool import KeptRows, Spool

_PROGRESS_S = 0.1


def main() -> None:
    """Serve frames from standard input until it ends."""
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    requests, replies = _private_streams()
    import tracetui.store.sandbox  # what takes time is done before anybody waits
    import tracetui.store.typed_sql  # noqa: F401

    gc.freeze()
    frames = read_frames(requests)
    opening = next(frames, None)
    if opening is None:
        return
    server = _Server(replies)
    if server.open(opening):
        threading.Thread(target=server.work, daemon=True).start()
        for frame in frames:
            server.take(frame)
    os._exit(0)  # the parent is gone or done: a query that still runs is of no use to anybody


class _Server:
    """Jobs (queries, exports) run one after the other in a thread; windows are answered at once, also while one runs."""

    def __init__(self, replies: BinaryIO) -> None:
        self._replies = replies
        self._writing = threading.Lock()
        self._jobs: queue.Queue[dict[str, Any]] = queue.Queue()
        self._stopped: set[int] = set()
        self._running = query_protocol.NO_ID
        self._spools: dict[int, Spool] = {}
        self._readers: dict[int, tuple[KeptRows, int]] = {}

    def open(self, frame: dict[str, Any]) -> bool:
        """Open the database; whether that worked."""
        from tracetui.store.sandbox import open_sandbox
        from tracetui.store.typed_sql import TypedSql

        limits = QueryLimits(**frame["limits"])
        self._folder = Path(frame["folder"])
        _set_limits(limits)
        try:
            self._connection = open_sandbox(
                Path(frame["database"]),
                self._folder / f"spill-{os.getpid()}",
                limits,
                is_unsafe=frame["is_unsafe"],
            )
        except Exception as error:  # noqa: BLE001  # the edge of the process: the parent tells it
            self._fail(query_protocol.NO_ID, error)
            return False
        self._sql = TypedSql(self._connection, limits, is_unsafe=frame["is_unsafe"])
        self._post({"type": "ready", "id": query_protocol.NO_ID})
        return True

    def take(self, frame: dict[str, Any]) -> None:
        """Deal with one request."""
        kind = frame["type"]
        if kind in {"run", "export", "statements"}:
            self._jobs.put(frame)
        elif kind == "interrupt":
            self._stopped.add(frame["id"])
            if self._running == frame["id"]:
                self._sql.interrupt()
        elif kind == "forget":
            self._forget(frame["result"])
        else:
            self._attempt(frame, {"rows": self._rows, "cells": self._cells, "cell": self._cell}[kind])

    def work(self) -> None:
        """Run jobs for ever."""
        handlers = {"run": self._run, "export": self._export, "statements": self._statements}
        while True:
            frame = self._jobs.get()
            self._running = frame["id"]
            ticking = threading.Event()
            threading.Thread(
                target=self._tick, args=(frame["id"], frame["type"], ticking), daemon=True
            ).start()
            self._attempt(frame, handlers[frame["type"]])
            ticking.set()
            self._running = query_protocol.NO_ID

    def _attempt(self, frame: dict[str, Any], handle: Any) -> None:
        try:
            handle(frame)
        except BrokenPipeError:
            os._exit(1)  # the parent is gone
        except BaseException as error:  # noqa: BLE001  # the edge of a thread: the parent tells it
            self._fail(frame["id"], error)

    def _tick(self, job: int, kind: str, ended: threading.Event) -> None:
        while not ended.wait(_PROGRESS_S):
            if job in self._stopped:
                self._sql.interrupt()  # the first may have come before there was anything to stop
            if kind != "run":  # an export tells of itself
                continue
            spool = self._spools.get(job)
            rows = spool.row_count if spool is not None else 0
            with contextlib.suppress(BrokenPipeError):
                self._post({"type": "progress", "id": job, "rows": rows, "fraction": self._sql.progress()})

    def _run(self, frame: dict[str, Any]) -> None:
        from tracetui.store.typed_sql import Question

        kept = {
            name: query_protocol.result_path(self._folder, number) for name, number in frame["kept"].items()
        }
        question = Question(frame["query"], frame["parameters"], kept, frame["prices"])

        def begun(spool: Spool) -> None:
            self._spools[frame["id"]] = spool
            columns = [[column.name, column.type] for column in spool.columns]
            self._post({"type": "begun", "id": frame["id"], "columns": columns, "rows": spool.row_count})

        try:
            ended = self._sql.run(question, query_protocol.result_path(self._folder, frame["id"]), begun)
        except BaseException:
            self._forget(frame["id"])
            raise
        self._post({"type": "ended", "id": frame["id"], **asdict(ended)})

    def _statements(self, frame: dict[str, Any]) -> None:
        found = [asdict(statement) for statement in self._sql.statements(frame["script"])]
        self._post({"type": "answer", "id": frame["id"], "statements": found})

    def _export(self, frame: dict[str, Any]) -> None:
        from tracetui.store.result_files import write_result

        told_at = time.monotonic()

        def told(rows: int) -> None:
            nonlocal told_at
            if frame["id"] in self._stopped:
                raise InterruptedByUser("the export was cancelled")
            if time.monotonic() - told_at >= _PROGRESS_S:
                told_at = time.monotonic()
                self._post({"type": "progress", "id": frame["id"], "rows": rows, "fraction": None})

        path = query_protocol.result_path(self._folder, frame["result"])
        count = write_result(
            self._connection, path, Path(frame["target"]), frame["kind"], told, frame["guards_formulas"]
        )
        self._post({"type": "answer", "id": frame["id"], "rows": count})

    def _rows(self, frame: dict[str, Any]) -> None:
        from tracetui.store.cells import wire_rows

        rows: list[Any] = []
        for piece in self._pieces(frame):
            at_most = query_protocol.CHARACTERS_A_FRAME // (piece.num_columns or 1)
            rows = wire_rows(piece, min(query_protocol.CHARACTERS_A_VALUE, max(1, at_most)))
            break
        self._post({"type": "answer", "id": frame["id"], "rows": _fitting(rows)})

    def _cells(self, frame: dict[str, Any]) -> None:
        from tracetui.store.cells import texts

        rows: list[Any] = []
        for piece in self._pieces(frame):
            rows += texts(piece, frame["characters"], frame["columns"])
            break
        self._post({"type": "answer", "id": frame["id"], "rows": _fitting(rows)})

    def _cell(self, frame: dict[str, Any]) -> None:
        from tracetui.store.cells import cell

        (row,) = self._pieces({**frame, "start": frame["row"], "stop": frame["row"] + 1})
        text = cell(row, frame["column"])
        piece = None if text is None else text[frame["start"] : frame["start"] + frame["count"]]
        self._post({"type": "answer", "id": frame["id"], "text": piece, "length": len(text or "")})

    def _pieces(self, frame: dict[str, Any]) -> Iterator[Any]:
        """The rows that are asked for and there by now, in pieces of a size that fits a frame."""
        reader, stop = self._reader(frame)
        for batch in reader.slices(frame["start"], stop):
            share = query_protocol.BYTES_A_PIECE / max(batch.nbytes, 1)
            yield batch.slice(0, max(1, int(batch.num_rows * share)))

    def _reader(self, frame: dict[str, Any]) -> tuple[KeptRows, int]:
        """Who reads the result, and where the window that is asked for ends."""
        from tracetui.store.spool import reopened

        number = frame["result"]
        spool = self._spools.get(number)
        if number not in self._readers:
            path = query_protocol.result_path(self._folder, number)
            self._readers[number] = reopened(path) if spool is None else (spool.reader(), 0)
        reader, count = self._readers[number]
        return reader, min(frame["stop"], count if spool is None else spool.row_count)

    def _forget(self, result: int) -> None:
        from tracetui.store.spool import remove

        self._spools.pop(result, None)
        reader = self._readers.pop(result, None)
        if reader is not None:
            reader[0].close()
        remove(query_protocol.result_path(self._folder, result))

    def _fail(self, job: int, error: BaseException) -> None:
        known = (
            error
            if isinstance(error, TracetuiError)
            else QueryError(f"{type(error).__name__}: {error}"[:2_000])
        )
        self._post({
            "type": "failed", "id": job, "kind": type(known).__name__, "message": known.message, "hint": known.hint,
        })  # fmt: skip

    def _post(self, frame: dict[str, Any]) -> None:
        with self._writing:
            write_frame(self._replies, frame)


def _fitting(rows: list[Any]) -> list[Any]:
    """As many rows as go into one frame, at least one."""
    characters = 0
    for at, row in enumerate(rows):
        characters += sum(len(value) if isinstance(value, str) else 20 for value in row)
        if characters > query_protocol.CHARACTERS_A_FRAME and at:
            return rows[:at]
    return rows


def _set_limits(limits: QueryLimits) -> None:
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_AS, limits.address_space_bytes)
    _lower(resource.RLIMIT_FSIZE, 2 * limits.result_bytes)


def _lower(kind: int, wanted: int) -> None:
    _, hard = resource.getrlimit(kind)
    limit = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(kind, (limit, limit))


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes from and to the parent; nothing else in the process reads or writes them."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return requests, replies


if __name__ == "__main__":
    main()
