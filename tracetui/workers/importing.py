"""One import: sources in, a finished database file out, with progress on the way.

Runs in the import worker process; nothing here touches the terminal.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tracetui import formats
from tracetui.errors import InputError, TracetuiError, UsageError
from tracetui.formats import generic
from tracetui.formats.charges import with_charges
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.generic_map import packed
from tracetui.formats.service_tier import with_service_tiers
from tracetui.model import Entry, ImportIssue, Record, Severity
from tracetui.reading.inputs import STDIN, SourceFile, extent, open_inputs
from tracetui.reading.pieces import Piece
from tracetui.reading.source import ParquetSource
from tracetui.store.build import Build
from tracetui.workers.keeping import add_to_kept, opened_files
from tracetui.workers.maps import ChosenMap, MapUse, choose_map
from tracetui.workers.mixed import Mixed
from tracetui.workers.protocol import Job
from tracetui.workers.run_loading import load_run, record_at
from tracetui.workers.stopping import Arriving, Stop

if TYPE_CHECKING:
    from tracetui.store.index import IndexOutcome

Post: TypeAlias = Callable[[dict[str, Any]], None]

UNASKED_BYTES = 256_000_000
"""Sources up to this size together are loaded whole without being asked; larger ones on demand."""

UNOPENED = -1
"""Stands for the number of records read while a source has not even been recognised."""

RECORDS_KEPT = 100
"""Of a source that no format knows, as many records are kept to be looked at."""

_ANNOUNCE_EVERY = 256
_CUT = "loading was stopped while it was still arriving; what had come is read"
_PROGRESS_INTERVAL_S = 0.1
_FIRST_RUNS_AFTER_S = 0.7
_FIRST_RUNS_INTERVAL_S = 4.0


def run_import(job: Job, post: Post, stop: Stop | None = None) -> None:
    """Load everything the job names and publish the database at `job.output`, stage after stage; after a `stop`, what
    was read by then.

    Posts `progress`, `at`, `first_runs`, `published` for each stage and at the end `done`. Raises InputError where
    nothing could be loaded, with the first reasons, unless the job allows it.
    """
    if job.run is not None:
        post({"type": "published", "path": str(load_run(job))})
    elif job.kept is not None:
        post(add_to_kept(job, post, _load_all))
    else:
        _load_all(job, post, stop)
    post({"type": "done"})


def _load_all(job: Job, post: Post, stop: Stop | None = None) -> None:
    chosen = _chosen_format(job.format_name)
    stop = stop or Stop()
    if not _load(job, post, chosen, stop, may_index=job.stage != "all") and not stop.is_wanted:
        stop.is_heeded = False  # what was published holds more than a part of the second reading would
        _load(job, post, chosen, Stop(), may_index=False)


def _load(job: Job, post: Post, chosen: Format | None, stop: Stop, *, may_index: bool) -> bool:
    """Load all sources once; whether that was all that is to be done."""
    build = Build(Path(job.output))
    try:
        progress = _Progress(job, post, build, stop)
        known = formats.known_formats()  # walks the package and what is installed: once a load
        fitting = MapUse(job.mapping)
        stdin = Arriving(stop, progress.arriving)
        for opened in open_inputs(job.paths, stdin=stdin, passed_over=job.passed_over):
            if stop.cuts:
                stop.cuts = False
                build.unread_source(ImportIssue("stopped", _CUT, Severity.DATA_LOSS, source=STDIN))
            if stop.is_wanted:
                build.unread_source(progress.stopped_before(opened))
                break
            if isinstance(opened, ImportIssue):
                build.unread_source(opened)
            else:
                _Source(opened, build, job, progress, known, fitting).load(chosen, may_index=may_index)
        fitting.require()
        build.inputs(opened_files(job))
        progress.report("building", force=True)
        if build.indexed_bytes:
            post({"type": "published", "path": str(build.publish_index())})
            if job.stage == "index":
                return True
            if build.has_twins_elsewhere() and not stop.is_wanted:
                return False  # only the full reader puts their payloads together
        build.finish(lambda: progress.report("building"))
        if not job.may_be_empty:
            _require_something(build)
        post({"type": "published", "path": str(build.publish())})
        return job.stage != "full" or not 0 < build.indexed_bytes <= UNASKED_BYTES
    finally:
        build.close()


def _chosen_format(name: str | None) -> Format | None:
    if name is None:
        return None
    known = {candidate.name: candidate for candidate in formats.known_formats()}
    if name not in known:
        raise UsageError(f"there is no format {name!r}", f"Known formats: {', '.join(sorted(known))}.")
    return known[name]


def _require_something(build: Build) -> None:
    if build.loaded_records:
        return
    reasons = build.first_issues(3)
    listed = (
        "\n".join(f"  {_place(issue)}: {issue.message}" for issue in reasons) or "  no records were found"
    )
    raise InputError(
        f"nothing could be loaded\n{listed}",
        "`tracetui formats` lists what is recognised; --format overrides.",
    )


def _place(issue: ImportIssue) -> str:
    return issue.source if issue.line is None else f"{issue.source}:{issue.line}"


class _Progress:
    """Tells the parent how far the load is, at most ten times a second, and the first runs now and then."""

    def __init__(self, job: Job, post: Post, build: Build, stop: Stop) -> None:
        self.stop = stop
        self._post = post
        self._build = build
        self._extent = extent(job.paths, job.passed_over)
        self._members = Counter[str]()
        self._done_bytes = 0
        self._next = 0.0
        self._next_runs = time.monotonic() + _FIRST_RUNS_AFTER_S
        self._listed: list[dict[str, Any]] = []
        self.current_bytes = 0
        self.source = ""
        self.sources_done = 0

    def begin(self, source: SourceFile) -> None:
        """Note which source is being read."""
        self.source = source.name
        self._members[source.name if source.file else source.name.partition("!")[0]] += 1

    def arriving(self, size: int, is_waiting: bool) -> None:
        """Tell how much has come of standard input."""
        self.source, self.current_bytes = STDIN, size
        self.report("receiving", force=is_waiting)

    def source_done(self, size: int) -> None:
        """Count a source as read."""
        self._done_bytes += self.current_bytes if self.stop.is_wanted else size
        self.current_bytes = 0
        self.sources_done += 1

    def report(self, phase: str, *, force: bool = False) -> None:
        """Post the state of the load if it is time to."""
        now = time.monotonic()
        if now >= self._next or force:
            self._next = now + _PROGRESS_INTERVAL_S
            read = self._done_bytes + self.current_bytes
            self._post({
                "type": "progress", "bytes_read": read, "bytes_total": self._extent.size_bytes,
                "records": self._build.read_records, "source": self.source, "sources_done": self.sources_done,
                "sources_total": self._sources_total(), "phase": phase})  # fmt: skip
        if now >= self._next_runs and phase == "reading":
            self._next_runs = now + _FIRST_RUNS_INTERVAL_S
            self._post({"type": "first_runs", "runs": self._build.first_runs()})

    def list(self, runs: Sequence[dict[str, Any]]) -> None:
        """Post the runs that a file itself shows, with those of the files before; they are not asked for any more."""
        if runs:
            self._listed += runs
            self._next_runs = math.inf
            self._post({"type": "first_runs", "runs": self._listed})

    def _sources_total(self) -> int:
        """Files to read, and what bundles among them turned out to hold besides one source each."""
        return self._extent.files + self._members.total() - len(self._members)

    def stopped_before(self, opened: SourceFile | ImportIssue) -> ImportIssue:
        """Why this source and those behind it are left out."""
        name = opened.source if isinstance(opened, ImportIssue) else opened.name
        others = max(self._sources_total() - self.sources_done - 1, 0)
        more = f", like {others:,} more" if others else ""
        message = f"loading was stopped before this source, which is left out{more}"
        return ImportIssue("stopped", message, Severity.DATA_LOSS, source=name)

    def announce(self, source: str | None, records: int) -> None:
        """Tell how many records of the source have been read, in case the next one is the last; UNOPENED for a
        source that is yet to be looked at, no source for work that is not about a single one."""
        self._post({"type": "at", "source": source, "records": records})


class _Source:
    """Loads one source: recognises its format, reads its records, stores what the format makes of them."""

    def __init__(
        self,
        opened: SourceFile,
        build: Build,
        job: Job,
        progress: _Progress,
        known: Sequence[Format],
        fitting: MapUse,
    ) -> None:
        self._opened = opened
        self._build = build
        self._known = known
        self._limit = (job.abandon or {}).get(opened.name)
        self._is_careful = opened.name in job.careful
        self._is_trusted = job.trusted
        self._fitting = fitting
        self._every = 1 if self._is_careful else _ANNOUNCE_EVERY
        self._progress = progress
        self._facts = build.new_source(opened.name, opened.file, opened.container, opened.size_bytes)

    def load(self, chosen: Format | None, *, may_index: bool) -> None:
        """Load the source; what goes wrong becomes an import issue."""
        began = time.monotonic()
        self._progress.begin(self._opened)
        self._progress.announce(self._opened.name, UNOPENED)
        try:
            self._load(chosen, may_index)
        except TracetuiError as error:
            self._issue(ImportIssue("unreadable", error.message, Severity.ERROR))
        self._facts.elapsed_ms = (time.monotonic() - began) * 1000
        self._build.end_source(self._facts)
        self._progress.source_done(self._opened.size_bytes or 0)
        self._progress.announce(None, 0)

    def _load(self, chosen: Format | None, may_index: bool) -> None:
        if self._limit == UNOPENED:
            message = "the reader died when it looked at the source, all of which is left out"
            self._facts.container = "unread"
            self._issue(ImportIssue("reader_died", message, Severity.DATA_LOSS))
            return
        values, columns = self._opened.head()
        head = Head(values, columns, self._opened.name)
        found = self._recognised(head, chosen)
        if found is None:
            self._skip_unknown(values, columns)
            return
        form, match = found
        self._progress.announce(self._opened.name, 0)
        self._facts.format, self._facts.format_version = form.name, match.version
        self._facts.why_detected = match.why
        outcome = None
        if may_index and not self._is_careful and self._build.can_index(self._facts):
            self._list_runs()
            outcome = self._indexed(form)
        records = self._records() if outcome is None else self._rest(outcome.rest)
        known = () if chosen is not None else self._known
        mixed = Mixed(self._opened.name, known, self._entries, is_table=bool(columns))
        for own, entry in mixed.entries(form, records):
            self._build.add(entry, self._facts, global_ids=own.global_ids)

    def _indexed(self, form: Format) -> IndexOutcome | None:
        stop = self._progress.stop
        stop.is_heeded = True
        outcome = self._build.index(
            self._facts, self._at_row, global_ids=form.global_ids, is_stopped=lambda: stop.is_wanted
        )
        if outcome is not None and (place := outcome.stopped_before) is not None:
            message = "loading was stopped before this record, with which the rest of the source is left out"
            self._issue(ImportIssue("stopped", message, Severity.DATA_LOSS, place.line, place.byte_offset))
        return outcome

    def _entries(self, form: Format, records: Iterable[Record]) -> Iterator[Entry]:
        return with_charges(with_service_tiers(form.read(records, self._opened.name)))

    def _list_runs(self) -> None:
        facts = self._facts
        if facts.path is not None and facts.format is not None:
            from tracetui.store.listing import list_runs

            runs = list_runs(
                facts.path,
                facts.format,
                facts.container,
                facts.source,
                lambda _bytes, _rows: self._progress.report("indexing"),
                trusted=self._is_trusted,
            )
            self._progress.list(runs)

    def _recognised(self, head: Head, chosen: Format | None) -> tuple[Format, Match] | None:
        """The format of the source; one that nobody knows is read as rows, through a mapping."""
        may_map = chosen in (None, generic.FORMAT)
        given = self._fitting.given(self._wider(head)) if may_map and self._fitting.is_given else None
        if given is not None:
            return self._mapped(given)
        if chosen is generic.FORMAT:
            return self._mapped(choose_map(self._wider(head)))
        if chosen is not None:
            return chosen, Match(100, "named by --format")
        found = formats.recognise(head, self._known)
        if found is None and generic.is_table(head, self._opened.container):
            return self._mapped(choose_map(self._wider(head)))
        return found

    def _wider(self, head: Head) -> Head:
        """More of the source than is needed to recognise a format: keys may be rare, and ends far from begins."""
        count = generic.rows_to_guess_from(len(head.columns))
        return Head(*self._opened.head(count), head.name) if len(head.values) > 1 else head

    def _mapped(self, found: ChosenMap) -> tuple[Format, Match]:
        if found.problem is not None:
            self._issue(ImportIssue("bad_map", found.problem))
        if found.origin == "guessed":
            fields = ", ".join(entry.field for entry in found.known.fields) or "none"
            message = f"no known format fits: each row is a span, what its columns mean is guessed ({fields})"
            self._issue(ImportIssue("guessed_columns", message, Severity.WARNING))
        self._facts.mapping = packed(found.known)
        return generic.format_with(found.known), Match(
            1, generic.why(found.known, found.origin), found.origin
        )

    def _skip_unknown(self, values: list[Any], columns: list[str]) -> None:
        skipped = 0
        for record in self._records():
            skipped += 1
            if skipped <= RECORDS_KEPT:
                self._build.unread(record.origin, self._facts)
        if not skipped and not values:
            return
        keys = columns or sorted(
            {str(key) for value in values if isinstance(value, Mapping) for key in value}
        )
        shape = f"its keys are: {', '.join(keys[:12])}" if keys else "it holds no objects with keys"
        message = f"no known format fits; {shape}"
        self._issue(ImportIssue("unknown_shape", message, Severity.ERROR, skipped=skipped))

    def _rest(self, pieces: Sequence[Piece]) -> Iterator[Record]:
        """The records that the index could not take, read one by one from their places in the file."""
        if pieces and isinstance(self._opened, ParquetSource):
            yield from self._opened.rows([piece.line for piece in pieces], self._issue)
        elif pieces and self._opened.path is not None:
            with self._opened.path.open("rb") as stream:
                for piece in pieces:
                    record = record_at(stream, piece.line, piece.byte_offset, piece.byte_length, self._issue)
                    if record is not None:
                        yield record

    def _at_row(self, bytes_read: int, rows: int) -> None:
        self._facts.records = rows
        self._progress.current_bytes = bytes_read
        self._progress.report("indexing")  # the connection is busy: no questions to it from here

    def _records(self) -> Iterator[Record]:
        stop = self._progress.stop
        stop.is_heeded = True
        for count, record in enumerate(self._opened.records(self._issue, self._at), start=1):
            if self._limit is not None and count > self._limit:
                self._leave_rest(record, "reader_died", "the reader died on this record or soon after")
                return
            if stop.is_wanted:
                self._leave_rest(record, "stopped", "loading was stopped at this record")
                return
            yield record
            if count % self._every == 0:
                self._progress.announce(self._opened.name, count)
                self._progress.report("reading")

    def _leave_rest(self, record: Record, code: str, why: str) -> None:
        origin = record.origin
        message = f"{why}; the rest of the source is left out"
        self._issue(
            ImportIssue(code, message, Severity.DATA_LOSS, origin.line, origin.byte_offset, skipped=1)
        )

    def _issue(self, issue: ImportIssue) -> None:
        self._build.issue(issue, self._facts)

    def _at(self, bytes_read: int) -> None:
        self._progress.current_bytes = bytes_read
        self._progress.report("reading")
