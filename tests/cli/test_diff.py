"""`tracetui diff` as a user runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import in_this_process
from tests.cli.traces import HOSTILE, hostile_file, otlp_file, span

OTHER_TRACE = "1af7651916cd43dd8448eb211c80319c"
MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "Please book the flight to Lisbon"}]}]


def chat(number: int, trace_id: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.input.messages": json.dumps(messages),
    }
    return span(number, "chat m", 1, attributes, trace_id=trace_id)


def tool(
    number: int, name: str, arguments: dict[str, Any], trace_id: str, result: str = "done"
) -> dict[str, Any]:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.arguments": json.dumps(arguments),
        "gen_ai.tool.call.result": result,
    }
    return span(number, f"execute_tool {name}", 1, attributes, trace_id=trace_id)


def a_run(trace_id: str, *below: dict[str, Any]) -> list[dict[str, Any]]:
    root = span(1, "invoke_agent a", attributes={"gen_ai.operation.name": "invoke_agent"}, trace_id=trace_id)
    return [root, *below]


def two_runs(folder: Path, *, seat: int = 4, result: str = "done", messages: Any = MESSAGES) -> list[Path]:
    first = a_run(
        "a" * 32,
        chat(2, "a" * 32, MESSAGES),
        tool(3, "get_flights", {"to": "LIS", "request_id": "r1"}, "a" * 32),
        tool(4, "book_flight", {"flight": "TP1", "seat": 4}, "a" * 32),
    )
    second = a_run(
        "b" * 32,
        chat(2, "b" * 32, messages),
        tool(3, "get_flights", {"to": "LIS", "request_id": "r2"}, "b" * 32, result),
        tool(4, "book_flight", {"flight": "TP1", "seat": seat}, "b" * 32),
    )
    return [otlp_file(folder / "a.jsonl", first), otlp_file(folder / "b.jsonl", second)]


def test_equal_runs_of_two_files_do_not_differ(tmp_path: Path) -> None:
    done = in_this_process("diff", *two_runs(tmp_path))
    assert (done.status, done.err) == (0, "")
    assert "No divergence" in done.out
    assert in_this_process("diff", *two_runs(tmp_path), "--keep-volatile").status == 1


def test_times_that_a_call_with_side_effects_was_given_count_unless_generated(tmp_path: Path) -> None:
    def files(name: str, *given: dict[str, Any]) -> list[Path]:
        found = []
        for letter, arguments in zip("ab", given, strict=True):
            spans = a_run(letter * 32, tool(2, name, arguments, letter * 32))
            found.append(otlp_file(tmp_path / f"{name}-{letter}.jsonl", spans))
        return found

    times = ({"start_time": "10:00"}, {"start_time": "15:00"})
    event = in_this_process("diff", *files("create_calendar_event", *times), "--json")
    assert (event.status, event.json["left_out"]) == (1, [])
    assert len(event.json["side_effects"]["only_b"]) == 1
    assert (
        in_this_process("diff", *files("create_calendar_event", *times), "--ignore", "start_time").status == 0
    )
    assert (
        in_this_process("diff", *files("create_calendar_event", *times), "--steps", "aa:1", "bb:1").status
        == 1
    )
    read = in_this_process("diff", *files("get_events", *times))
    assert read.status == 0
    assert "Left out of values: start_time" in read.out.splitlines()
    stamps = ({"session_id": "a" * 32, "ts": 1_767_225_600}, {"session_id": "b" * 32, "ts": 1_767_225_999})
    assert in_this_process("diff", *files("send_mail", *stamps)).status == 0


def test_other_arguments_on_the_same_context_are_a_decision(tmp_path: Path) -> None:
    done = in_this_process("diff", *two_runs(tmp_path, seat=5), "--json", "--runs", "aaaa", "bbbb")
    assert done.status == 1
    assert done.json["first_divergence"]["cause"] == "decision"
    assert done.json["first_divergence"]["b_step"] == 3
    effects = done.json["side_effects"]
    assert [deed["arguments"] for deed in (*effects["only_a"], *effects["only_b"])] == [
        '{"flight":"TP1","seat":4}',
        '{"flight":"TP1","seat":5}',
    ]
    step = done.json["steps"][0]
    assert (len(done.json["steps"]), step["levels"]) == (1, ["side-effects", "actions"])
    assert step["arguments"]["b"] == '{"flight": "TP1", "seat": 5}'
    change = {"of": "arguments", "change": "changed", "path": "seat", "before": 4, "after": 5}
    assert step["changes"] == [change]
    assert in_this_process("diff", *two_runs(tmp_path, seat=5), "--ignore", "vat, seat").status == 0


def test_another_context_and_another_result_are_told_apart(tmp_path: Path) -> None:
    longer = [*MESSAGES, {"role": "user", "parts": [{"type": "text", "content": "Seat five, please"}]}]
    context = in_this_process("diff", *two_runs(tmp_path, seat=5, messages=longer), "--json")
    assert context.json["first_divergence"]["cause"] == "user"
    assert context.json["first_divergence"]["origin"]["b"] == "Seat five, please"
    environment = in_this_process("diff", *two_runs(tmp_path, result="none left"), "--json")
    assert environment.json["first_divergence"]["cause"] == "environment"
    assert environment.json["differences"]["environment"] == 1


def test_other_words_of_another_run_were_not_taken_out_of_this_one(tmp_path: Path) -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": words}]} for words in ("A", "B", "C", "D")]
    first = a_run("a" * 32, chat(2, "a" * 32, [*MESSAGES, *said]), tool(3, "book_flight", {}, "a" * 32))
    second = a_run("b" * 32, chat(2, "b" * 32, [*MESSAGES, said[3]]), tool(3, "book_hotel", {}, "b" * 32))
    files = [otlp_file(tmp_path / "a.jsonl", first), otlp_file(tmp_path / "b.jsonl", second)]
    for options in ((), ("--steps", "aa:1", "bb:1")):
        done = in_this_process("diff", *files, *options).out
        assert not any(word in done for word in ("truncated", "compacted", "cache"))
    assert "−3 left (" in done


def test_what_an_agent_writes_to_itself_is_wording(tmp_path: Path) -> None:
    files = [
        otlp_file(
            tmp_path / f"{letter}.jsonl", a_run(letter * 32, tool(2, "think", {"t": words}, letter * 32))
        )
        for letter, words in (("a", "first this"), ("b", "nothing else"))
    ]
    done = in_this_process("diff", *files, "--json", "--level", "wording").json
    assert (done["first_divergence"], [step["levels"] for step in done["steps"]]) == (None, [["wording"]])
    assert in_this_process("diff", *files, "--writes", "think").status == 1
    assert in_this_process("diff", *files, "--run", "bb", "--against", "aa").status == 0


@pytest.mark.parametrize(
    ("ours", "theirs", "cause", "told"),
    [
        (("hi", "4 left", ()), ("hello", "4 left", ()), "decision", "the user's words before it differ"),
        (("hi", "4 left", ()), ("hi", "none", ()), "environment", "the model was given another result"),
        (
            ("hi", "4 left", ("user", "Yes")),
            ("hi", "4 left", ("user", "No")),
            "user",
            "  B  before that, user: No",
        ),
        (("hi", "4 left", ()), ("hi", "4 left", ("assistant", "Hm")), "decision", "own words differed first"),
    ],
)
def test_what_in_another_prompt_began_it(
    tmp_path: Path, ours: tuple[str, str, Any], theirs: tuple[str, str, Any], cause: str, told: str
) -> None:
    files = []
    for letter, (said, result, last) in (("a", ours), ("b", theirs)):
        asked = {"type": "tool_call", "id": "c1", "name": "get_seats", "arguments": {"flight": "TP1"}}
        prompt: list[dict[str, Any]] = [
            {"role": "user", "parts": [{"type": "text", "content": said}]},
            {"role": "assistant", "parts": [asked]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": result}]},
        ]
        if last:
            prompt.append({"role": last[0], "parts": [{"type": "text", "content": last[1]}]})
        spans = a_run(letter * 32, chat(2, letter * 32, prompt), tool(3, "book", {"as": letter}, letter * 32))
        files.append(otlp_file(tmp_path / f"{letter}.jsonl", spans))
    assert in_this_process("diff", *files, "--json").json["first_divergence"]["cause"] == cause
    assert told in in_this_process("diff", *files).out


def test_what_was_lost_from_a_prompt_is_another_context(tmp_path: Path) -> None:
    words = ("never", "look", "go")
    first, kept, last = ({"role": "user", "parts": [{"type": "text", "content": word}]} for word in words)
    files = []
    for letter, prompt in (("a", [first, kept, last]), ("b", [kept, last])):
        calls = [chat(2, letter * 32, [first, kept]), chat(3, letter * 32, prompt)]
        spans = a_run(letter * 32, *calls, tool(4, "book", {"as": letter}, letter * 32))
        files.append(otlp_file(tmp_path / f"{letter}.jsonl", spans))
    assert in_this_process("diff", *files, "--json").json["first_divergence"]["cause"] == "context"


def test_a_message_that_one_model_did_not_see_is_a_difference_of_context(tmp_path: Path) -> None:
    first, last = ({"role": "user", "parts": [{"type": "text", "content": word}]} for word in ("never", "go"))
    own = {"role": "assistant", "parts": [{"type": "text", "content": "Fine"}]}
    files = []
    for letter, prompt in (("a", [first, own, last]), ("b", [last]), ("c", [first, last])):
        calls = [chat(2, letter * 32, [first]), chat(3, letter * 32, prompt), chat(4, letter * 32, prompt)]
        files.append(otlp_file(tmp_path / f"{letter}.jsonl", a_run(letter * 32, *calls)))
    lost = in_this_process("diff", *files[:2], "--json")
    assert (lost.status, lost.json["first_divergence"]) == (1, None)
    assert [(step["b_step"], step["levels"]) for step in lost.json["steps"]] == [(2, ["context", "wording"])]
    assert "What the model saw differs first at B step 2 LLM" in in_this_process("diff", *files[:2]).out
    assert in_this_process("diff", files[0], files[2]).status == 0  # what the model said itself is wording


def test_the_level_decides_the_exit_status(tmp_path: Path) -> None:
    files = two_runs(tmp_path, result="none left")
    assert [
        in_this_process("diff", *files, "--level", level).status for level in ("actions", "environment")
    ] == [0, 1]


def test_readable_and_markdown_output_begin_with_the_divergence(tmp_path: Path) -> None:
    files = two_runs(tmp_path, seat=5)
    readable = in_this_process("diff", *files).out
    assert readable.index("First divergence: the model saw the same context") < readable.index(
        "Side effects: 0 the same"
    )
    assert "step 3 book_flight" in readable
    assert '  B  step 3 book_flight {"flight": "TP1", "seat": 5}' in readable.splitlines()
    assert "side-effects, actions · seat: 4 → 5" in readable
    assert 'same actions up to step 2: get_flights {"to": "LIS", "request_id": "r2"}' in readable
    markdown = in_this_process("diff", *files, "--markdown").out.splitlines()
    assert markdown[0] == "### Runs compared"
    book = "`step 3 TOOL book_flight`"
    assert f"| ~ | {book} | {book} | side-effects, actions | `seat: 4 → 5` |" in markdown
    assert '| only in B | `step 3 book_flight {"flight":"TP1","seat":5}` |' in markdown


def test_two_models_are_compared_call_by_call_at_their_prices_in_the_order_of_the_paths(
    tmp_path: Path,
) -> None:
    def by(model: str, letter: str) -> Path:
        told = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.response.model": f"{model}-2025-04-14",
            "gen_ai.input.messages": json.dumps(MESSAGES),
            "gen_ai.usage.input_tokens": "1000",
            "gen_ai.usage.output_tokens": "10",
        }
        calls = [span(at, f"chat {model}", 1, told, trace_id=letter * 32) for at in (2, 3)]
        return otlp_file(tmp_path / f"{letter}.jsonl", a_run(letter * 32, *calls))

    prices = tmp_path / "prices.toml"
    prices.write_text('[[model]]\nmodel = "*"\ninput = 1\noutput = 2\n', encoding="utf-8")
    files = by("two", "b"), by("one", "a")
    done = in_this_process("diff", *files, "--prices", prices, "--json")
    assert (done.json["a"], done.json["b"]) == ("b" * 32, "a" * 32)
    assert (done.status, done.json["totals"]["paired_spans"]) == (1, 3)
    assert [(step["a_step"], step["levels"]) for step in done.json["steps"]] == [(1, ["context"])]
    assert all(done.json["totals"][side]["cost_usd"] for side in "ab")


def test_what_is_not_listed_is_called_the_same_only_where_it_is(tmp_path: Path) -> None:
    longer = [*MESSAGES, {"role": "user", "parts": [{"type": "text", "content": "Seat five, please"}]}]
    done = in_this_process("diff", *two_runs(tmp_path, seat=5, messages=longer), "--level", "environment")
    assert "      … 2 the same, 1 differs below environment" in done.out.splitlines()


def test_the_context_did_not_begin_to_differ_at_a_root_that_ended_otherwise(tmp_path: Path) -> None:
    longer = [*MESSAGES, {"role": "critic", "parts": [{"type": "text", "content": "Seat five, please"}]}]
    files = []
    for letter, said, seat in (("a", MESSAGES, 4), ("b", longer, 5)):
        root, *_ = a_run(letter * 32)
        answer = [{"role": "assistant", "parts": [{"type": "text", "content": f"Booked seat {seat}"}]}]
        told = span(
            1,
            root["name"],
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.output.messages": json.dumps(answer),
            },
            trace_id=letter * 32,
        )
        below = [
            chat(2, letter * 32, said),
            tool(3, "book_flight", {"flight": "TP1", "seat": seat}, letter * 32),
        ]
        files.append(otlp_file(tmp_path / f"{letter}.jsonl", [told, *below]))
    done = in_this_process("diff", *files, "--level", "wording").out.splitlines()
    assert any("AGENT invoke_agent a" in line and "wording" in line for line in done)
    first = next(line for line in done if "differs since" in line)
    assert first.strip().startswith("differs since B step 1 LLM chat m: +critic: “Seat five, please”")


def test_runs_that_share_no_model_call_are_not_said_to_lack_a_record(tmp_path: Path) -> None:
    files = [
        otlp_file(tmp_path / f"{letter}.jsonl", a_run(letter * 32, tool(2, name, {"to": "LIS"}, letter * 32)))
        for letter, name in (("a", "get_flights"), ("b", "get_seats"))
    ]
    done = in_this_process("diff", *files)
    assert "First divergence: no model call that both runs made stands before it" in done.out.splitlines()
    assert "there is 1 run; two are compared" in in_this_process("diff", files[0]).err


def numbered(trace_id: str, number: int) -> dict[str, Any]:
    return {**a_run(trace_id)[0], "name": f"task {number}"}


def test_names_are_those_of_the_trace_and_figures_only_those_that_are_known(tmp_path: Path) -> None:
    calls = [chat(2, trace, MESSAGES) for trace in ("a" * 32, "b" * 32)]
    other = tool(3, "book_flight", {"seat": 4}, "b" * 32)
    files = [
        otlp_file(tmp_path / "a.jsonl", [numbered("a" * 32, 2), calls[0]]),
        otlp_file(tmp_path / "b.jsonl", [numbered("b" * 32, 3), calls[1], other]),
    ]
    done = in_this_process("diff", *files, "--level", "cost")
    assert "task #" not in done.out
    assert done.out.count("cost unknown") == 1
    first, second, delta = done.out.splitlines()[:3]
    assert "task 2" in first
    assert "task 3" in second
    assert " – " not in first + second
    assert delta.startswith("B − A  +1 step ·")
    totals = in_this_process("diff", *files, "--json").json["totals"]
    assert (totals["a"]["steps"], totals["b"]["steps"]) == (1, 2)
    assert totals["paired_spans"] == 2


def test_steps_are_compared_value_by_value(tmp_path: Path) -> None:
    files = two_runs(tmp_path, seat=5)
    done = in_this_process("diff", *files, "--steps", "aaaa:3", "bbbb:3")
    assert done.status == 1
    assert "  ~ seat: 4 → 5" in done.out.splitlines()
    assert in_this_process("diff", *files, "--steps", "aaaa:2", "bbbb:2").status == 0


def test_steps_of_two_kinds_are_said_to_be_so(tmp_path: Path) -> None:
    done = in_this_process("diff", *two_runs(tmp_path), "--steps", "aa:1", "aa:2")
    assert done.status == 1
    assert "a model call and another step" in done.out
    assert "~ kind: LLM → TOOL" in done.out
    assert "input:" not in done.out


def test_a_model_call_is_compared_with_the_one_before(tmp_path: Path) -> None:
    longer = [*MESSAGES, {"role": "user", "parts": [{"type": "text", "content": "Seat five, please"}]}]
    file = otlp_file(
        tmp_path / "a.jsonl", a_run("a" * 32, chat(2, "a" * 32, MESSAGES), chat(3, "a" * 32, longer))
    )
    done = in_this_process("diff", file, "--step", "2")
    assert "+1 message (" in done.out
    assert "cache prefix: all of A's prompt is kept" in done.out
    assert in_this_process("diff", file, "--step", "1").status == 2


def test_a_run_against_good_ones(tmp_path: Path) -> None:
    files = two_runs(tmp_path, seat=5)
    done = in_this_process("diff", *files, "--run", "bbbb", "--against", "aaaa", "--json")
    assert done.status == 1
    assert [(usual["name"], usual["runs"]) for usual in done.json["missing"]] == [("book_flight", ["a" * 32])]
    assert [deed["name"] for deed in done.json["extra"]] == ["book_flight"]
    assert (done.json["run"], done.json["against"]) == ("b" * 32, ["a" * 32])


def test_good_runs_are_chosen_by_what_they_share(tmp_path: Path) -> None:
    files = two_runs(tmp_path, seat=5)
    by_name = in_this_process("diff", *files, "--run", "bbbb", "--against-same", "name", "--json")
    assert by_name.json["good_runs"] == 1
    assert [usual["name"] for usual in by_name.json["missing"]] == ["book_flight"]
    assert in_this_process("diff", *files, "--run", "bbbb", "--against-same", "session").status == 2


def test_a_good_run_counts_once_and_is_another_one(tmp_path: Path) -> None:
    files = two_runs(tmp_path, seat=5)
    asked: tuple[str | Path, ...] = ("diff", *files, "--run", "bbbb")
    twice = in_this_process(*asked, "--against", "aaaa", "--against", "aaaaa", "--json")
    assert (twice.json["good_runs"], twice.json["left_out"]) == (1, ["ids and times"])
    itself = in_this_process(*asked, "--against", "bbbb")
    assert (itself.status, "the run itself is among the good ones" in itself.err) == (2, True)
    assert "--against R" in in_this_process(*asked, "--against-same", "session").err


def test_runs_that_end_differently_or_hold_nothing_are_not_called_the_same(tmp_path: Path) -> None:
    failed = {**a_run("b" * 32)[0], "status": {"code": 2, "message": "out of memory"}}
    below = [tool(2, "get_flights", {"to": "LIS"}, trace) for trace in ("a" * 32, "b" * 32)]
    files = [
        otlp_file(tmp_path / "a.jsonl", a_run("a" * 32, below[0])),
        otlp_file(tmp_path / "b.jsonl", [failed, below[1]]),
    ]
    done = in_this_process("diff", *files)
    assert done.status == 1
    assert "They end differently: A " in done.out
    assert in_this_process("diff", *files, "--level", "actions").status == 0
    good = in_this_process("diff", *files, "--run", "aaaa", "--against", "bbbb")
    assert "is given as good, but its status is error" in good.err
    empty = [otlp_file(tmp_path / f"{letter}.jsonl", a_run(letter * 32)) for letter in "ef"]
    assert "No steps to compare in A and B." in in_this_process("diff", *empty).out.splitlines()


@pytest.mark.parametrize(
    "options",
    [
        ("--run", "aaaa"), ("--runs", "aaaa", "bbbb", "--against", "aaaa"),
        ("--steps", "aaaa:1", "bbbb:1", "--level", "cost"), ("--steps", "aaaa:1", "bbbb:1", "--key", "name"),
        ("--filter", "kind:tool", "--run", "aaaa", "--against", "bbbb"), ("--json", "--markdown"), ("--writes", "x", "--reads", "x"),
    ],
)  # fmt: skip
def test_options_that_cannot_work_together(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = in_this_process("diff", *two_runs(tmp_path), *options)
    assert (done.status, done.out) == (2, "")
    assert options[0] in done.err


def test_a_filter_lists_the_steps_that_pass_on_either_side(tmp_path: Path) -> None:
    files = two_runs(tmp_path, seat=5)
    level = ("--level", "cost")
    whole, told = (
        json.loads(in_this_process("diff", *files, *level, "--json", *more).out)
        for more in ((), ("--filter", "tool:book_flight"))
    )
    assert [step["what"] for step in told["steps"]] == ["step 3 TOOL book_flight"]
    assert {**told, "steps": []} == {**whole, "steps": []}
    lines = in_this_process("diff", *files, "--filter", "kind:llm").out.splitlines()
    assert lines[-1] == "      … 1 the same, 3 left out by the filter"
    missed = in_this_process("diff", *files, "--filter", "tool:nothing")
    assert (missed.status, "no step of either run passes" in missed.err) == (1, True)
    wrong = in_this_process("diff", *files, "--filter", "tol:x")
    assert (wrong.status, "Did you mean tool?" in wrong.err) == (2, True)


def test_a_tool_that_neither_run_calls_is_told(tmp_path: Path) -> None:
    done = in_this_process("diff", *two_runs(tmp_path), "--writes", "no_such_tool")
    assert (done.status, "neither run calls a tool named no_such_tool" in done.err) == (0, True)


def test_levels_of_a_run_against_good_ones(tmp_path: Path) -> None:
    other = a_run("b" * 32, tool(2, "get_seats", {"flight": "TP1"}, "b" * 32))
    files = [
        otlp_file(tmp_path / "a.jsonl", a_run("a" * 32, tool(2, "get_flights", {"to": "LIS"}, "a" * 32))),
        otlp_file(tmp_path / "b.jsonl", other),
    ]
    asked: tuple[str | Path, ...] = ("diff", *files, "--run", "bbbb", "--against", "aaaa", "--level")
    assert [in_this_process(*asked, level).status for level in ("side-effects", "actions")] == [0, 1]


def test_a_key_of_ones_own_says_what_is_the_same(tmp_path: Path) -> None:
    files = two_runs(tmp_path, seat=5)
    done = in_this_process("diff", *files, "--key", "tool_name", "--json")
    assert [(step["mark"], step["levels"]) for step in done.json["steps"]] == [
        ("paired", ["side-effects", "actions"])
    ]
    wrong = in_this_process("diff", *files, "--key", "no_such_column")
    assert wrong.status == 2
    assert "`no_such_column`" in wrong.err
    assert "run_id = ?" not in wrong.err
    assert in_this_process("diff", *files, "--key", "").status == 2


def test_unknown_runs_steps_and_too_many_runs_are_usage_errors(tmp_path: Path) -> None:
    files = two_runs(tmp_path)
    assert in_this_process("diff", *files, "--runs", "aaaa", "zzzz").status == 2
    assert in_this_process("diff", *files, "--steps", "aaaa:1", "x").status == 2
    assert in_this_process("diff", files[0]).status == 2


def test_hostile_text_is_harmless(tmp_path: Path) -> None:
    hostile_file(tmp_path / "h.jsonl")
    other = tool(3, HOSTILE, {HOSTILE: 1}, OTHER_TRACE)
    file = otlp_file(tmp_path / "o.jsonl", a_run(OTHER_TRACE, other))
    for options in ([], ["--markdown"], ["--json"]):
        done = in_this_process("diff", tmp_path / "h.jsonl", file, *options)
        assert done.status == 1
        assert [char for char in set(done.out) if not char.isprintable()] in ([], ["\n"])


def test_no_text_of_a_trace_leaves_its_cell_in_markdown(tmp_path: Path) -> None:
    evil = "a\\| b | ``` <img> **c**\n\n# d"
    below = {letter: tool(2, f"book `{letter}` | x", {"to": evil}, letter * 32, evil) for letter in "ab"}
    files = [otlp_file(tmp_path / f"{c}.jsonl", a_run(c * 32, each)) for c, each in below.items()]
    rows = [
        line for line in in_this_process("diff", *files, "--markdown").out.splitlines() if "<img>" in line
    ]
    assert rows
    for row in (row for row in rows if row.startswith("|")):
        spans = re.findall(r"(`+) ?.*? ?\1(?!`)", row)
        outside = re.sub(r"(`+).*?(?<!`)\1(?!`)", "", row)
        assert spans
        assert "<img>" not in outside
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) in {3, 6, 7}
