"""CrewAI: events of the bus, the log of tasks, the output of a crew."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.formats.log_checks import accounted, loaded, one
from tests.formats.reading import entries_of
from tests.formats.replaced import replaced_values
from tracetui.formats.contract import Head
from tracetui.formats.crewai import FORMAT
from tracetui.model import Span, SpanKind, Status

FOLDER = SAMPLES / "crewai"
EVENTS: list[dict[str, Any]] = [
    json.loads(line) for line in (FOLDER / "berry_events.jsonl").read_text().splitlines()
]
LINES: list[dict[str, Any]] = json.loads((FOLDER / "berry_tasks.json").read_bytes())
OUTPUT: dict[str, Any] = json.loads((FOLDER / "berry_output.json").read_bytes())


def spans(*values: Any) -> list[Span]:
    return [entry for entry in entries_of(FORMAT, *values) if isinstance(entry, Span)]


def test_every_event_that_begins_something_is_a_span() -> None:
    began = [event for event in EVENTS if event["type"].endswith("_started") and "logs" not in event["type"]]
    with loaded(FOLDER / "berry_events.jsonl", "crewai") as db:
        (run,) = db.runs()
        assert (run.name, run.status, run.spans) == ("berry-stand", Status.OK, len(began))
        counted = sum(e["usage"]["prompt_tokens"] for e in EVENTS if e["type"] == "llm_call_completed")
        assert run.input_tokens == counted
        assert run.errors == sum(event["type"] == "tool_usage_error" for event in EVENTS)
        assert one(db, "SELECT count(*) FROM spans WHERE end_ns IS NULL") == 0
        assert one(db, "SELECT DISTINCT agent FROM spans WHERE kind = 'AGENT'") == "Seller"


def test_the_error_of_a_tool_is_taken_apart() -> None:
    failed = next(span for span in spans(*EVENTS) if span.status is Status.ERROR)
    assert (failed.tool_name, failed.error_type, failed.error_message) == (
        "price_of",
        "ValueError",
        "no berry called currants",
    )


def test_lines_of_a_task_are_one_span() -> None:
    root, price, board = spans(*LINES)
    assert [span.name for span in (price, board)] == ["price", "board"]
    assert (price.status, price.output, root.status) == (Status.OK, LINES[1]["output"], Status.OK)
    assert root.output == LINES[3]["output"]


def test_a_task_that_begins_again_begins_another_run() -> None:
    assert len({span.trace_id for span in spans(*LINES, *[{**line, "again": 1} for line in LINES])}) == 2


def test_a_task_without_end_leaves_the_run_unfinished() -> None:
    root = spans(*LINES[:3])[0]
    assert (root.status, root.end_ns) == (None, None)


def test_tools_are_read_out_of_the_text_of_answers() -> None:
    found = spans(OUTPUT)
    assert [(span.tool_name, span.status) for span in found if span.kind is SpanKind.TOOL] == [
        ("price_of", Status.ERROR),
        ("price_of", Status.UNSET),
    ]
    tool = next(span for span in found if span.kind is SpanKind.TOOL)
    assert tool.input == '{"berry": "currants"}'
    assert [span.output for span in found if span.kind_original == "task"] == [
        task["raw"] for task in OUTPUT["tasks_output"]
    ]


@pytest.mark.parametrize("values", [EVENTS[1:8], LINES[:2]], ids=["events", "tasks"])
def test_odd_values_do_not_raise(values: list[dict[str, Any]]) -> None:
    for at, value in enumerate(values):
        for spoiled in replaced_values(value):
            lines = [*values[:at], spoiled, *values[at + 1 :]]
            FORMAT.sniff(Head(lines))
            assert set(accounted(entries_of(FORMAT, *lines)).values()) == {1}


def test_odd_outputs_do_not_raise() -> None:
    for spoiled in replaced_values({**OUTPUT, "tasks_output": OUTPUT["tasks_output"][:1]}):
        FORMAT.sniff(Head([spoiled]))
        assert entries_of(FORMAT, spoiled)
