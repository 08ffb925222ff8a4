"""Sessions that Strands Agents keeps: files of one message each, or all of them in one."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.conftest import SAMPLES
from tests.formats.log_checks import loaded, one
from tests.formats.reading import entries_of
from tests.formats.replaced import replaced_values
from tracetui.formats.contract import Head
from tracetui.formats.strands_session import FORMAT
from tracetui.model import ImportIssue, Span, SpanKind, Status

FOLDER = SAMPLES / "strands_session"
PATHS = sorted(FOLDER.rglob("message_*.json"), key=lambda path: int(path.stem.rpartition("_")[2]))
MESSAGES: list[dict[str, Any]] = [json.loads(path.read_bytes()) for path in PATHS]
AGENT: dict[str, Any] = json.loads(next(FOLDER.rglob("agent.json")).read_bytes())


def spans(*values: Any, source: str = "test") -> list[Span]:
    return [entry for entry in entries_of(FORMAT, *values, source=source) if isinstance(entry, Span)]


def test_the_files_of_a_folder_are_one_run() -> None:
    with loaded(FOLDER / "session_station-desk" / "agents", "strands_session") as db:
        (run,) = db.runs()
        assert (run.name, run.session_id, run.agent) == (
            "Where does RJ 63 leave from?",
            "station-desk",
            "clerk",
        )
        asked = [message for message in MESSAGES if message["message"]["role"] == "assistant"]
        assert run.llm_calls == len(asked)
        assert run.input_tokens == sum(m["message"]["metadata"]["usage"]["inputTokens"] for m in asked)
        assert (run.tool_calls, run.errors, run.recovered_errors) == (2, 1, 1)
        state = one(db, "SELECT attributes->>'$.state.last_train' FROM spans WHERE span_id = 'run'")
        assert state == "RJ 63"
        given = "SELECT count(*) FROM messages WHERE span_id = 'message-3' AND role = 'user'"
        assert one(db, given) == 1


def test_messages_of_one_file_are_given_to_every_later_call() -> None:
    calls = [span for span in spans(*MESSAGES) if span.kind is SpanKind.LLM]
    assert [len(call.input_messages) for call in calls] == [1, 3, 5, 7]


def test_an_agent_that_asks_a_person_is_paused() -> None:
    waits = {
        "activated": True,
        "interrupts": {"i1": {"name": "book?", "reason": "240 EUR", "response": None}},
    }
    root, asked = spans({**AGENT, "_internal_state": {"interrupt_state": waits}})
    assert (root.status, asked.status, asked.kind) == (
        Status.INTERRUPTED,
        Status.INTERRUPTED,
        SpanKind.APPROVAL,
    )


def test_a_redacted_message_is_reported() -> None:
    value = {**MESSAGES[0], "redact_message": {"role": "user", "content": [{"text": "[redacted]"}]}}
    entries = entries_of(FORMAT, value)
    assert [entry.code for entry in entries if isinstance(entry, ImportIssue)] == ["vendor_redacted"]
    assert next(entry for entry in entries if isinstance(entry, Span)).input == "[redacted]"


def test_odd_values_do_not_raise() -> None:
    for value in (AGENT, *MESSAGES[:3]):
        for spoiled in replaced_values(value):
            FORMAT.sniff(Head([spoiled]))
            entries = entries_of(FORMAT, spoiled)
            assert [entry for entry in entries if not isinstance(entry, ImportIssue)]
            ids = Counter((e.trace_id, e.span_id) for e in entries if isinstance(e, Span))
            assert max(ids.values(), default=0) <= 1
