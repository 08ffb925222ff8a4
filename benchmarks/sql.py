"""Measure SQL on many spans: `python -m benchmarks.sql FILE`, such as one that benchmarks.generate wrote, or a kept database.

Prints milliseconds of wall and of processor time of each question, best of several, and how long a pane is unusable
after a runaway statement is cancelled. Then what a key takes in a result of 10,000,000 rows, and where payloads are loaded how
long a text is looked for in all of them, over `grep` of the sources. Of a source that is only indexed, columns of payloads
are left out.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import tracetui
from benchmarks.bars import Bar
from benchmarks.sql_screen import median_ms, walked
from tracetui.api import LoadOptions, TraceDB
from tracetui.errors import InterruptedByUser
from tracetui.sql.questions import question
from tracetui.workers.queries import QuerySession

_LIST_MS = 100
_FIRST_ROWS_MS = 50
_CANCEL_MS = 1_000
_PAGE_ROWS = 200
_GRID_ROWS, _GRID_KEYS, _PAINT_MS = 10_000_000, 40, 16
_WANTED, _OVER_GREP = "no such words anywhere", 4
_PAYLOADS = "input, output, attributes, resource, scope, tags, metadata"
_RUNAWAYS = (
    "SELECT count(*) FROM spans AS a, spans AS b WHERE a.name < b.name",
    "SELECT count(*) FROM spans AS a JOIN spans AS b USING (kind) JOIN spans AS c USING (kind)",
    "SELECT max(md5(repeat(x::VARCHAR, 1000))) FROM range(1000000000) AS t(x)",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
)


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds at their best."""

    wall_ms: float
    cpu_ms: float


def main() -> None:
    """Print figures and bars; exit with 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description="Time of questions to many spans")
    parser.add_argument("path")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tracetui.open(chosen.path, options=LoadOptions(stage="tree")) as db:
        db.reprice()
        print(
            f"{sum(source.spans for source in db.sources()):,} spans in {db.run_count():,} runs, {db.stage}"
        )
        bars = [*_screens(db, chosen.rounds), *_pane(db, chosen.rounds), _grid(db), *_text(db, chosen.rounds)]
    for bar in bars:
        print(bar.text())
    raise SystemExit(0 if all(bar.is_reached for bar in bars) else 1)


def _screens(db: TraceDB, rounds: int) -> list[Bar]:
    """What our own queries take, in this process."""
    signatures = question("error_signatures")
    asked: list[tuple[str, Callable[[], object]]] = [
        ("runs list", lambda: db.runs(limit=_PAGE_ROWS)),
        ("cost by model and day", lambda: db.costs(("model", "day"))),
        ("the same as a question", lambda: _all(db, question("cost_by_day_and_model").text)),
        ("error clusters", lambda: _all(db, signatures.text.replace("$runs", "1"))),
    ]
    bars = []
    for name, ask in asked:
        took = _best(ask, rounds)
        bars += [
            Bar("wall", name, took.wall_ms, _LIST_MS, "ms"),
            Bar("cpu", name, took.cpu_ms, 2 * _LIST_MS, "ms"),
        ]
    return bars


def _all(db: TraceDB, query: str) -> object:
    found = db.read(query)
    return found.rows(0, found.row_count)


def _pane(db: TraceDB, rounds: int) -> list[Bar]:
    """What a person waits for in the SQL view, whose statements run in a process of their own."""
    columns = "*" if db.stage == "full" else f"* EXCLUDE ({_PAYLOADS})"
    session = db.open_queries(keeps_spare=True)
    session.run("SELECT 1")
    first = _best(partial(_first_rows, session, f"SELECT {columns} FROM spans"), rounds)
    bars = [
        Bar("wall", f"first rows of SELECT {columns[:9]} FROM spans", first.wall_ms, _FIRST_ROWS_MS, "ms")
    ]
    slowest = max(_after_cancel_ms(session, query) for query in _RUNAWAYS)
    return [*bars, Bar("wall", "cancel to a usable pane", slowest, _CANCEL_MS, "ms")]


def _grid(db: TraceDB) -> Bar:
    """Wall time counts what others do: the median of it is printed, the bar is on processor time."""
    took = walked(db, _GRID_ROWS, _GRID_KEYS)
    print(f"grid, key to painted, wall: median {median_ms([each.wall_ms for each in took]):.1f} ms")
    cpu_ms = median_ms([each.cpu_ms for each in took])
    return Bar("cpu", f"key to painted in a result of {_GRID_ROWS:,} rows", cpu_ms, _PAINT_MS, "ms")


def _text(db: TraceDB, rounds: int) -> list[Bar]:
    """A text that nothing holds, so that everything is looked through, in any case of letters."""
    paths = [source.source for source in db.sources() if Path(source.source).is_file()]
    if db.stage != "full" or not paths:
        return []
    ours = _best(lambda: db.run_count(f'text:"{_WANTED}"'), rounds)
    walls = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run(["grep", "-ciF", _WANTED, *paths], stdout=subprocess.DEVNULL, check=False)
        walls.append(time.perf_counter() - began)
    print(f"text in all payloads: {ours.wall_ms:,.0f} ms wall, {ours.cpu_ms:,.0f} ms CPU")
    return [Bar("12", "text in all payloads over grep -iF", ours.wall_ms / 1e3 / min(walls), _OVER_GREP)]


def _first_rows(session: QuerySession, query: str) -> None:
    result = session.start(query)
    result.wait_for_columns()
    result.cells(0, 50)
    result.cancel()
    result.close()


def _after_cancel_ms(session: QuerySession, query: str) -> float:
    running = session.start(query)
    time.sleep(1)
    began = time.perf_counter()
    running.cancel()
    session.run("SELECT 1").close()
    try:
        running.wait()
    except InterruptedByUser:
        return (time.perf_counter() - began) * 1e3
    raise RuntimeError(f"it was over before it was cancelled: {query}")


def _best(ask: Callable[[], object], rounds: int) -> Took:
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        ask()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    return Took(min(walls), min(cpus))


if __name__ == "__main__":
    main()
