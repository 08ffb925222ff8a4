"""An open database of loaded traces: its connection, its runs that are read whole when they are asked for, its end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tracetui.api.memory import RunMemory
    from tracetui.pricing.price_file import PriceFile
    from tracetui.pricing.rows import PriceRow
    from tracetui.read_model import Added
    from tracetui.store.connection import Connection
    from tracetui.workers.queries import QuerySession


class Database:
    """What every question to a database needs; `TraceDB` holds the questions."""

    def __init__(self, path: Path, folder: Path, before: Self | None = None) -> None:
        """Open the finished database at `path`. `folder` is private to it and goes when it is closed, as does
        `before`, the database of an earlier stage of the same load."""
        from tracetui.store.connection import open_readonly, stage_of
        from tracetui.store.pricing import KeptMoney

        self.path = path
        self._connection: Connection = open_readonly(path)
        self._folder = folder
        self._before = before
        self._whole_runs: dict[str, Self] = {} if before is None else dict(before._whole_runs)
        self._loading = Lock()
        self._session: QuerySession | None = None
        self._sessions: list[QuerySession] = []
        self._lists: dict[str, list[str]] = {} if before is None else before._lists
        self._memory: tuple[list[PriceRow] | None, RunMemory] | None = None
        self._prices: list[PriceRow] | None = None if before is None else before._prices
        self._price_files: tuple[PriceFile, ...] | None = None if before is None else before._price_files
        self._money = KeptMoney()
        self.stage = stage_of(self._connection)
        self.added: Added | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the database and what was made for it; threads that still ask it get an error."""
        from tracetui.store.connection import close

        for session in self._sessions:
            session.close()
        for other in (*self._whole_runs.values(), self._before):
            if other is not None:
                other.close()
        close(self._connection)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _whole_id(self, run_id: str) -> str:
        """The id under which the run stands among its spans read whole; the index takes a trace for one run."""
        from tracetui.store import reads

        with self._whole(run_id)._cursor() as cursor:
            return reads.run_or_first_of_trace(cursor, run_id)

    def _whole(self, run_id: str) -> Self:
        """The run with its payloads, read from its source on first use."""
        from tracetui.workers.load import ImportProcess
        from tracetui.workers.protocol import Job

        with self._loading:
            if run_id not in self._whole_runs:
                folder = Path(tempfile.mkdtemp(prefix="run-", dir=self._folder))
                job = Job((), str(folder / "run.duckdb"), index=str(self.path), run=run_id)
                try:
                    for frame in ImportProcess(job).frames():
                        if frame["type"] != "published":
                            continue
                        self._whole_runs[run_id] = type(self)(Path(frame["path"]), folder)
                        self._whole_runs[run_id]._prices = self._prices
                        self._whole_runs[run_id]._lists = self._lists
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
            return self._whole_runs[run_id]

    def name_list(self, name: str, ids: Sequence[str]) -> None:
        """Let filters say `run:@name` for runs, or spans, of these ids; `name` is a kept result and its column."""
        self._lists[name] = [each.lower() for each in ids]

    def _memory_of(self, run_id: str) -> RunMemory:
        """The memory of the run asked about last, which knows what it answered at these prices, else of another."""
        from tracetui.api.memory import RunMemory
        from tracetui.store import reads

        kept, prices = self._memory, self._prices
        if kept is not None and kept[0] is prices and kept[1].run_id == run_id:
            return kept[1]
        with self._cursor() as cursor:
            memory = RunMemory(run_id, reads.run_key(cursor, run_id), self._cursor)
        self._memory = prices, memory
        return memory

    def _cursor(self) -> AbstractContextManager[Connection]:
        from tracetui.store.query import reading

        return reading(self._connection, self._prices, self._lists, self._money.of(self._prices))

    def keep_money(self) -> None:
        """Compute what every call costs by the prices in use, unless that was done, so that the next answers about money
        need not. `costs` does so by itself."""
        with self._cursor() as cursor:
            self._money.keep(cursor, self._prices)
