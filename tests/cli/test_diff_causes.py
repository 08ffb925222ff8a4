"""Causes that the card of the first divergence tells, of small runs written for one cause each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cli.command import in_this_process


def said(role: str, words: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": words}]}


@dataclass
class Loop:
    """The run of an agent in a plain export: each call of a tool is asked for by a model call that saw all before."""

    trace: str
    spans: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=lambda: [said("user", "Do it")])
    above: str | None = None
    facts: dict[str, Any] = field(default_factory=lambda: {"model": "m"})

    def __post_init__(self) -> None:
        self.above = self.span("AGENT", "agent")

    def span(self, kind: str, name: str, **columns: Any) -> str:
        at = len(self.spans)
        own = {
            "tracetui": 1,
            "trace_id": self.trace,
            "span_id": f"{self.trace}{at}",
            "kind": kind,
            "name": name,
        }
        above = {"parent_id": self.above} if self.above else {}
        self.spans.append({"status": "ok", "start": 1_773_138_000_000 + at, **own, **above, **columns})
        return f"{self.trace}{at}"

    def answer(self, message: dict[str, Any]) -> Loop:
        self.span("LLM", "chat", input_messages=list(self.messages), output_messages=[message], **self.facts)
        self.messages.append(message)
        return self

    def say(self, words: str) -> Loop:
        return self.answer(said("assistant", words))

    def hear(self, words: str) -> Loop:
        self.messages.append(said("user", words))
        return self

    def call(self, tool: str, result: str, *, status: str = "ok", **arguments: Any) -> Loop:
        return self.calls((tool, arguments, result), status=status)

    def calls(self, *calls: tuple[str, dict[str, Any], str], status: str = "ok") -> Loop:
        """Calls that one answer asks for."""
        ids = [f"{self.trace}c{len(self.spans)}{at}" for at in range(len(calls))]
        given = [
            (one, tool, json.dumps(args), out) for one, (tool, args, out) in zip(ids, calls, strict=True)
        ]
        asked = [
            {"type": "tool_call", "tool_call_id": one, "tool_name": tool, "content": text}
            for one, tool, text, _ in given
        ]
        self.answer({"role": "assistant", "parts": asked})
        for one, tool, text, out in given:
            self.span("TOOL", tool, tool_name=tool, tool_call_id=one, input=text, output=out, status=status)
            result = {"type": "tool_result", "tool_call_id": one, "content": out}
            self.messages.append({"role": "tool", "parts": [result]})
        return self


def compared(folder: Path, a: Loop, b: Loop, *options: str) -> Any:
    """What `tracetui diff --json` says of both runs."""
    paths = []
    for name, run in (("a", a), ("b", b)):
        path = folder / f"{name}.jsonl"
        path.write_text("".join(f"{json.dumps(span)}\n" for span in run.spans))
        paths.append(path)
    return in_this_process("diff", *paths, "--json", *options).json


def cause(folder: Path, a: Loop, b: Loop) -> tuple[str, str]:
    """The cause and the card."""
    found = compared(folder, a, b)["first_divergence"]
    return found["cause"], "\n".join(found["words"])


def test_a_call_that_took_effect_in_one_run_only_gave_another_result(tmp_path: Path) -> None:
    for before in ((), ("look",)):
        runs = []
        for trace, status in (("a", "ok"), ("b", "error")):
            run = Loop(trace)
            for tool in before:
                run.call(tool, "fine")
            runs.append(run.call("book_flight", "fine" if status == "ok" else "boom", status=status, seat=1))
        told, card = cause(tmp_path, runs[0], runs[1].say("Sorry"))
        assert told == "environment"
        assert "failed: boom" in card


def test_a_first_try_that_failed_is_the_same_call_with_another_result(tmp_path: Path) -> None:
    for tool in ("search", "book_flight"):
        a = Loop("a").call(tool, "fine", q=1).say("Done")
        b = Loop("b").call(tool, "boom", status="error", q=1).call(tool, "fine", q=1).say("Done")
        told, card = cause(tmp_path, a, b)
        assert told == "environment"
        assert f'B  step 2 {tool} {{"q": 1}} failed: boom' in card


def test_a_call_made_twice_parts_behind_the_one_that_both_made(tmp_path: Path) -> None:
    a, b = Loop("a").call("book_flight", "ok", seat=1), Loop("b").call("book_flight", "ok", seat=1)
    told, card = cause(tmp_path, a.say("Done"), b.call("book_flight", "ok", seat=1).say("Done"))
    assert told == "decision"
    assert "step 4 book_flight" in card
    assert "same actions up to step 2" in card
    only_b = compared(tmp_path, a, b)["side_effects"]["only_b"]
    assert [deed["step"] for deed in only_b] == [4]
    files = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    against = in_this_process("diff", *files, "--run", "b", "--against", "a", "--json")
    assert (against.status, [deed["step"] for deed in against.json["again"]]) == (1, [4])


def test_the_card_shows_the_only_action_of_a_run_not_the_call_that_asked_for_it(tmp_path: Path) -> None:
    told, card = cause(
        tmp_path, Loop("a").call("book_flight", "ok", seat=1), Loop("b").call("book_flight", "ok", seat=2)
    )
    assert told == "decision"
    assert 'A  step 2 book_flight {"seat": 1}' in card
    assert 'B  step 2 book_flight {"seat": 2}' in card


def test_whoever_spoke_otherwise_first_began_it(tmp_path: Path) -> None:
    def run(trace: str, answer: str, reply: str, tool: str, asked: str = "Do it") -> Loop:
        loop = Loop(trace, messages=[said("user", asked)]).call("get_user", "bob").say(answer)
        return loop.hear(reply).call(tool, "ok")

    may = run("a", "You may change it. Shall I?", "Yes", "update_name")
    told, card = cause(tmp_path, may, run("b", "It cannot be changed.", "A human, then", "cancel_order"))
    assert told == "decision"
    assert "the model's own words differed first" in card
    told, card = cause(tmp_path, may, run("b", "You may change it. Shall I?", "No", "cancel_order"))
    assert (told, "B  before that, user: No" in card) == ("user", True)
    asked = run("b", "You may change it. Shall I?", "Yes", "cancel_order", "Cancel order 7")
    told, card = cause(tmp_path, may, asked)
    assert told == "decision"
    assert "the user's words before it differ" in card
    assert "B  before that, user: Cancel order 7" in card


def test_results_of_other_calls_are_no_other_result(tmp_path: Path) -> None:
    runs = []
    for trace, asked in (("a", "Write notes"), ("b", "List tools")):
        result = {"role": "tool", "parts": [{"type": "tool_result", "content": f"{asked}: done"}]}
        runs.append(Loop(trace, messages=[said("user", asked), result]).call(f"do_{trace}", "ok"))
    told, card = cause(tmp_path, *runs)
    assert told == "user"
    assert "B  before that, user: List tools" in card


def test_what_an_agent_in_a_tool_did_otherwise_comes_before_what_the_tool_gave_back(tmp_path: Path) -> None:
    runs = []
    for trace, key in (("a", 1), ("b", 2)):
        run = Loop(trace).call("ask_expert", f"it is {key}", q=1)
        run.above, run.messages = run.spans[-1]["span_id"], [said("user", "price?")]
        runs.append(run.call("lookup", f"{key}", k=key))
    told, card = cause(tmp_path, *runs)
    assert told == "decision"
    assert 'B  step 4 lookup {"k": 2}' in card


def test_settings_are_told_by_name_and_only_those_that_both_formats_record(tmp_path: Path) -> None:
    runs = []
    for trace, kind, seat in (("a", "kind", 1), ("b", "strict", 2)):
        run = Loop(trace, messages=[said("system", f"You are {kind}"), said("user", "Do it")])
        run.facts |= {
            "model": f"m{seat}",
            "parameters": {"temperature": seat},
            "tools": [{"name": f"t{seat}"}],
        }
        runs.append(run.call("book_flight", "ok", seat=seat))
    found = compared(tmp_path, runs[0], runs[1])
    told = "model m1 → m2, system prompt  You are [-kind-]{+strict+}, tools +t2 −t1, parameters temperature: 1 → 2"
    assert f"differs since B step 1 LLM chat: {told}" in "\n".join(found["first_divergence"]["words"])
    paths = [change["path"] for change in found["steps"][0]["changes"] if change["of"] == "settings"]
    assert paths == ["model", "system", "tools.t2", "tools.t1", "parameters.temperature"]

    asked = {"id": "c1", "type": "function", "function": {"name": "book_flight", "arguments": '{"seat": 3}'}}
    chat = [
        {"role": "user", "content": "Do it"},
        {"role": "assistant", "content": None, "tool_calls": [asked]},
        {"role": "tool", "tool_call_id": "c1", "content": "ok"},
    ]
    (tmp_path / "chat.json").write_text(json.dumps({"messages": chat}))
    done = in_this_process("diff", tmp_path / "a.jsonl", tmp_path / "chat.json", "--json").json
    assert (done["first_divergence"]["cause"], done["differences"]["context"]) == ("decision", 0)
    asked["function"] = {"name": "book_flight", "arguments": '{"seat": 1}'}
    (tmp_path / "chat.json").write_text(json.dumps({"messages": chat}))
    steps = (
        "--steps",
        f"{done['a']}:1",
        f"{in_this_process('runs', tmp_path / 'chat.json', '--json').json[0]['run_id']}:1",
    )
    same = in_this_process("diff", tmp_path / "a.jsonl", tmp_path / "chat.json", *steps)
    assert (same.status, "No difference." in same.out) == (0, True), same.out


def test_tools_whose_schemas_differ_only_in_their_form_are_the_same(tmp_path: Path) -> None:
    schemas = '{"type": "object", "x": 1.0}', '{"x":1,"type":"object"}', '{"x":2,"type":"object"}'
    a, b, c = (
        Loop(trace, facts={"model": "m", "tools": [{"name": "get", "schema": schema}]}).say("Fine")
        for trace, schema in zip("abc", schemas, strict=True)
    )
    assert not compared(tmp_path, a, b)["differs"]
    assert compared(tmp_path, a, c)["differences"]["context"] == 1


def test_calls_of_one_answer_are_in_no_order(tmp_path: Path) -> None:
    calls = ("look", {"k": 1}, "x"), ("look", {"k": 2}, "y")
    a, b = Loop("a").calls(*calls), Loop("b").calls(*reversed(calls))
    assert not compared(tmp_path, a, b)["differs"]
    told, _ = cause(tmp_path, a.call("book_flight", "ok", seat=1), b.call("book_flight", "ok", seat=2))
    assert told == "decision"
    one_by_one = Loop("c").call(calls[0][0], "x", k=1).call(calls[1][0], "y", k=2)
    other_order = Loop("d").call(calls[1][0], "y", k=2).call(calls[0][0], "x", k=1)
    assert compared(tmp_path, one_by_one, other_order)["differs"]


def test_the_user_who_said_the_same_in_other_words_began_nothing(tmp_path: Path) -> None:
    def talk(trace: str, first: str, second: str, seat: int) -> Loop:
        run = Loop(trace, messages=[said("user", first)]).say("What is your number?").hear(second)
        return run.call("book_flight", "ok", seat=seat)

    firsts = "Hi, I want to change my flight", "Hello, I want to change my flight please"
    a = talk("a", firsts[0], "My number is anna_77", 1)
    told, card = cause(tmp_path, a, talk("b", firsts[1], "I do not have the number", 2))
    assert told == "user"
    assert "A  before that, user: My number is anna_77" in card
    told, card = cause(tmp_path, a, talk("c", firsts[1], "My number: anna_77", 2))
    assert told == "decision"
    assert "only wording of the chat differs" in card


def test_of_messages_that_one_run_lost_the_first_is_named(tmp_path: Path) -> None:
    words = "Do it", "in red", "and blue", "by noon"
    whole = Loop("a", messages=[said("user", word) for word in words]).say("Fine")
    rest = Loop("b", messages=[said("user", words[0])]).say("Fine")
    compared(tmp_path, whole, rest)
    told = in_this_process("diff", tmp_path / "a.jsonl", tmp_path / "b.jsonl").out
    assert "−user: “in red” and 2 more" in told
    assert "Aligned: all 2 spans" in told
