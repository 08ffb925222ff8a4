"""Loading in the background: a stream of updates that ends with a database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tracetui.errors import UsageError
from tracetui.read_model import Added, Progress, Run
from tracetui.words import Status

if TYPE_CHECKING:
    from tracetui.api.db import TraceDB
    from tracetui.workers.load import ImportProcess
    from tracetui.workers.protocol import Job


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load: `format` overrides recognition, `full` loads all payloads whatever the size, `in_process` does
    without the worker process, `cached` keeps and reuses the database of large inputs. `stage` is how much is needed:
    `index` (lists of runs), `tree` (steps and trees too) or `full` (payloads too). `trusted` says that Parquet files
    come from where nobody crafts them: DuckDB's reader lists their runs in place, as FirstRuns, while they load. `mapping` says
    what the columns of a home-made log mean (TOML as `tracetui.api.mapping` writes it), for sources that have them.
    `may_be_empty` opens the accounts of sources also where nothing of them could be loaded, which raises else. `into` is
    the database to keep them in: where it exists, what it holds comes first, and its files are not read again, unless
    it is to be made `anew`."""

    format: str | None = None
    full: bool = False
    in_process: bool = False
    cached: bool = True
    stage: str = "full"
    trusted: bool = False
    mapping: str | None = None
    may_be_empty: bool = False
    into: Path | None = None
    anew: bool = False


class FirstRuns(NamedTuple):
    """The first runs as far as they are known while loading; their figures still grow. `total` says how many runs
    there are, or are known of by then, where that can be told."""

    runs: tuple[Run, ...]
    total: int | None = None


class Opened(NamedTuple):
    """The database answers; payloads of large sources may still be missing."""

    db: TraceDB


class Completed(NamedTuple):
    """The database holds everything that was asked for."""

    db: TraceDB


Update: TypeAlias = "Progress | FirstRuns | Opened | Completed"


