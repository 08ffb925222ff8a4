"""Logs of messages become runs: what a call was given, how long a tool took, which turn a step belongs to."""

from __future__ import annotations

from tests.formats.log_checks import accounted
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, Merged, Message, Origin, Part, PartType, Span, SpanKind, Status

S = 1_000_000_000


def at(line: int) -> Origin:
    return Origin(line, line * 10, 9, b"{}")


def text(role: str, said: str) -> Message:
    return Message(role, (Part(PartType.TEXT, said),))


def asks(call_id: str, name: str) -> Message:
    return Message("assistant", (Part(PartType.TOOL_CALL, "{}", call_id, name),))


def answer(call_id: str, content: str, is_error: bool | None = None) -> Part:
    return Part(PartType.TOOL_RESULT, content, call_id, is_error=is_error)


def spans(entries: list[Entry]) -> dict[str, Span]:
    return {entry.span_id: entry for entry in entries if isinstance(entry, Span)}


def told() -> tuple[Transcript, list[Entry]]:
    log = Transcript("t", at(1), "fix it", prefix="x-")
    log.turn("fix it\nplease", 1 * S)
    log.message(text("user", "fix it\nplease"), at(1), 1 * S)
    log.call(asks("c1", "bash"), at(2), 3 * S)
    log.tool_result(answer("c1", "boom\nTraceback", is_error=True), at(3), 5 * S)
    log.call(text("assistant", "done"), at(4), 6 * S)
    log.turn("again", 10 * S)
    log.message(text("user", "again"), at(5), 10 * S)
    log.call(asks("c2", "bash"), at(6), 11 * S)
    return log, list(log.entries())


def test_steps_belong_to_turns_and_turns_to_the_run() -> None:
    found = spans(told()[1])
    assert {name: span.parent_id for name, span in found.items()} == {
        "x-run": None,
        "x-turn-1": "x-run",
        "x-turn-2": "x-run",
        "x-call-1": "x-turn-1",
        "x-tool-1": "x-turn-1",
        "x-call-2": "x-turn-1",
        "x-call-3": "x-turn-2",
        "x-tool-2": "x-turn-2",
    }
    assert found["x-turn-1"].name == "turn 1: fix it"
    assert (found["x-turn-1"].start_ns, found["x-turn-1"].end_ns) == (1 * S, 6 * S)
    assert (found["x-run"].start_ns, found["x-run"].end_ns) == (1 * S, 11 * S)


def test_a_call_is_given_what_was_said_before_it() -> None:
    found = spans(told()[1])
    assert [message.role for message in found["x-call-2"].input_messages] == ["user", "assistant", "tool"]
    assert [message.role for message in found["x-call-3"].input_messages][-2:] == ["assistant", "user"]
    assert (found["x-call-2"].start_ns, found["x-call-2"].end_ns) == (5 * S, 6 * S)


def test_a_tool_lasts_from_its_call_to_its_result() -> None:
    found = spans(told()[1])
    tool = found["x-tool-1"]
    assert (tool.kind, tool.tool_name, tool.tool_call_id) == (SpanKind.TOOL, "bash", "c1")
    assert (tool.start_ns, tool.end_ns, tool.status, tool.error_message) == (
        3 * S,
        5 * S,
        Status.ERROR,
        "boom",
    )
    assert tool.origin.line == 3
    assert (found["x-tool-2"].end_ns, found["x-tool-2"].status) == (None, None)


def test_every_record_is_accounted_for_once() -> None:
    _, entries = told()
    lines = [
        entry.origin.line
        for entry in entries
        if isinstance(entry, Merged) or (isinstance(entry, Span) and not entry.is_derived)
    ]
    assert sorted(line for line in lines if line) == [1, 2, 3, 4, 5, 6]


