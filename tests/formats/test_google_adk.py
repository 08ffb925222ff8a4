"""Google ADK: sessions, loose events, eval sets of three generations and results, real files, odd values."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.formats.reading import entries_of
from tracetui.formats.contract import Head
from tracetui.formats.google_adk import FORMAT
from tracetui.formats.usage import read_usage
from tracetui.model import Entry, ImportIssue, Merged, PartType, Skipped, Span, SpanKind, Status

S = 1_000_000_000
T = 1_790_000_000


def event(author: str, *parts: Any, at: float = 0, **more: Any) -> dict[str, Any]:
    role = "user" if author == "user" else "model"
    content = {"content": {"role": role, "parts": list(parts)}} if parts else {}
    return {
        "invocationId": "i1",
        "author": author,
        "timestamp": T + at,
        "actions": {"stateDelta": {}},
        **content,
        **more,
    }


def call(name: str, call_id: str | None = None, **args: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": args, **({"id": call_id} if call_id else {})}}


def answer(name: str, call_id: str | None = None, **response: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": response, **({"id": call_id} if call_id else {})}}


def session(*events: Any, **more: Any) -> dict[str, Any]:
    return {"id": "s1", "appName": "desk", "userId": "ana", "state": {"k": 1}, "events": list(events), **more}


def spans(entries: list[Entry]) -> list[Span]:
    return [entry for entry in entries if isinstance(entry, Span)]


def accounted(entries: list[Entry]) -> int:
    return sum(not (isinstance(e, ImportIssue) or (isinstance(e, Span) and e.is_derived)) for e in entries)


ASKED = (
    event("user", {"text": "book"}, at=0),
    event("travel", call("find", "c1", to="Rome"), at=2, modelVersion="gemini-2.5-flash", finishReason="STOP",
          usageMetadata={"promptTokenCount": 10, "candidatesTokenCount": 3, "thoughtsTokenCount": 4, "totalTokenCount": 17}),
    event("travel", answer("find", "c1", error="no trains"), at=5),
    event("travel", {"text": "none", "thought": None}, at=7),
)  # fmt: skip


def test_a_session_is_a_run_of_calls_and_tools() -> None:
    root, model, tool, last = spans(entries_of(FORMAT, session(*ASKED)))
    assert (root.name, root.session_id, root.user_id, root.agent) == ("desk", "s1", "ana", "desk")
    assert root.attributes is not None
    assert root.attributes["state"] == {"k": 1}
    assert (model.kind, model.agent, model.model) == (SpanKind.LLM, "travel", "gemini-2.5-flash")
    assert (model.start_ns, model.end_ns) == (T * S, (T + 2) * S)
    assert model.usage is not None
    assert (model.usage.input_tokens, model.usage.output_tokens, model.usage.reasoning_tokens) == (10, 7, 4)
    assert (tool.kind, tool.tool_name, tool.status, tool.input) == (
        SpanKind.TOOL,
        "find",
        Status.ERROR,
        '{"to":"Rome"}',
    )
    assert (tool.start_ns, tool.end_ns) == ((T + 2) * S, (T + 5) * S)
    assert [part.type for message in last.input_messages for part in message.parts] == [
        PartType.TEXT, PartType.TOOL_CALL, PartType.TOOL_RESULT]  # fmt: skip
    assert root.status is Status.OK


def test_snake_case_and_calls_without_ids_are_answered_in_order() -> None:
    old = [
        {"invocation_id": "i", "author": "user", "content": {"parts": [{"text": "q"}]}, "timestamp": T},
        {"invocation_id": "i", "author": "a", "timestamp": T + 1, "content": {"role": "model", "parts": [
            {"function_call": {"name": "transfer_to_agent", "args": {"agent_name": "b"}}},
            {"function_call": {"name": "look", "args": {"n": 1}}}, {"function_call": {"name": "look", "args": {"n": 2}}}]}},
        {"invocation_id": "i", "author": "a", "timestamp": T + 2, "content": {"role": "user", "parts": [
            {"function_response": {"name": "look", "response": {"result": "one"}}},
            {"function_response": {"name": "look", "response": {"result": "two"}}}]}},
    ]  # fmt: skip
    found = spans(entries_of(FORMAT, {"id": "s", "app_name": "x", "events": old}))
    tools = {(span.input, span.output, span.kind) for span in found[2:]}
    assert ('{"n":1}', '{"result":"one"}', SpanKind.TOOL) in tools
    assert ('{"n":2}', '{"result":"two"}', SpanKind.TOOL) in tools
    assert ('{"agent_name":"b"}', None, SpanKind.HANDOFF) in tools


def test_state_deltas_stay_whole() -> None:
    delta = event(
        "system", at=1, actions={"stateDelta": {"user:seat": "window"}, "artifactDelta": {"a.txt": 0}}
    )
    changed = event("travel", {"text": "hi"}, at=2, actions={"stateDelta": {"last": "hi"}})
    entries = entries_of(FORMAT, session(delta, changed))
    root, model = spans(entries)
    assert root.events[0].attributes["actions"] == delta["actions"]
    assert model.attributes is not None
    assert model.attributes["actions"] == {"stateDelta": {"last": "hi"}}
    assert sum(isinstance(entry, Merged) for entry in entries) == 1


def test_a_tool_that_waits_for_a_human_pauses_the_run() -> None:
    waits = event("travel", call("pay", "c1"), at=1, longRunningToolIds=["c1"])
    pending = event("travel", answer("pay", "c1", status="pending"), at=2)
    confirm = event("travel", call("adk_request_confirmation", "c2"), at=3)
    root, _, pay, _, asked = spans(entries_of(FORMAT, session(waits, pending, confirm)))
    assert (pay.status, pay.end_ns) == (Status.INTERRUPTED, (T + 2) * S)
    assert (asked.kind, asked.status, root.status) == (
        SpanKind.APPROVAL,
        Status.INTERRUPTED,
        Status.INTERRUPTED,
    )


def test_a_second_answer_of_a_long_tool_is_merged_into_the_first() -> None:
    waits = event("travel", call("pay", "c1"), at=1, longRunningToolIds=["c1"])
    first, second = (
        event("travel", answer("pay", "c1", status=word), at=at) for word, at in (("pending", 2), ("paid", 9))
    )
    entries = entries_of(FORMAT, session(waits, first, second))
    (tool,) = [span for span in spans(entries) if span.kind is SpanKind.TOOL]
    assert (tool.output, tool.end_ns) == ('{"status":"paid"}', (T + 9) * S)
    assert accounted(entries) == 3


def test_an_error_of_the_model_fails_the_run() -> None:
    root, failed = spans(
        entries_of(FORMAT, session(event("a", at=1, errorCode="MAX_TOKENS", errorMessage="too long")))
    )
    assert (failed.status, failed.error_type, failed.error_message) == (
        Status.ERROR,
        "MAX_TOKENS",
        "too long",
    )
    assert root.status is Status.ERROR


def test_times_at_which_a_model_was_asked_are_no_ends() -> None:
    old = (event("user", {"text": "q"}), event("a", call("f", "c1"), at=0.001), event("a", answer("f", "c1"), at=4),
           event("a", {"text": "done"}, at=4.002))  # fmt: skip
    entries = entries_of(FORMAT, session(*old))
    calls = [span for span in spans(entries) if span.kind is SpanKind.LLM]
    assert [span.end_ns for span in calls] == [None, None]
    assert [entry.code for entry in entries if isinstance(entry, ImportIssue)] == ["times_incomplete"]


def test_loose_events_are_grouped_by_session() -> None:
    lines = [{**line, "session_id": key} for key in ("s1", "s2") for line in ASKED]
    found = spans(entries_of(FORMAT, *lines))
    assert {span.trace_id for span in found} == {"s1", "s2"}
    assert len(found) == 8


def test_a_compaction_replaces_what_was_said() -> None:
    kept = {
        "startTimestamp": T,
        "endTimestamp": T + 7,
        "compactedContent": {"role": "model", "parts": [{"text": "sum"}]},
    }
    compaction = event("user", at=8, actions={"compaction": kept})
    last = event("travel", {"text": "later"}, at=9)
    entries = entries_of(FORMAT, session(*ASKED, compaction, last))
    given = spans(entries)[-1].input_messages
    assert [(part.type, part.content) for message in given for part in message.parts] == [
        (PartType.COMPACTION, "sum")
    ]
    kept["endTimestamp"] = T  # of the question alone: what came later stays behind the summary
    given = spans(entries_of(FORMAT, session(*ASKED, compaction, last)))[-1].input_messages
    assert [message.role for message in given] == ["user", "assistant", "tool", "assistant"]
    assert given[0].parts[0].content == "sum"


def test_expected_tools_have_no_outcome() -> None:
    case = {"eval_set_id": "set", "eval_cases": [{"eval_id": "one", "conversation": [{
        "invocation_id": "", "user_content": {"parts": [{"text": "q"}]}, "final_response": {"parts": [{"text": "a"}]},
        "intermediate_data": {"tool_uses": [{"name": "f", "args": {}}]}, "creation_timestamp": T}]}]}  # fmt: skip
    root, tool, said = spans(entries_of(FORMAT, case))
    assert (root.name, root.trace_id, root.status) == ("eval case one", "set/one", Status.UNSET)
    assert (tool.status, tool.end_ns, tool.is_derived) == (Status.UNSET, None, True)
    assert said.output_messages[0].parts[0].content == "a"


def test_what_an_evaluated_agent_did_is_a_run_with_scores() -> None:
    result = {"eval_set_id": "set", "eval_case_results": [{"eval_id": "one", "session_id": "s9", "final_eval_status": 2,
        "overall_eval_metric_results": [{"metric_name": "tool_trajectory_avg_score", "score": 0.5, "eval_status": 2}],
        "session_details": session(*ASKED)}]}  # fmt: skip
    root = spans(entries_of(FORMAT, result))[0]
    assert [(score.name, score.value, score.passed) for score in root.scores] == [
        ("tool_trajectory_avg_score", 0.5, False), ("final_eval_status", None, False)]  # fmt: skip


def test_gemini_counts_thoughts_and_tools_beside_the_rest() -> None:
    usage = read_usage({"prompt_token_count": 5, "tool_use_prompt_token_count": 2, "candidates_token_count": 3,
                        "thoughts_token_count": 1, "cached_content_token_count": 4, "total_token_count": 11})  # fmt: skip
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (7, 4, 4)


ODD: tuple[Any, ...] = (None, 7, "x", [], {}, [None], True)


def _replaced(value: Any) -> list[Any]:
    """The value with each of its parts replaced by things of the wrong type."""
    found: list[Any] = []
    paths: list[tuple[Any, ...]] = [()]
    while paths:
        path = paths.pop()
        part = value
        for key in path:
            part = part[key]
        for odd in ODD:
            changed = copy.deepcopy(value)
            if path:
                place = changed
                for key in path[:-1]:
                    place = place[key]
                place[path[-1]] = odd
                found.append(changed)
        if isinstance(part, (dict, list)):
            paths += [(*path, key) for key in (part if isinstance(part, dict) else range(len(part)))]
    return found


@pytest.mark.parametrize(
    "value",
    [
        session(*ASKED, event("a", at=8, actions={"compaction": {"compactedContent": {"parts": [{"text": "s"}]}}})),
        {"eval_set_id": "s", "eval_cases": [{"eval_id": "e", "session_input": {}, "conversation": [{"user_content": {"parts": [{"text": "q"}]},
            "final_response": {"parts": []}, "intermediate_data": {"tool_uses": [{"name": "f"}], "invocation_events": [ASKED[1]]}}]}]},
        {"eval_set_id": "s", "eval_case_results": [{"eval_id": "e", "overall_eval_metric_results": [{"score": 1}], "session_details": {"events": [ASKED[0]]}}]},
        {"query": "q", "expected_tool_use": [{"tool_name": "f", "tool_input": {}}], "reference": "r"},
    ],
    ids=["session", "eval set", "eval result", "question"],
)  # fmt: skip
def test_odd_values_are_read_or_skipped(value: Any) -> None:
    for odd in _replaced(value):
        FORMAT.sniff(Head([odd, [odd]]))
        assert accounted(entries_of(FORMAT, odd)) >= 1
        assert accounted(entries_of(FORMAT, [odd])) >= 1


def _elements(value: Any) -> int:
    """Records of a file, counted without the reader: events, invocations or questions."""
    if isinstance(value, list):
        return len(value)
    if "events" in value:
        return max(len(value["events"]), 1)
    return sum(len(case["conversation"]) for case in value["eval_cases"])


def test_real_files(real_traces: Path) -> None:
    files = [
        path
        for path in sorted((real_traces / "google_adk").rglob("*.json"))
        if "final_state" not in path.name
    ]
    for path in files:
        value = json.loads(path.read_text(encoding="utf-8"))
        match = FORMAT.sniff(Head(value[:20] if isinstance(value, list) else [value]))
        assert match is not None
        entries = entries_of(FORMAT, *(value if isinstance(value, list) else [value]))
        assert not [entry for entry in entries if isinstance(entry, Skipped)]
        assert accounted(entries) == _elements(value), path
        if isinstance(value, dict) and value.get("events"):
            tools = [
                part
                for e in value["events"]
                for part in (e.get("content") or {}).get("parts", [])
                if part.get("function_call")
            ]
            assert sum(span.tool_name is not None for span in spans(entries)) == len(tools)
            answers = [
                e
                for e in value["events"]
                if e["author"] != "user" and (e.get("content") or {}).get("role") == "model"
            ]
            assert sum(span.kind is SpanKind.LLM for span in spans(entries)) == len(answers)
    assert len(files) == 15
