"""What can be copied of a step or a run: the original text, never the displayed one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from tracetui.read_model import Run, SpanDetail, Tree
from tracetui.reading.lenient import dumps


@dataclass(frozen=True, slots=True)
class Copy:
    """One thing to copy: the letter that chooses it, what it is called, and the text."""

    key: str
    title: str
    text: str


def step_copies(detail: SpanDetail, tree: Tree, paths: Sequence[str], value: str | None) -> list[Copy]:
    """The yank menu of a step; `value` is the text under the cursor of the detail pane, if any."""
    found = [
        Copy("v", "value", value if value is not None else main_value(detail)),
        Copy("i", "span id", detail.span_id),
        Copy("r", "run id", detail.run_id),
        Copy("p", "path", path_of(tree, detail.position)),
        Copy("j", "JSON", detail.raw if detail.raw is not None else detail_json(detail)),
        Copy("m", "Markdown", step_markdown(detail)),
        Copy("c", "command", show_command(paths, detail.run_id, detail.step)),
    ]
    return [copy for copy in found if copy.text]


def run_copies(run: Run, paths: Sequence[str]) -> list[Copy]:
    """The yank menu of a run in the list."""
    found = [
        Copy("v", "error", run.error_message or ""),
        Copy("i", "run id", run.run_id),
        Copy("n", "name", run.name),
        Copy("c", "command", show_command(paths, run.run_id, None)),
    ]
    return [copy for copy in found if copy.text]


def main_value(detail: SpanDetail) -> str:
    """The output, else the error, else the input."""
    return detail.output or detail.error_message or detail.input or ""


def path_of(tree: Tree, position: int) -> str:
    """Names from the root down: `travel-agent / chat / search_flights`."""
    names: list[str] = []
    wanted = tree.depth[position]
    for above in range(position, -1, -1):
        if tree.depth[above] == wanted:
            names.append(tree.labels[tree.label[above]])
            wanted -= 1
        if wanted < 0:
            break
    return " / ".join(reversed(names))


def show_command(paths: Sequence[str], run_id: str, step: int | None) -> str:
    """The command line that prints the same step or run."""
    words = ["tracetui", "show", *paths, "--run", run_id]
    if step:
        words += ["--step", str(step)]
    return shlex.join(words)


def detail_json(detail: SpanDetail) -> str:
    """A step as JSON where the original record is not at hand."""
    return dumps(
        {
            "run_id": detail.run_id,
            "span_id": detail.span_id,
            "parent_id": detail.parent_id,
            "name": detail.name,
            "kind": detail.kind.value,
            "status": detail.status.value,
            "error_type": detail.error_type,
            "error_message": detail.error_message,
            "start_ns": detail.start_ns,
            "end_ns": detail.end_ns,
            "input": detail.input,
            "output": detail.output,
            "attributes": detail.attributes,
        }
    )


def step_markdown(detail: SpanDetail) -> str:
    """A step as Markdown: a heading, the error, the conversation or else input and output, each in a fence."""
    step = f"step {detail.step}: " if detail.step else ""
    parts = [f"## {step}{detail.kind.value.lower()} {detail.name} ({detail.status.value})"]
    if detail.error_type or detail.error_message:
        parts.append(f"**Error** {detail.error_type or ''}\n\n{fenced(detail.error_message or '')}")
    texts = [(view.message.role, part.content) for view in detail.messages for part in view.message.parts]
    if not texts:
        texts = [("input", detail.input), ("output", detail.output)]
    parts += [f"### {title}\n\n{fenced(text)}" for title, text in texts if text]
    return "\n\n".join(parts) + "\n"


def fenced(text: str) -> str:
    """The text in a code fence longer than any inside it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
