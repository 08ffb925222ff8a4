"""The parent's side of an import: start the worker, follow it, outlive it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, Any, BinaryIO, cast

from tracetui import errors
from tracetui.errors import InterruptedByUser, TracetuiError, WorkerError
from tracetui.workers.protocol import Job, encode_job, read_frames

_MAX_DEATHS = 6


class ImportProcess:
    """One import job in a child process; a death of the child is survived by leaving out what killed it."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = threading.Event()
        self._is_stopped = False

    def stop(self) -> None:
        """Have the worker read no more and put together what it has read; one that has read nothing goes at once."""
        process = self._process
        if process is None or process.poll() is not None:
            self.cancel()
        else:
            self._is_stopped = True
            process.terminate()

    def cancel(self) -> None:
        """Stop the import; `frames` then raises InterruptedByUser."""
        self._cancelled.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()

    def frames(self) -> Iterator[dict[str, Any]]:
        """`started`, then messages of the worker up to `done`. Raises what the worker raised, or WorkerError if it keeps dying."""
        deaths = 0
        while True:
            at: dict[str, Any] = {}
            for frame in self._run_once():
                if frame["type"] == "at":
                    at = frame
                elif frame["type"] == "failed":
                    raise raised_by_worker(frame)
                elif frame["type"] == "done":
                    return
                else:
                    yield frame
            if self._cancelled.is_set() or self._is_stopped:
                raise InterruptedByUser("loading was cancelled")
            deaths += 1
            self._job = self._past(at, deaths)

    def _run_once(self) -> Iterator[dict[str, Any]]:
        with tempfile.TemporaryFile() as complaints:
            process, job_stream = self._start(complaints)
            has_ended = False
            try:
                with contextlib.suppress(BrokenPipeError), job_stream:  # dead already: its frames end at once
                    job_stream.write(encode_job(self._job))
                if self._cancelled.is_set():
                    process.kill()
                yield {"type": "started"}
                yield from read_frames(cast("BinaryIO", process.stdout))
                has_ended = True
            finally:
                self._end(process, complaints, kill=not has_ended)

    def _start(self, complaints: IO[bytes]) -> tuple[subprocess.Popen[bytes], BinaryIO]:
        """The worker and the pipe on which it waits for its job."""
        reader, writer = os.pipe()
        job_stream = os.fdopen(writer, "wb")
        try:
            process = self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-P", "-m", "tracetui.workers.import_main", str(reader)],
                stdin=None if "-" in self._job.paths else subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=complaints, pass_fds=(reader,), start_new_session=True,
                env=worker_environment(),
            )  # fmt: skip
        except BaseException:
            job_stream.close()
            raise
        finally:
            os.close(reader)
        return process, job_stream

    def _end(self, process: subprocess.Popen[bytes], complaints: IO[bytes], *, kill: bool) -> None:
        """Wait for the worker, which goes at once where nobody listens to it any more."""
        if process.stdout is not None:
            process.stdout.close()
        if kill or self._cancelled.is_set():
            process.kill()
        self._exit_code = process.wait()
        complaints.seek(0)
        self._last_words = complaints.read(100_000).decode("utf-8", "replace").strip()

    def _past(self, at: dict[str, Any], deaths: int) -> Job:
        """The job that goes on after the worker died at `at`: first with care, then without what killed it."""
        source, records = at.get("source"), at.get("records", 0)  # no source: it died between or after them
        if source is None or deaths >= _MAX_DEATHS or "-" in self._job.paths:
            raise WorkerError(
                f"the import worker died (exit status {self._exit_code}){self._reason()}",
                "Load the sources one by one to find the one that kills it.",
            )
        if source not in self._job.careful:
            return replace(self._job, careful=(*self._job.careful, source))
        return replace(self._job, abandon={**(self._job.abandon or {}), source: records})

    def _reason(self) -> str:
        """The error line of the worker's last words: the last that is not indented."""
        lines = [line for line in self._last_words.splitlines() if line and not line[0].isspace()]
        return f": {lines[-1]}" if lines else ""


def worker_environment() -> dict[str, str]:
    """The environment of the worker: Arrow gives memory back at once, 40 MB less for large Parquet at the same speed."""
    return {"ARROW_DEFAULT_MEMORY_POOL": "system", **os.environ}


def frames_in_process(job: Job) -> list[dict[str, Any]]:
    """The messages of the same import without a child process, for debugging."""
    from tracetui.workers.importing import run_import

    frames: list[dict[str, Any]] = []
    run_import(job, frames.append)
    return frames


def raised_by_worker(frame: dict[str, Any]) -> TracetuiError:
    """The error that the worker reported, as the same class."""
    kind = getattr(errors, frame["kind"], TracetuiError)
    error = kind(frame["message"], frame["hint"])
    assert isinstance(error, TracetuiError)
    return error