def test_one_turn_needs_no_span_of_its_own() -> None:
    log = Transcript("t", at(1), "one")
    log.turn("hello")
    log.call(text("assistant", "hi"), at(2))
    found = spans(list(log.entries()))
    assert sorted(found) == ["call-1", "run"]
    assert found["call-1"].parent_id == "run"
    assert (found["call-1"].start_ns, found["run"].end_ns) == (None, None)


def test_an_answer_in_pieces_is_one_message() -> None:
    log = Transcript("t", at(1), "pieces")
    span = log.call(text("assistant", "let me see"), at(1), 1 * S)
    log.extend_call(span, asks("c1", "ls"), 2 * S)
    log.tool_result(answer("c1", "a.txt", is_error=False), at(2), 3 * S)
    later = log.call(text("assistant", "one file"), at(3), 4 * S)
    assert [part.type for part in span.output_messages[0].parts] == [PartType.TEXT, PartType.TOOL_CALL]
    assert span.end_ns == 2 * S
    assert later.input_messages[0] == span.output_messages[0]


def test_after_compaction_a_call_is_given_the_summary_only() -> None:
    log = Transcript("t", at(1), "long")
    log.message(text("user", "a lot"))
    log.compact([text("user", "in short")])
    assert log.call(text("assistant", "ok"), at(2)).input_messages == (text("user", "in short"),)


def test_a_result_nobody_asked_for_is_a_tool_call_too() -> None:
    log = Transcript("t", at(1), "odd")
    span = log.tool_result(Part(PartType.TOOL_RESULT, "42", "lost", "calc"), at(1))
    assert (span.tool_name, span.output, span.status) == ("calc", "42", Status.UNSET)
    assert span in list(log.entries())


def test_several_results_in_one_record_count_once() -> None:
    log = Transcript("t", at(1), "parallel")
    parts = (
        Part(PartType.TOOL_CALL, "{}", "c1", "ls"),
        Part(PartType.TOOL_CALL, "{}", "c2", "pwd"),
    )
    log.call(Message("assistant", parts), at(1))
    log.tool_result(answer("c1", "a", is_error=False), at(2))
    log.tool_result(answer("c2", "b", is_error=False), at(2), owns_record=False)
    assert [span.is_derived for span in log.steps] == [False, False, True]
    assert log.tool_of("c2") is log.steps[2]
    assert log.open_tools == []


def test_an_answer_that_was_compacted_meanwhile_may_still_grow() -> None:
    log = Transcript("t", at(1), "late")
    span = log.call(text("assistant", "first"), at(1))
    log.compact([])
    log.extend_call(span, text("assistant", "second"))
    assert [part.content for part in span.output_messages[0].parts] == ["first", "second"]
    assert log.context == []


def test_another_step_lasts_since_the_log_last_moved() -> None:
    log = Transcript("t", at(1), "other")
    log.message(text("user", "hi"), at_ns=1 * S)
    span = log.step(SpanKind.MEMORY, "compaction", at(2), 3 * S)
    assert (span.span_id, span.kind, span.start_ns, span.end_ns) == (
        "memory-1",
        SpanKind.MEMORY,
        1 * S,
        3 * S,
    )


def test_an_answer_that_stands_before_its_call_is_that_of_the_call() -> None:
    log = Transcript("t", at(1), "fix it")
    log.tool_result(answer("c1", "done"), at(1), 5 * S)
    log.tool_result(answer("c2", "old"), at(2), 5 * S)
    log.call(asks("c1", "bash"), at(3), 3 * S)
    # an id that is used again later is another call
    log.call(asks("c2", "bash"), at(4), 7 * S)
    entries = list(log.entries())
    tools = [span for span in spans(entries).values() if span.kind is SpanKind.TOOL]
    assert [(tool.tool_name, tool.start_ns, tool.end_ns, tool.output) for tool in tools] == [
        ("bash", 3 * S, 5 * S, "done"), (None, 5 * S, 5 * S, "old"), ("bash", 7 * S, None, None)]  # fmt: skip
    assert set(accounted(entries)) == {1, 2, 3, 4}
