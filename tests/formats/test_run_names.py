"""A list of runs tells which is which, also where a source names none of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.reading import entries_of
from tracetui.formats import braintrust, generic, mini_swe_agent, swe_agent
from tracetui.formats.run_names import asked_line
from tracetui.model import Span, SpanKind

MINI = [
    {"role": "system", "content": "You fix code."},
    {"role": "user", "content": "Please solve this issue: Division by zero\n\nIt fails."},
    {"role": "assistant", "content": "```bash\nls\n```"},
]
STEP = {"action": "ls", "observation": "a", "response": "look"}


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("\n  How are   you?\nFine", "How are you?"),
        ("word " * 40, f"{'word ' * 15}word …"),
        ({"id": "x1", "question": "Where is it?"}, "Where is it?"),
        ('{"messages":[{"role":"user","content":[{"type":"text","text":"Refund me"}]}]}', "Refund me"),
        ({"id": "x1", "body": "The export crashes"}, "The export crashes"),
        ([[[[[[[[["deep"]]]]]]]]], None),
        ("?", None),
        (None, None),
        (7, None),
    ],
)
def test_what_was_asked_is_one_line(value: Any, line: str | None) -> None:
    assert asked_line(value) == line


def name_of(entries: list[Any]) -> str | None:
    return next(entry.name for entry in entries if isinstance(entry, Span))


def test_runs_are_called_after_their_task() -> None:
    assert name_of(entries_of(mini_swe_agent.FORMAT, *MINI, source="a/run.traj.json")) == "Division by zero"
    named = {"instance_id": "calc-3", "messages": MINI}
    assert name_of(entries_of(mini_swe_agent.FORMAT, named)) == "calc-3"
    gathered = "x/trajs__verified__owner__repo-12.traj"
    assert name_of(entries_of(swe_agent.FORMAT, {"trajectory": [STEP]}, source=gathered)) == "owner__repo-12"
    rows = [{"trace_id": f"t{at}", "question": f"Why {at}?", "duration_ms": 3} for at in range(2)]
    assert [e.name for e in entries_of(generic.FORMAT, *rows) if isinstance(e, Span)] == ["Why 0?", "Why 1?"]


def test_rows_of_braintrust_without_ids_have_short_ones_and_tell_their_calls() -> None:
    row = {"name": "generateText", "input": {"prompt": "x"}, "output": {}}
    about = {"model": "gpt-4o-mini", "provider": "openai.chat"}
    call, root, _ = entries_of(
        braintrust.FORMAT, {**row, "metadata": about}, {**row, "metadata": {}}, source="x" * 200
    )
    assert isinstance(call, Span)
    assert isinstance(root, Span)
    assert (call.kind, root.kind) == (SpanKind.LLM, SpanKind.CHAIN)
    assert len(call.trace_id) < 20
    assert call.trace_id != root.trace_id
