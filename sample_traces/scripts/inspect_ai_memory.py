"""Inspect AI: one sample whose store is changed in nested and parallel spans, and what the store held after each.

`own_states_inspect.json` under `tests/memory` is the store when each span ended, as the solver saw it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import anyio
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver
from inspect_ai.util import span, store
from inspect_ai_sdk import FOLDER, says

OWN = Path(__file__).resolve().parents[2] / "tests" / "memory" / "own_states_inspect.json"
SEEN: dict[str, Any] = {}


def seen(name: str) -> None:
    held = store()
    SEEN[name] = json.loads(json.dumps({key: held.get(key) for key in held.keys()}))  # noqa: SIM118 - a Store is no dict


@solver
def count_down() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - what a solver is given
        held = store()
        held.set("left", 10)
        async with span("outer"):
            async with span("inner"):
                for left in (9, 8, 7):
                    held.set("left", left)
                held.set("notes", ["a", "b"])
                held.set("gone", 1)
                held.delete("gone")
                seen("inner")
            held.set("notes", ["b", "c"])
            held.set("plan", {"to": "Venice", "by": {"train": "NJ 466"}})
            seen("outer")
        async with span("forgets"):
            held.delete("left")
            held.set("plan", {"to": "Venice"})
            seen("forgets")
        return state

    return solve


@solver
def in_parallel() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - what a solver is given
        async def write(name: str, first_s: float) -> None:
            async with span(name):
                await anyio.sleep(first_s)
                store().set(name, first_s)
                store().set("last", name)
                await anyio.sleep(0.3)
                seen(name)

        async with anyio.create_task_group() as group:
            group.start_soon(write, "slow", 0.2)
            group.start_soon(write, "quick", 0.1)
        return state

    return solve


def main() -> None:
    work = Path(tempfile.mkdtemp())
    task = Task(
        name="memory_desk", dataset=[Sample(id="m-1", input="Count.", target="done")],
        solver=[count_down(), in_parallel(), generate()],
    )  # fmt: skip
    model = get_model("mockllm/model", custom_outputs=[says("done")])
    run_eval(task, model=model, log_dir=str(work), log_format="json", display="none", log_model_api=False)
    (log,) = work.glob("*.json")
    value = json.loads(log.read_text(encoding="utf-8"))
    value["eval"].pop("revision", None)
    text = json.dumps(value, indent=1, ensure_ascii=False)
    (FOLDER / "memory-desk.json").write_text(text + "\n", encoding="utf-8")
    OWN.write_text(json.dumps(SEEN, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
