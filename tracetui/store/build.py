"""A database file in the making: written under a temporary name, published in one step when it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tracetui import sql
from tracetui.model import Entry, ImportIssue, Origin, Severity
from tracetui.reading.fingerprints import Fingerprint
from tracetui.store import connection as connections
from tracetui.store import gates
from tracetui.store.derive import derive
from tracetui.store.kept import write_inputs
from tracetui.store.loader import Loader, SourceFacts
from tracetui.store.version import SCHEMA_VERSION

if TYPE_CHECKING:
    from tracetui.store.index import IndexJob, IndexOutcome

INDEX_FROM_BYTES = 10_000_000
"""Smaller sources are loaded whole at once."""


class Build:
    """Collects sources into a new database beside `output`; publishing makes it appear, whole or not at all.

    Each stage is published under a name of its own, since DuckDB takes files of one name for the same database.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        self._path = output.with_name(f"{output.name}.tmp-{os.getpid()}")
        self._path.unlink(missing_ok=True)
        self._connection = connections.create(self._path)
        self._loader = Loader(self._connection)
        self._sources = 0
        self.indexed_bytes = 0
        self._is_index_published = False
        self._indexed: list[tuple[IndexJob, IndexOutcome]] = []
        self._done_records = 0
        self._current: SourceFacts | None = None
        self._unread: dict[str, SourceFacts] = {}

    def has_twins_elsewhere(self) -> bool:
        """Whether records of a source that is read whole may add to the spans of one that is not."""
        return bool(self._connection.execute(sql.text("derive/twins_elsewhere")).fetchall())

    @property
    def read_records(self) -> int:
        """Records read so far."""
        return self._done_records + (self._current.records if self._current else 0)

    @property
    def loaded_records(self) -> int:
        """Records that were neither skipped nor are still to be read; valid after `finish`."""
        return self._one("SELECT coalesce(sum(records - skipped), 0) FROM store.sources")

    def new_source(self, name: str, path: Path | None, container: str, size_bytes: int | None) -> SourceFacts:
        """Begin a source; its entries follow. What was said of it before it could be opened stays with it."""
        unread = self._unread.pop(name, None)
        self._sources += unread is None
        modified_ns = path.stat().st_mtime_ns if path else None
        where = str(path.resolve()) if path else None
        key = self._sources if unread is None else unread.source_key
        self._current = SourceFacts(key, name, where, None, None, None, container, size_bytes, modified_ns)
        if unread is not None:
            self._current.records, self._current.skipped = unread.records, unread.skipped
        return self._current

    def unread_source(self, issue: ImportIssue) -> None:
        """Record a source that could not be opened, or what is wrong with one that is yet to come."""
        facts = self.new_source(issue.source, None, "unread", None)
        self.issue(issue, facts)
        self._unread[issue.source], self._current = facts, None

    def _end_unread(self) -> None:
        for facts in self._unread.values():
            self.end_source(facts)
        self._unread.clear()

    def add(self, entry: Entry, facts: SourceFacts, *, global_ids: bool) -> None:
        """Store one entry of the source."""
        self._loader.add(entry, facts, 0 if global_ids else facts.source_key)

    def issue(self, issue: ImportIssue, facts: SourceFacts) -> None:
        """Store an import issue of the source."""
        self._loader.issue(issue, facts)

    def unread(self, origin: Origin, facts: SourceFacts) -> None:
        """Keep what there is at a place of the source, of which nothing was made."""
        self._loader.unread(origin, facts)

    def end_source(self, facts: SourceFacts) -> None:
        """Store the source with its counts."""
        if facts.records == 0 and facts.container != "unread":
            self.issue(ImportIssue("no_records", "it holds no records", Severity.INFO), facts)
        self._loader.source(facts)
        self._done_records += facts.records
        self._current = None

    def inputs(self, files: list[Fingerprint]) -> None:
        """Note the files that were opened."""
        write_inputs(self._connection, files)

    def first_runs(self) -> list[dict[str, Any]]:
        """What is known of the first runs while more is being read."""
        self._loader.flush()
        cursor = self._connection.execute(sql.text("read/first_runs"))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def first_issues(self, count: int) -> list[ImportIssue]:
        """The gravest import issues."""
        rows = self._connection.execute(sql.text("read/first_issues"), [count]).fetchall()
        return [
            ImportIssue(code, message, Severity(severity), line, source=source)
            for source, line, severity, code, message in rows
        ]

    def finish(self, alive: Any) -> None:
        """Compute what follows from the rows, once all sources are read."""
        if self._is_index_published:
            self._take_back_index()
        self._end_unread()
        self._loader.flush()
        self._read_answers(alive)
        derive(self._connection, self._loader.next_key, alive)
        if self.indexed_bytes:
            gates.close(self._connection, gates.TREE)

    def _read_answers(self, alive: Callable[[], None]) -> None:
        """Read what the list of runs did not wait for."""
        if self._indexed:
            from tracetui.store import index as indexing

            for job, outcome in self._indexed:
                indexing.read_answers(
                    self._connection, job, outcome.next_span_key, lambda _bytes, _rows: alive()
                )

    def can_index(self, facts: SourceFacts) -> bool:
        """Whether the source is big, plain and regular enough to be indexed first."""
        if facts.path is None or facts.format is None or (facts.size_bytes or 0) < INDEX_FROM_BYTES:
            return False
        from tracetui.store import index as indexing

        with open(facts.path, "rb") as stream:
            return indexing.can_index(stream.read(indexing.HEAD_BYTES), facts.format)

    def index(
        self, facts: SourceFacts, progress: Callable[[int, int], None], *, global_ids: bool,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> IndexOutcome | None:  # fmt: skip
        """Index the source, as far as nothing stops that; None where it turns out to need the full reader whole."""
        from tracetui.store import index as indexing

        assert facts.path is not None
        assert facts.format is not None
        self._loader.flush()
        scope = 0 if global_ids else facts.source_key
        job = indexing.IndexJob(
            facts.path, facts.format, facts.container, facts.source_key, scope, self._loader.next_key
        )
        try:
            outcome = indexing.index_source(self._connection, job, progress, is_stopped)
        except indexing.CannotIndex:
            return None
        self._loader.next_key = outcome.next_span_key
        self._indexed.append((job, outcome))
        self.indexed_bytes += facts.size_bytes or 0
        facts.records, facts.grade = outcome.spans, "index"
        return outcome

    def publish_index(self) -> Path:
        """Let others read lists of runs from the index while trees are being built; the path of what they get.

        Afterwards only `finish` and `close` go on: what is not there yet is closed until then.
        """
        self._end_unread()
        self._loader.flush()
        self._connection.execute(sql.text("derive/index_runs"))
        gates.close(self._connection, gates.INDEX)
        self._is_index_published = True
        self._mark_complete("index")
        self._connection.execute("CHECKPOINT")
        path = self._output.with_stem(f"{self._output.stem}-index")
        copy = path.with_name(f"{path.name}.tmp-{os.getpid()}")
        shutil.copyfile(self._path, copy)
        copy.chmod(0o600)
        os.replace(copy, path)
        return path

    def _take_back_index(self) -> None:
        """Undo what publishing the index did to the tables."""
        self._connection.execute("DELETE FROM store.meta")
        gates.open_again(self._connection, gates.INDEX)
        self._connection.execute("DELETE FROM store.runs")
        self._is_index_published = False

    def publish(self) -> Path:
        """Close the database and give it its name, which is returned."""
        stage = "tree" if self.indexed_bytes else "full"
        path = self._output.with_stem(f"{self._output.stem}-tree") if self.indexed_bytes else self._output
        self._mark_complete(stage)
        self._connection.execute("CHECKPOINT")
        self._connection.close()
        self._path.chmod(0o600)
        os.replace(self._path, path)
        return path

    def _mark_complete(self, stage: str) -> None:
        self._connection.execute(
            "INSERT INTO store.meta VALUES ('schema_version', ?), ('duckdb_version', ?), ('stage', ?), ('complete', 'true')",
            [str(SCHEMA_VERSION), duckdb.__version__, stage],
        )

    def close(self) -> None:
        """Release the connection and remove what was not published."""
        self._connection.close()
        for leftover in (self._path, Path(f"{self._path}.wal")):
            leftover.unlink(missing_ok=True)

    def _one(self, query: str) -> int:
        # fetched whole: a result that is left unfinished holds up the transactions after it
        return int(self._connection.execute(query).fetchall()[0][0])
