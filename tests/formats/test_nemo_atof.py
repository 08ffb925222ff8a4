"""Scopes of NeMo's ATOF: starts and ends joined by their uuid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import SAMPLES
from tests.formats.log_checks import accounted, loaded, one
from tests.formats.reading import entries_of
from tests.formats.replaced import replaced_values
from tracetui.formats.contract import Head
from tracetui.formats.nemo_atof import FORMAT
from tracetui.model import LogRecord, Span, SpanKind, Status

LINES: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLES / "nemo_atof" / "ferry_quote.jsonl").read_text().splitlines()
]


def test_starts_and_ends_are_halves_of_a_span() -> None:
    entries = entries_of(FORMAT, *LINES)
    halves = [entry for entry in entries if isinstance(entry, Span)]
    tool = [half for half in halves if half.kind is SpanKind.TOOL]
    assert [(half.start_ns is None, half.end_ns is None) for half in tool] == [(False, True), (True, False)]
    assert (tool[1].status, tool[1].error_type) == (Status.ERROR, "TimeoutError")
    assert tool[0].input == '{"to":"Hven","people":2}'
    assert len({half.trace_id for half in halves}) == 1
    answer = next(half for half in halves if half.output_messages)
    assert answer.output_messages[0].parts[0].tool_name == "fare"
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (96, 18)


def test_a_mark_is_an_event_of_its_parent() -> None:
    (mark,) = [entry for entry in entries_of(FORMAT, *LINES) if isinstance(entry, LogRecord)]
    assert (mark.event.name, mark.span_id) == ("retry", LINES[4]["parent_uuid"])


def test_real_events(real_traces: Path) -> None:
    paths = sorted((real_traces / "atif").rglob("*_atof.jsonl"))
    assert len(paths) == 3
    for path in paths:
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        with loaded(path, "nemo_atof") as db:
            assert one(db, "SELECT count(*) FROM spans") == len({line["uuid"] for line in lines})
            assert one(db, "SELECT count(*) FROM runs") == 1
            assert one(db, "SELECT count(*) FROM spans WHERE end_ns IS NULL") == 0


def test_odd_values_do_not_raise() -> None:
    for at, line in enumerate(LINES):
        for spoiled in replaced_values(line):
            values = [*LINES[:at], spoiled, *LINES[at + 1 :]]
            FORMAT.sniff(Head(values))
            assert accounted(entries_of(FORMAT, *values)) == dict.fromkeys(range(1, len(LINES) + 1), 1)
