"""Measure tasks in fresh processes, best of several, taking turns so that noise meets all alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracetui.workers.load import worker_environment

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Task:
    """A task by name with its arguments; `{folder}` stands for an empty folder of its own. `module` holds it."""

    name: str
    arguments: tuple[str, ...]
    module: str = "benchmarks.tasks"


@dataclass(frozen=True, slots=True)
class Measured:
    """The best of the rounds: wall and CPU seconds and other figures at their least, memory at its most."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    figures: dict[str, Any]


def measure(tasks: Sequence[Task], rounds: int, folder: Path) -> list[Measured]:
    """All tasks, one after another, as often as asked for."""
    found: list[list[Measured]] = [[] for _ in tasks]
    for _ in range(rounds):
        for at, task in enumerate(tasks):
            found[at].append(_once(task, folder))
    return [_best(row) for row in found]


def _once(task: Task, folder: Path) -> Measured:
    with tempfile.TemporaryDirectory(dir=folder) as own:
        arguments = [argument.replace("{folder}", own) for argument in task.arguments]
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [sys.executable, "-m", task.module, task.name, *arguments], stdout=output, cwd=ROOT,
                env=worker_environment(),
            )  # fmt: skip
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise RuntimeError(f"{task.name} ended with status {process.returncode}")
            output.seek(0)
            figures = json.loads(output.read())
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured(figures.pop("wall_s"), figures.pop("cpu_s"), peak, figures)


def _best(rows: Sequence[Measured]) -> Measured:
    return Measured(
        min(row.wall_s for row in rows),
        min(row.cpu_s for row in rows),
        max(row.peak_bytes for row in rows),
        {name: _least([row.figures[name] for row in rows]) for name in rows[-1].figures},
    )


def _least(values: Sequence[Any]) -> Any:
    return min(values) if all(isinstance(value, int | float) for value in values) else values[-1]
