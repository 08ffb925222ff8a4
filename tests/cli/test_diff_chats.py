"""`tracetui diff` over plain chats, one of which goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.command import in_this_process


def asked(number: int, question: str, tool: str, answer: str) -> list[dict[str, Any]]:
    """A user's question, the call of a tool, its result and the answer."""
    function = {"name": tool, "arguments": '{"id": 7}'}
    return [
        {"role": "user", "content": question},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": f"call_{number}", "content": "ok"},
        {"role": "assistant", "content": answer},
    ]


def test_a_conversation_that_went_on_is_no_other_decision_on_the_same_context(tmp_path: Path) -> None:
    first = asked(1, "Where is order 7?", "get_order", "It is shipped.")
    longer = [*first, *asked(2, "Refund it", "refund_order", "Done.")]
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, messages in zip(files, (first, longer), strict=True):
        file.write_text(json.dumps({"messages": messages}))
    for order, steps in ((files, "step 3 of A, step 4 of B"), (files[::-1], "step 4 of A, step 3 of B")):
        done = in_this_process("diff", *order)
        assert done.status == 1
        assert "First divergence: what the model saw already differed" in done.out
        assert f"decided by {steps}" in done.out
        assert "the two are not the same turn: the conversation went on" in done.out
