"""Answers of model APIs: alone, beside their request, in a batch's output, as streamed events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.formats.reading import entries_of, values_of
from tests.formats.replaced import replaced_values
from tests.loading.dumps import load
from tracetui.formats.contract import Head
from tracetui.formats.model_answers import FORMAT
from tracetui.model import Entry, Merged, Skipped, Span, Status

FOLDER = SAMPLES / "model_answers"


def values(name: str) -> list[Any]:
    return values_of((FOLDER / name).read_bytes())


def spans(*found: Any) -> list[Span]:
    return [entry for entry in entries_of(FORMAT, *found) if isinstance(entry, Span)]


def test_answers_become_calls() -> None:
    first, second, failed, cut = spans(*values("tide_answers.jsonl"))
    assert [message.role for message in first.input_messages] == ["system", "user"]
    assert [tool.name for tool in first.tools_offered] == ["tide_table"]
    assert (first.model, first.requested_model) == ("gpt-4o-mini-2024-07-18", "gpt-4o-mini")
    assert first.parameters == {"temperature": 0}
    assert second.usage is not None
    assert (second.usage.input_tokens, second.usage.cache_read_tokens) == (104, 64)
    assert (failed.status, failed.error_type) == (Status.ERROR, "context_length_exceeded")
    assert cut.usage is not None
    assert (cut.usage.input_tokens, cut.finish_reasons) == (1230, ["max_tokens"])


def test_the_events_of_a_stream_are_one_call() -> None:
    events = values("tide_stream_cut.jsonl")
    entries = entries_of(FORMAT, *events)
    whole, broken = [entry for entry in entries if isinstance(entry, Span)]
    assert (whole.status, whole.output) == (Status.OK, "High water is at ten.")
    assert [message.role for message in whole.input_messages] == ["system"]
    assert len(whole.output_messages) == 1
    assert (broken.status, broken.output, broken.is_derived) == (Status.UNFINISHED, "Low water is", True)
    merged = [entry for entry in entries if isinstance(entry, Merged)]
    assert len(merged) + 1 == len(events)
    assert {entry.span_id for entry in merged} == {whole.span_id, broken.span_id}


def chunk(own: str, delta: dict[str, Any], ended: str | None = None, **more: Any) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta, "finish_reason": ended}]
    return {
        "id": own,
        "object": "chat.completion.chunk",
        "created": 5,
        "model": "m",
        "choices": choices,
        **more,
    }


def test_the_pieces_of_streamed_chat_completions_are_joined_by_their_id() -> None:
    asks = [{"index": 0, "id": "t", "type": "function", "function": {"name": "look", "arguments": '{"a"'}}]
    goes_on = [{"index": 0, "function": {"arguments": ": 1}"}}]
    pieces = [
        chunk("a", {"role": "assistant", "content": "High "}),
        chunk("b", {"role": "assistant", "content": "Low"}),
        chunk("a", {"content": "water."}),
        chunk("a", {"tool_calls": asks}),
        chunk("a", {"tool_calls": goes_on}),
        chunk("a", {}, "tool_calls"),
        chunk("a", {}, choices=[], usage={"prompt_tokens": 9, "completion_tokens": 4}),
    ]
    entries = entries_of(FORMAT, *pieces)
    whole, broken = [entry for entry in entries if isinstance(entry, Span)]
    (said,) = whole.output_messages
    assert [(part.content, part.tool_name) for part in said.parts] == [
        ("High water.", None), ('{"a": 1}', "look")]  # fmt: skip
    assert whole.usage is not None
    assert (whole.usage.input_tokens, whole.status, whole.start_ns) == (9, Status.OK, 5_000_000_000)
    assert (broken.status, broken.output) == (Status.UNFINISHED, "Low")
    assert [entry.span_id for entry in entries if isinstance(entry, Merged)] == ["a"] * 5
    assert FORMAT.sniff(Head(pieces)) is not None
    for odd in replaced_values(pieces[3]):
        assert sum(map(_counts, entries_of(FORMAT, *pieces[:3], odd))) == 4


@pytest.mark.parametrize("name", ["tide_answers.jsonl", "tide_stream_cut.jsonl", "tide_message_stream.jsonl"])
def test_each_value_is_accounted_for_whatever_it_holds(name: str) -> None:
    for value in values(name):
        for odd in replaced_values(value):
            FORMAT.sniff(Head([odd]))
            assert sum(map(_counts, entries_of(FORMAT, odd, value))) == 2


def _counts(entry: Entry) -> bool:
    return isinstance(entry, Merged | Skipped) or (isinstance(entry, Span) and not entry.is_derived)


def test_a_real_stream(real_traces: Path) -> None:
    for path in (real_traces / "langwatch_span_fixtures").rglob("*responses_stream*"):
        text = path.read_text(encoding="utf-8")
        with load(path) as db:
            (source,), (run,) = db.sources(), db.runs()
            assert (source.format, source.records) == ("model_answers", text.count('{"type":"response.'))
            assert (source.loaded, source.merged) == (1, source.records - 1)
            assert f'"output_tokens":{run.output_tokens},' in text


def test_the_events_of_a_streamed_message_are_one_call() -> None:
    begun: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [],
    }
    begun |= {"stop_reason": None, "usage": {"input_tokens": 25, "output_tokens": 1}}
    tool = {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
            for text in ("I look ", "it up.")
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": tool},
        *(
            {
                "type": "content_block_delta",
                "index": 1,
                "delta": {"type": "input_json_delta", "partial_json": text},
            }
            for text in ('{"at":', '"Brest"}')
        ),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 15}},
        {"type": "message_stop"},
    ]
    match = FORMAT.sniff(Head(events))
    assert match is not None
    assert match.version == "stream"
    entries = entries_of(FORMAT, *events, events[0])
    whole, cut = [entry for entry in entries if isinstance(entry, Span)]
    assert (whole.model, whole.status, whole.output) == ("claude-x", Status.OK, '{"at":"Brest"}')
    (message,) = whole.output_messages
    assert [part.content for part in message.parts] == ["I look it up.", '{"at":"Brest"}']
    assert whole.usage is not None
    assert (whole.usage.input_tokens, whole.usage.output_tokens) == (25, 15)
    assert (cut.status, cut.span_id) == (Status.UNFINISHED, "msg_1#2")
    assert sum(isinstance(entry, Merged) for entry in entries) == len(events) - 1
    assert isinstance(entries_of(FORMAT, events[3])[0], Skipped)


def test_results_of_batches_are_calls_of_that_tier_also_without_an_answer() -> None:
    said: dict[str, Any] = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "model": "claude-x",
        "stop_reason": "end_turn",
    }
    said |= {
        "content": [{"type": "text", "text": "At ten."}],
        "usage": {"input_tokens": 9, "output_tokens": 3},
    }
    told = {"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens is missing"}}
    results: list[dict[str, Any]] = [
        {"type": "succeeded", "message": said},
        {"type": "errored", "error": told},
        {"type": "expired"},
        {"type": "canceled"},
    ]
    lines: list[dict[str, Any]] = [{"custom_id": f"k{n}", "result": each} for n, each in enumerate(results)]
    late = {"code": "batch_expired", "message": "Out of time."}
    lines.append({"id": "batch_req_4", "custom_id": "k4", "response": None, "error": late})
    match = FORMAT.sniff(Head(lines))
    assert match is not None
    found = spans(*lines)
    assert {span.service_tier for span in found} == {"batch"}
    assert [(span.span_id, span.status, span.error_type, span.error_message) for span in found] == [
        ("msg_1", Status.OK, None, None),
        ("k1", Status.ERROR, "invalid_request_error", "max_tokens is missing"),
        ("k2", Status.ERROR, "expired", None),
        ("k3", Status.INTERRUPTED, "cancelled", None),
        ("batch_req_4", Status.ERROR, "batch_expired", "Out of time."),
    ]
    assert [(span.output, span.output_messages == ()) for span in found] == [
        ("At ten.", False),
        *[(None, True)] * 4,
    ]
    assert [span.attributes and span.attributes["custom_id"] for span in found] == [
        "k0",
        "k1",
        "k2",
        "k3",
        "k4",
    ]
    for line in lines:
        for odd in replaced_values(line):
            FORMAT.sniff(Head([odd]))
            assert sum(map(_counts, entries_of(FORMAT, odd, line))) == 2
