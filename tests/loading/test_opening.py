"""A load that is given up: what was handed out stays usable, what was not leaves nothing behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

import tracetui
from tests.conftest import SAMPLES, names_in
from tracetui.api import Completed, FirstRuns, LoadOptions, Opened, TraceDB, Update
from tracetui.errors import InputError, InterruptedByUser, TracetuiError, UsageError
from tracetui.read_model import Progress
from tracetui.store import build
from tracetui.workers import importing

SAMPLE = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"
OPTIONS = LoadOptions(cached=False)


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own; sources of any size are indexed first."""
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    return tmp_path / "cache"


def opened(updates: Iterator[Update]) -> TraceDB:
    """The first database of a load."""
    return next(update.db for update in updates if isinstance(update, Opened))


def check_usable(db: TraceDB) -> None:
    """The database answers and can be read afresh from its file."""
    (run,) = db.runs()
    assert len(db.tree(run.run_id)) == run.spans
    assert db.detail(run.run_id, 0).name == run.name
    assert db.path.is_file()


def test_cancelling_after_the_database_is_open_leaves_it_usable(cache_folder: Path) -> None:
    opening = tracetui.begin([str(SAMPLE)], OPTIONS)
    updates = opening.updates()
    db = opened(updates)
    opening.cancel()
    try:
        for _ in updates:
            pass
    except InterruptedByUser:
        pass
    check_usable(db)
    db.close()
    assert names_in(cache_folder) == set()
    with pytest.raises(UsageError, match="closed"):
        db.runs()


@pytest.mark.parametrize("fault", [InputError("no more"), MemoryError(), KeyboardInterrupt()])
def test_a_fault_after_the_database_is_open_leaves_it_usable(
    cache_folder: Path, fault: BaseException
) -> None:
    updates = tracetui.begin([str(SAMPLE)], LoadOptions(cached=False, in_process=True)).updates()
    db = opened(updates)
    with pytest.raises(type(fault)):
        updates.throw(fault)  # type: ignore[attr-defined]  # a generator
    check_usable(db)
    db.close()
    assert names_in(cache_folder) == set()


def test_a_database_is_closed_while_threads_ask_it() -> None:
    db = tracetui.open(SAMPLE, options=LoadOptions(in_process=True, cached=False))
    answers: list[int] = []
    refused = threading.Barrier(4, timeout=30)

    def ask() -> None:
        with suppress(UsageError):
            while True:
                answers.append(len(db.runs()))
        refused.wait()

    for _ in range(3):
        threading.Thread(target=ask, daemon=True).start()
    while not answers:
        time.sleep(0.001)
    db.close()
    refused.wait()
    assert set(answers) == {1}


def stopped_at_once(*paths: Path) -> TraceDB:
    """What there is of plain files where loading is stopped as soon as records come."""
    opening = tracetui.begin([str(path) for path in paths], LoadOptions(cached=False, format="plain"))
    for update in opening.updates():
        if isinstance(update, Progress) and update.records:
            opening.stop()
        elif isinstance(update, Completed):
            db = update.db
    return db


def test_stopping_keeps_what_was_read(tmp_path: Path) -> None:
    long = tmp_path / "long.jsonl"
    span = '{{"trace_id": "t{0}", "span_id": "s", "name": "run {0}"}}\n'
    long.write_text("".join(span.format(number) for number in range(100_000)))
    db = stopped_at_once(long, SAMPLE)
    first, last = db.sources()
    assert first.records == first.loaded + 1
    assert first.skipped == 1
    assert db.run_count() == first.loaded > 0
    assert last.container == "unread"
    stopped = [issue for issue in db.issues() if issue.code == "stopped"]
    assert [issue.source for issue in stopped] == [str(long), str(SAMPLE)]
    assert stopped[0].line == first.records
    db.close()


