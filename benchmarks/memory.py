"""Measure the memory of a long run: `python -m benchmarks.memory`.

A run of 100,000 steps over 200 keys that hold 1 MB together: small keys are written often, big ones seldom. Prints the
size of the database and the milliseconds of processor time of each question, best of several: what others do at the time
counts little. Then how long the Memory view takes to paint the next point, and how many rows keep a long conversation that is
compacted now and then.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random

from benchmarks.bars import Bar
from benchmarks.conversations import conversation
from benchmarks.memory_screen import scrubbed
from tracetui.api import TraceDB
from tracetui.api.memory import MemoryWalk, RunMemory
from tracetui.model import Origin, Span, SpanKind, StateChange, StateOp, Status
from tracetui.reading.lenient import dumps
from tracetui.store.build import Build

_KEYS, _BIG_KEYS, _STATE_BYTES = 200, 20, 1_000_000
_SMALL_BYTES = 200
_WORDS = [
    "order",
    "train",
    "seat",
    "Vienna",
    "Venice",
    "night",
    "price",
    "window",
    "refund",
    "answer",
    "ticket",
    "Friday",
]
_START_NS = 1_790_000_000_000_000_000


def main() -> None:
    """Print figures and bars; exit with 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description="Size and time of the memory of a long run")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=10_000, help="model calls of a conversation; 0: none")
    parser.add_argument("--keys", type=int, default=40, help="keys pressed in the Memory view; 0: none")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        path = _built(folder / "run.duckdb", _spans(chosen.steps))
        print(f"{chosen.steps:,} steps written in {time.perf_counter() - began:.1f} s")
        bars = [Bar("s", "database", path.stat().st_size / 1e6, 12, "MB")]
        own = folder / "own"
        own.mkdir()
        with TraceDB(path, own) as db:
            bars += _questions(db, chosen.steps, chosen.rounds)
            if chosen.keys:
                bars.append(_scrubbing(db, chosen.steps // 2, chosen.keys))
        if chosen.calls:
            bars.append(_context_rows(folder, chosen.calls))
    for bar in bars:
        print(bar.text())
    raise SystemExit(any(not bar.is_reached for bar in bars))


def _built(path: Path, spans: Iterable[Span]) -> Path:
    build = Build(path)
    facts = build.new_source("made", None, "made", None)
    facts.format = "plain"
    for span in spans:
        build.add(span, facts, global_ids=False)
    build.end_source(facts)
    build.finish(lambda: None)
    return build.publish()


def _spans(steps: int) -> Iterator[Span]:
    random = Random(7)
    origin = Origin(None, 0, 0)
    root = Span(
        "run", "root", origin, name="agent", kind=SpanKind.AGENT, status=Status.OK, start_ns=_START_NS
    )
    yield root
    for step in range(1, steps + 1):
        start_ns = _START_NS + step * 1_000_000
        span = Span(
            "run", f"{step:x}", origin, parent_id="root", name="note", kind=SpanKind.TOOL, status=Status.OK
        )
        span.start_ns, span.end_ns = start_ns, start_ns + 900_000
        span.state_changes = tuple(_changes(random, step, span.end_ns))
        yield span


def _changes(random: Random, step: int, at_ns: int) -> Iterator[StateChange]:
    """In the first steps every key is set once; then every fourth step sets one, others read."""
    if step <= _KEYS:
        yield _set(random, step - 1, step, at_ns)
    elif random.random() < 0.25:
        key = random.randrange(_BIG_KEYS) if random.random() < 0.002 else random.randrange(_BIG_KEYS, _KEYS)
        yield _set(random, key, step, at_ns)
    for _ in range(1 + (random.random() < 0.5)):
        yield StateChange(
            StateOp.READ, f"key-{random.randrange(_KEYS)}", actor="agent", at_ns=at_ns, order=step
        )


def _set(random: Random, key: int, step: int, at_ns: int) -> StateChange:
    big_bytes = (_STATE_BYTES - (_KEYS - _BIG_KEYS) * _SMALL_BYTES) // _BIG_KEYS
    size = big_bytes if key < _BIG_KEYS else _SMALL_BYTES
    words = " ".join(random.choices(_WORDS, k=size // 7))
    value = dumps({"version": step, "text": words})
    return StateChange(StateOp.SET, f"key-{key}", value, actor=f"agent-{key % 5}", at_ns=at_ns, order=step)


def _questions(db: TraceDB, steps: int, rounds: int) -> Iterator[Bar]:
    memory = db.memory(db.run().run_id)
    points = memory.points
    middle = steps // 2
    seq, before = memory.at_step(middle), memory.at_step(middle - 1)
    run = db.run().run_id
    print(f"{len(points):,} points, {points[-1].seq:,} changes and reads")
    asked: list[tuple[str, float, Callable[[], object]]] = [
        ("state at a step, values whole", 70, lambda: memory.state(seq)),
        ("state at the end, values whole", 70, lambda: memory.state()),
        ("what one step changed", 5, lambda: memory.changes(before + 1, seq)),
        ("history of a key, reads too", 20, lambda: memory.history("key-100", 120)),
        ("macro state_at", 70, lambda: db.read("FROM state_at(?, 50000)", [run]).rows(0, 500)),
    ]
    for what, limit_ms, ask in asked:
        yield Bar("t", what, _least_ms(ask, rounds), limit_ms, "ms")
    walk = iter(range(middle, middle + rounds))
    held = memory.walk(400)
    held.to(points[middle - 1].seq)
    took_ms = _least_ms(lambda: _shown(memory, held, points[next(walk)].seq), rounds)
    yield Bar("w", "one point on: state and changes as the screen asks for them", took_ms, 16, "ms")


def _scrubbing(db: TraceDB, point: int, keys: int) -> Bar:
    """Wall time counts what others do: the median of it is printed, the bar is on processor time."""
    took = scrubbed(db, point, keys)
    walls, cpus = sorted(each.wall_ms for each in took), sorted(each.cpu_ms for each in took)
    print(
        f"key to painted, wall: median {walls[keys // 2]:.1f} ms, best {walls[0]:.1f} ms, worst {walls[-1]:.1f} ms"
    )
    return Bar("p", "one key in the Memory view, to painted, CPU", cpus[keys // 2], 16, "ms")


def _context_rows(folder: Path, calls: int) -> Bar:
    """Rows that say which messages each call was given, over one row for each call and message; the messages themselves
    stand once either way."""
    spans = conversation(calls)
    flat = sum(len(span.input_messages) + len(span.output_messages) for span in spans)
    path = _built(folder / "calls.duckdb", spans)
    own = folder / "calls"
    own.mkdir()
    with TraceDB(path, own) as db:
        tables = ("message_ranges", "message_lists")
        counts = " + ".join(f"(SELECT count(*) FROM store.{table})" for table in tables)
        kept = int(db.read(f"SELECT {counts}").rows(0, 1)[0][0])  # our own names
        changes = db.read("SELECT change, count(*) FROM context_changes GROUP BY ALL ORDER BY ALL").rows(0, 9)
    told = ", ".join(f"{count:,} {change}" for change, count in changes)
    print(f"{calls:,} model calls: {flat:,} messages given and got, {kept:,} rows kept; {told}")
    return Bar("c", "flat rows over rows kept of what calls were given", flat / kept, 50, at_least=True)


def _shown(memory: RunMemory, held: MemoryWalk, seq: int) -> object:
    return held.to(seq), memory.changes(seq - 1, seq, 400)


def _least_ms(ask: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.process_time()
        ask()
        took.append((time.process_time() - began) * 1000)
    return min(took)


if __name__ == "__main__":
    main()
