"""One query worker process, as its parent holds it: frames to it, and from it to whoever waits for them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from tracetui.errors import TracetuiError, WorkerError
from tracetui.store.query_limits import QueryLimits
from tracetui.workers.load import raised_by_worker, worker_environment
from tracetui.workers.protocol import read_frames, write_frame
from tracetui.workers.query_protocol import NO_ID

Receiver = Callable[[dict[str, Any] | None], None]
"""Called in the thread that reads: with a frame, or None when the worker is gone."""

_FINAL = frozenset({"ended", "answer", "failed", "ready"})


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What a query worker works on: a finished database, a private folder for results, and bounds."""

    database: Path
    folder: Path
    limits: QueryLimits = field(default_factory=QueryLimits)
    is_unsafe: bool = False


class QueryProcess:
    """Starts at once; `open` tells it what to work on, which may come later."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # our own interpreter and module
            [sys.executable, "-P", "-m", "tracetui.workers.query_main"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            env=worker_environment(),
        )  # fmt: skip
        self._receivers: dict[int, Receiver] = {}
        self._lock = threading.Lock()
        self._is_gone = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def open(self, sandbox: Sandbox) -> None:
        """Have it open the database; requests may follow without waiting for that."""
        self.send({
            "type": "open", "id": NO_ID, "database": str(sandbox.database), "folder": str(sandbox.folder),
            "limits": asdict(sandbox.limits), "is_unsafe": sandbox.is_unsafe,
        }, self._opened)  # fmt: skip

    def send(self, frame: dict[str, Any], receiver: Receiver | None = None) -> None:
        """Send a request; the receiver gets every frame with its id up to the final one."""
        with self._lock:
            if receiver is not None and not self._is_gone:
                self._receivers[frame["id"]] = receiver
                receiver = None
        if receiver is not None:
            receiver(None)
            return
        with contextlib.suppress(OSError, ValueError):  # gone: the reader tells everybody
            write_frame(cast("BinaryIO", self._process.stdin), frame)

    def ask(self, frame: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request; raises what the worker raised, or WorkerError where it is gone."""
        answered = threading.Event()
        answers: list[dict[str, Any] | None] = []

        def receive(answer: dict[str, Any] | None) -> None:
            if answer is None or answer["type"] in _FINAL:
                answers.append(answer)
                answered.set()

        self.send(frame, receive)
        answered.wait()
        answer = answers[0]
        if answer is None:
            raise WorkerError("the query worker is gone")
        if answer["type"] == "failed":
            raise raised_by_worker(answer)
        return answer

    @property
    def is_gone(self) -> bool:
        """Whether it has ended."""
        return self._is_gone

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def death(self) -> TracetuiError:
        """Why nothing came of what it was to do."""
        if self._failure is not None:
            return self._failure
        code = self._process.wait()
        how = f"by signal {-code}" if code < 0 else f"with status {code}"
        return WorkerError(
            f"the process that ran the query ended {how}",
            "Nothing else was touched; another takes its place.",
        )

    def kill(self) -> None:
        """End it at once; everybody who waits is told."""
        self._process.kill()

    def close(self) -> None:
        """End it and release what it held."""
        self._process.kill()
        self._reader.join()
        self._process.wait()
        with contextlib.suppress(OSError):
            cast("BinaryIO", self._process.stdin).close()

    _failure: TracetuiError | None = None

    def _opened(self, frame: dict[str, Any] | None) -> None:
        if frame is not None and frame["type"] == "failed":
            self._failure = raised_by_worker(frame)

    def _read(self) -> None:
        stream = cast("BinaryIO", self._process.stdout)
        with stream, contextlib.suppress(TracetuiError):  # what is no frame is as good as an end
            for frame in read_frames(stream):
                self._deliver(frame)
        self._process.kill()
        with self._lock:
            self._is_gone = True
            waiting, self._receivers = self._receivers, {}
        for receiver in waiting.values():
            receiver(None)

    def _deliver(self, frame: dict[str, Any]) -> None:
        with self._lock:
            take = self._receivers.pop if frame["type"] in _FINAL else self._receivers.get
            receiver = take(frame.get("id", NO_ID), None)
        if receiver is not None:
            receiver(frame)
