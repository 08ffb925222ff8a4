"""`tracetui diff` over plain chats, one of which goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.command import in_this_process


def test_good_runs_are_trials_of_the_same_task(samples: Path) -> None:
    asked_for = ("diff", samples / "tau_bench", "--run", "5beb", "--json", "--against-same")
    for same in ("name", "task"):
        found = in_this_process(*asked_for, same).json
        assert found["against"] == ["1ea277f8d341ceaf7b28600262ff6dbb"]
    assert in_this_process(*asked_for, "session").status == 2


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


def test_of_a_conversation_that_went_on_it_is_told_what_the_user_said(tmp_path: Path) -> None:
    first = asked(1, "Where is order 7?", "get_order", "It is shipped.")
    longer = [*first, *asked(2, "Refund it", "refund_order", "Done.")]
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, messages in zip(files, (first, longer), strict=True):
        file.write_text(json.dumps({"messages": messages}))
    for order, steps, told in ((files, [3, 4], {"a": None, "b": "Refund it"}), (files[::-1], [4, 3], None)):
        found = in_this_process("diff", *order, "--json")
        assert found.status == 1
        assert found.json["first_divergence"]["cause"] == "user"
        assert found.json["first_divergence"]["decided_by_steps"] == steps
        assert found.json["first_divergence"]["origin"] == (told or {"a": "Refund it", "b": None})


def test_what_one_run_did_later_is_no_reason_for_what_the_other_did_first(tmp_path: Path) -> None:
    """A looks up the user before it refunds, B at once: both decided in their second answer."""
    asked_for = [
        *asked(1, "Where is order 7?", "get_order", "It is shipped."),
        *asked(2, "Refund it", "get_user", "You are Ann."),
        *asked(3, "Yes", "refund_order", "Done."),
    ]
    at_once = [*asked_for[:4], *asked(2, "Refund 7 at once", "refund_order", "Done.")]
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, messages in zip(files, (asked_for, at_once), strict=True):
        file.write_text(json.dumps({"messages": messages}))
    found = in_this_process("diff", *files, "--json").json["first_divergence"]
    assert (found["cause"], found["decided_by_steps"]) == ("user", [4, 4])
    assert found["origin"] == {"a": "Refund it", "b": "Refund 7 at once"}