def test_stopping_while_a_large_file_is_indexed_keeps_what_was_read(tmp_path: Path) -> None:
    long, count = tmp_path / "long.jsonl", 150_000
    span = '{{"trace_id": "t{0}", "span_id": "s", "name": "run {0}", "start": "2026-01-01T00:00:00Z", "input": "how far is it?"}}\n'
    end = '{{"trace_id": "t{0}", "span_id": "s", "end": "2026-01-01T00:00:01Z", "output": "far"}}\n'
    long.write_text("".join((span + end).format(number) for number in range(count)))
    db = stopped_at_once(long, SAMPLE)
    first, last = db.sources()
    assert (first.grade, first.records, first.skipped) == ("index", first.loaded + first.merged, 0)
    assert 0 < db.run_count() == first.loaded < count
    assert last.container == "unread"
    stopped, left_out = [issue for issue in db.issues() if issue.code == "stopped"]
    assert (left_out.source, stopped.line) == (str(SAMPLE), first.records + 1)
    assert stopped.byte_offset is not None
    rest = long.read_bytes()[stopped.byte_offset :]
    assert rest.startswith((end if first.records % 2 else span).format(first.records // 2).encode())
    detail = db.detail("t0", 0)
    start_ns = 1_767_225_600 * 10**9
    assert (detail.start_ns, detail.end_ns) == (start_ns, start_ns + 10**9)
    assert (detail.input, detail.output) == ("how far is it?", "far")
    db.close()


def test_a_load_that_ends_before_a_database_leaves_nothing(cache_folder: Path, tmp_path: Path) -> None:
    opening = tracetui.begin([str(SAMPLE)], OPTIONS)
    opening.cancel()
    with pytest.raises(InterruptedByUser):
        list(opening.updates())
    with pytest.raises(TracetuiError):
        list(tracetui.begin([str(tmp_path / "missing.jsonl")], OPTIONS).updates())
    assert names_in(cache_folder) == set()


def test_open_closes_what_it_cannot_return(cache_folder: Path) -> None:
    def give_up(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tracetui.open(SAMPLE, options=OPTIONS, on_progress=give_up)
    assert names_in(cache_folder) == set()


def test_first_runs_tell_how_many_there_are_and_count_an_error_once_however_far_it_was_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 1 << 40)
    monkeypatch.setattr(importing, "_FIRST_RUNS_AFTER_S", 0.0)
    monkeypatch.setattr(importing, "_FIRST_RUNS_INTERVAL_S", 0.0)
    many = tmp_path / "many.jsonl"
    span = '{{"trace_id": "t{0}", "span_id": "s", "name": "run {0}"}}\n'
    many.write_text("".join(span.format(number) for number in range(250)))
    paths = [str(SAMPLE), str(many), str(SAMPLES / "otlp" / "plain_checkout.jsonl")]
    updates = list(tracetui.begin(paths, LoadOptions(cached=False, in_process=True)).updates())
    last = [update for update in updates if isinstance(update, FirstRuns)][-1]
    with opened(iter(updates)) as db:
        run = next(run for run in db.runs() if run.failed_step)
    assert {first.run_id: first.errors for first in last.runs}[run.run_id] == run.errors == 2
    assert len(last.runs) == 200
    assert last.total is not None
    assert 251 <= last.total <= 253


def test_progress_says_how_many_sources_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 1 << 40)
    monkeypatch.setattr(importing, "_PROGRESS_INTERVAL_S", 0.0)
    paths = [str(SAMPLES / "openai_agents" / "travel*"), str(SAMPLES / "bundles" / "mixed.zip"), str(SAMPLE)]
    seen: list[Progress] = []
    with tracetui.open(
        paths, options=LoadOptions(cached=False, in_process=True), on_progress=seen.append
    ) as db:
        read = sum(1 for source in db.sources() if source.container != "unread")
    assert read == 2 + 7 + 1
    assert seen[0].sources_total == 2 + 1 + 1
    assert (seen[-1].sources_done, seen[-1].sources_total) == (read, read)
    assert all(before.sources_total <= after.sources_total for before, after in pairwise(seen))
    assert all(progress.sources_done <= progress.sources_total for progress in seen)
    files = [*(SAMPLES / "openai_agents").glob("travel*"), SAMPLES / "bundles" / "mixed.zip", SAMPLE]
    assert {progress.bytes_total for progress in seen} == {sum(file.stat().st_size for file in files)}
