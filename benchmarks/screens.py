"""What is measured of the interface; tasks like those of `benchmarks.tasks`.

Keys are pressed headless at 120×40, so that the figures are CPU time of the program alone.
"""

from __future__ import annotations

import asyncio
import compileall
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

import tracetui
from benchmarks.empty import EmptyApp
from benchmarks.tasks import Figures
from tracetui.model import SpanKind, Status
from tracetui.read_model import Tree
from tracetui.tui.widgets.span_tree import SpanTree

_SIZE = (120, 40)
_KEYS = 200
_WARM_UP = 30
_PATIENCE_S = 60.0
_QUERIES = 20


class TreeApp(App[None]):
    """The tree of a run and nothing else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cursor_down", show=False),
        Binding("pagedown", "page_down", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield SpanTree()

    def action_cursor_down(self) -> None:
        """As the run view does."""
        tree = self.query_one(SpanTree)
        tree.move_to(tree.cursor_row + 1)

    def action_page_down(self) -> None:
        """As the run view does."""
        tree = self.query_one(SpanTree)
        tree.move_to(tree.cursor_row + _SIZE[1] - 1)


def synthetic_tree(nodes: int) -> Tree:
    """A root with calls, each with a few tools below it."""
    depths = array("i", [0, *((1 if at % 5 == 0 else 2) for at in range(nodes - 1))])
    ends = array("i", [nodes, *((min(at + 6, nodes) if at % 5 == 0 else at + 2) for at in range(nodes - 1))])
    kinds = [SpanKind.LLM if depth == 1 else SpanKind.TOOL for depth in depths]
    labels = [f"search_flights {number}" for number in range(64)]
    label = array("i", [at % 61 for at in range(nodes)])
    starts = array("q", range(0, nodes * 1_000_000, 1_000_000))
    return Tree(
        run_id="r", span_key=array("q", range(nodes)), depth=depths, end=ends, start_ns=starts,
        end_ns=array("q", [start + 900_000 for start in starts]), kind=kinds, status=[Status.OK] * nodes,
        step=array("i", range(nodes)), tokens=array("q", [5]) * nodes,
        label=label, labels=labels, operation=label, slow=frozenset(), synthetic=frozenset(), failed=0,
    )  # fmt: skip


def keys(which: str, nodes: str, key: str) -> Figures:
    """CPU milliseconds of one key press, in the empty app or in a tree."""
    app: App[None] = EmptyApp() if which == "empty" else TreeApp()

    async def press() -> Figures:
        async with app.run_test(size=_SIZE) as pilot:
            if isinstance(app, TreeApp):
                app.query_one(SpanTree).show(synthetic_tree(int(nodes)))
                app.query_one(SpanTree).open_everything()
            await pilot.press(*[key] * _WARM_UP)
            used, began = time.process_time(), time.perf_counter()
            await pilot.press(*[key] * _KEYS)
            cpu_s = time.process_time() - used
            return {"wall_s": time.perf_counter() - began, "cpu_s": cpu_s, "ms_per_key": cpu_s * 1000 / _KEYS}

    return asyncio.run(press())


def folds(nodes: str) -> Figures:
    """CPU milliseconds of opening and closing everything, drawn."""
    app = TreeApp()

    async def fold() -> Figures:
        async with app.run_test(size=_SIZE) as pilot:
            tree = app.query_one(SpanTree)
            tree.show(synthetic_tree(int(nodes)))
            figures: Figures = {"wall_s": 0.0, "cpu_s": 0.0}
            for name, act in (("open_ms", tree.open_everything), ("close_ms", tree.close_everything)):
                await pilot.pause()
                used = time.process_time()
                act()
                await pilot.pause()
                figures[name] = (time.process_time() - used) * 1000
            return figures

    return asyncio.run(fold())


def reopen(database: str) -> Figures:
    """From an imported duckdb to the first 200 runs of a kept database; then the same question again."""
    import duckdb  # noqa: F401 - loaded here so that it is not measured

    from tracetui.api.db import TraceDB
    from tracetui.store import reads  # noqa: F401 - loaded here so that it is not measured

    used, began = time.process_time(), time.perf_counter()
    with TraceDB(Path(database), Path(tempfile.mkdtemp())) as db:
        db.runs(limit=200)
        figures: Figures = {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - used}
        took = []
        for _ in range(_QUERIES):
            asked = time.perf_counter()
            db.runs(limit=200)
            took.append(time.perf_counter() - asked)
    return {**figures, "runs_ms": median(took) * 1000}


def until(marker: str, *command: str) -> Figures:
    """Seconds until a program in a terminal has written a text; it gets a cache folder of its own."""
    with tempfile.TemporaryDirectory() as cache:
        return until_in(cache, marker, *command)


def until_in(cache: str, marker: str, *command: str) -> Figures:
    """As `until`, with the databases that this cache folder keeps.

    The package is compiled before, as pip does when it installs one.
    """
    compileall.compile_dir(str(Path(tracetui.__file__).parent), quiet=2)
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", TRACETUI_CACHE=cache)
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, *command])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _SIZE[1], _SIZE[0], 0, 0))
    try:
        return {"wall_s": _wait_for(marker.encode(), terminal), "cpu_s": _cpu_seconds(process)}
    finally:
        os.kill(process, signal.SIGTERM)
        _read_to_the_end(terminal)
        os.waitpid(process, 0)
        os.close(terminal)


def fill_cache(cache: str, path: str) -> Figures:
    """Load a file as the interface does, so that the cache folder keeps its database."""
    os.environ["TRACETUI_CACHE"] = cache
    used, began = time.process_time(), time.perf_counter()
    with tracetui.open(path) as db:
        runs = db.run_count()
    return {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - used, "runs": runs}


def _wait_for(marker: bytes, terminal: int) -> float:
    began, seen = time.perf_counter(), b""
    while marker not in seen:
        left = _PATIENCE_S - (time.perf_counter() - began)
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            raise TimeoutError(f"{marker!r} did not appear")
        seen += os.read(terminal, 65_536)
    return time.perf_counter() - began


def _read_to_the_end(terminal: int) -> None:
    """Take what a program still writes: it would wait for that."""
    try:
        while os.read(terminal, 65_536):
            pass
    except OSError:  # how Linux says that the other side is closed
        return


def _cpu_seconds(process: int) -> float:
    """What all threads of a process have used; 0 where the system does not tell (only Linux does)."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def imports_before_frame() -> Figures:
    """Which of the heavy modules the interface loads before it can draw."""
    code = "import sys, tracetui.tui.app; print([m for m in ('duckdb', 'pyarrow') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {"wall_s": 0.0, "cpu_s": 0.0, "loaded": found.stdout.strip()}


TASKS: Mapping[str, Callable[..., Figures]] = {
    task.__name__: task for task in (keys, folds, reopen, until, until_in, fill_cache, imports_before_frame)
}


if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