class Opening:
    """A load that goes on: iterate `updates` in a thread; `cancel` from any other.

    A database that was handed out stays usable whatever becomes of the rest of the load; closing it is up to
    whoever took it.
    """

    def __init__(self, paths: Sequence[str], options: LoadOptions) -> None:
        self._paths = tuple(paths)
        self._options = options
        self._kept: Path | None = None
        self._is_cancelled = False
        self._is_stopped = False
        self._process: ImportProcess | None = None

    def stop(self) -> None:
        """Read no more: `updates` goes on to a database of what was read by then, or raises InterruptedByUser where
        nothing was, or where another database was handed out already."""
        self._is_stopped = True
        if self._process is not None:
            self._process.stop()
        else:
            self.cancel()

    def cancel(self) -> None:
        """Stop loading; `updates` then raises InterruptedByUser."""
        self._is_cancelled = True
        if self._process is not None:
            self._process.cancel()

    def updates(self) -> Iterator[Update]:
        """News of the load, blocking between them; ends when everything is loaded.

        Raises InputError where nothing could be loaded, InterruptedByUser after `cancel`.
        """
        from tracetui.store import cache, first_page
        from tracetui.workers.map_files import saved_state

        stage = "all" if self._options.full else self._options.stage
        is_cached = self._options.cached and self._options.into is None
        maps = (self._options.mapping, saved_state())
        name = cache.key(self._paths, self._options.format, stage, *maps) if is_cached else None
        if name and (page := first_page.read(cache.page_path(name))):
            yield FirstRuns(page.runs, page.total)
        # with all that it needs, once the first runs are on their way to the screen
        from tracetui.api.db import TraceDB

        self._kept = self._kept_database()
        kept = cache.find(name) if name else None
        if self._kept is not None and self._paths == (str(self._kept),) and cache.is_own(self._kept):
            kept = self._kept
        folder = cache.session_folder()
        handed_out: list[TraceDB] = []
        try:
            if kept is not None:
                handed_out.append(TraceDB(kept, folder))
                yield Opened(handed_out[0])
                yield Completed(handed_out[0])
            else:
                yield from self._load(folder, stage, name, handed_out)
        except BaseException:
            if not handed_out:
                shutil.rmtree(folder, ignore_errors=True)
            raise

    def _load(
        self, folder: Path, stage: str, name: str | None, handed_out: list[TraceDB]
    ) -> Iterator[Update]:
        from tracetui.api.db import TraceDB
        from tracetui.store import cache, first_page
        from tracetui.workers.protocol import Job

        kept = None if self._kept is None else str(self._kept)
        job = Job(
            tuple(path for path in self._paths if path != kept),
            str(folder / "traces.duckdb"),
            self._options.format,
            stage,
            trusted=self._options.trusted,
            mapping=self._options.mapping,
            may_be_empty=self._options.may_be_empty,
            kept=kept,
            is_to_keep=self._options.into is not None,
        )
        db: TraceDB | None = None
        for frame in self._frames(job):
            if frame["type"] == "started":
                import tracetui.store.reads  # noqa: F401  # takes a tenth of a second, in which the worker gets on
            elif frame["type"] == "progress":
                yield _progress(frame)
            elif frame["type"] == "first_runs":
                runs = frame["runs"]
                total = runs[0].get("run_count") if runs else None
                yield FirstRuns(tuple(_first_run(fields) for fields in runs), total)
            elif frame["type"] == "published":
                db = TraceDB(Path(frame["path"]), folder, db)
                db.added = Added(**frame["added"]) if frame.get("added") else None
                handed_out.append(db)
                yield Opened(db)
        assert db is not None
        if name is not None and not self._is_stopped and db.has_records():
            cache.keep(db.path, name)
            first_page.write(cache.page_path(name), db.runs(limit=first_page.PAGE_RUNS), db.run_count())
        yield Completed(db)

    def _kept_database(self) -> Path | None:
        """The database to begin with: the one to keep everything in, or one among the paths."""
        from tracetui.reading.fingerprints import is_database

        if self._options.into is not None:
            return self._options.into if self._options.into.exists() and not self._options.anew else None
        found = [path for path in self._paths if is_database(path)]
        if len(found) > 1:
            raise UsageError(
                f"{found[0]} and {found[1]} are both databases",
                "One can be opened at a time, together with other files.",
            )
        return Path(found[0]) if found else None

    def _frames(self, job: Job) -> Iterator[dict[str, Any]]:
        from tracetui.workers.load import ImportProcess, frames_in_process

        if self._options.in_process:
            yield from frames_in_process(job)
            return
        process = self._process = ImportProcess(job)
        if self._is_cancelled:
            process.cancel()
        yield from process.frames()


def _progress(frame: dict[str, Any]) -> Progress:
    return Progress(
        frame["bytes_read"], frame["bytes_total"], frame["records"], frame["source"], frame["sources_done"],
        frame["sources_total"], frame["phase"])  # fmt: skip


def _first_run(fields: dict[str, Any]) -> Run:
    start, end = fields["start_ns"], fields["end_ns"]
    duration = end - start if start is not None and end is not None and end >= start else None
    return Run(
        run_id=fields["run_id"], trace_id=fields["run_id"], session_id=None, source=fields["source"] or "",
        format=fields["format"] or "", name=fields["name"] or "", agent=fields["agent"], user_id=None,
        status=Status(fields["status"]), start_ns=start, end_ns=end, duration_ns=duration, spans=fields["spans"],
        steps=None, llm_calls=fields["llm_calls"], tool_calls=fields["tool_calls"], errors=fields["errors"],
        recovered_errors=None, failed_step=None, steps_before_failure=None, failed_span_id=None, failed_name=None,
        error_type=fields["error_type"], error_message=fields["error_message"], models=(), input_tokens=None,
        output_tokens=None, total_tokens=None, cost_usd=None, priced_calls=None, unpriced_calls=None,
        duplicate_of=None, incomplete=None,
    )  # fmt: skip
