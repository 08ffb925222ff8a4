"""What LangSmith's exports leave behind without saying so: runs of a trace beyond a thousand, inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tracetui.model import Entry, ImportIssue, JsonValue, Record, Severity, Span

MOST_RUNS_OF_A_TRACE = 1_000
"""The tool stops here for each trace, and so do lists that the API gave without being asked to go on."""

_FIELDS = frozenset(("run_id", "duration_ms"))


@dataclass(slots=True)
class Pages:
    """Whether a list that the API gives page by page is whole: then one page names none after it."""

    has_next: bool = False
    has_last: bool = False

    def seen(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records as they are, looked at in passing."""
        for record in records:
            cursors = record.value.get("cursors") if isinstance(record.value, dict) else None
            if isinstance(cursors, dict):
                self.has_next = self.has_next or bool(cursors.get("next"))
                self.has_last = self.has_last or not cursors.get("next")
            yield record

    def gap(self) -> Iterator[ImportIssue]:
        """The sign that there are more runs than these."""
        if self.has_next and not self.has_last:
            yield _gap("the page names a next one (`cursors.next`), so there are more runs than these")


def is_tool_line(value: JsonValue) -> bool:
    """Whether the tool wrote this run; the API and the SDK use other names."""
    return isinstance(value, dict) and value.keys() >= _FIELDS


def with_gaps(entries: Iterable[tuple[Entry, bool]]) -> Iterator[Entry]:
    """The entries of a source, each with whether the tool wrote it, and then an issue for what all of them lack."""
    runs: dict[str, int] = {}
    is_bare, has_lines = True, False
    for entry, is_of_tool in entries:
        if isinstance(entry, Span):
            # of a start and an end record, the start alone counts
            if is_of_tool or entry.start_ns is not None:
                runs[entry.trace_id] = runs.get(entry.trace_id, 0) + 1
            has_lines = has_lines or is_of_tool
            is_bare = is_bare and not (is_of_tool and _holds_payload(entry))
        yield entry
    if has_lines and is_bare:
        yield _gap("no run has inputs or outputs: exported without --full, or hidden by the SDK's settings")
    for trace_id, count in runs.items():
        if count == MOST_RUNS_OF_A_TRACE:
            yield _gap(
                f"trace {trace_id} has exactly {count:,} runs, where this export stops; the API has the rest",
                trace_id,
            )


def _gap(message: str, trace_id: str | None = None) -> ImportIssue:
    return ImportIssue("vendor_truncated", message, Severity.DATA_LOSS, trace_id=trace_id)


def _holds_payload(span: Span) -> bool:
    return bool(span.input or span.output or span.input_messages or span.output_messages)
