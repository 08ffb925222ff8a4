"""CrewAI: events of its bus a line each, the log of tasks that `output_log_file` writes, and what a crew gave back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.crewai_events import is_event, read_events
from tracetui.formats.crewai_tasks import is_output, is_task_line, read_output, read_task_lines
from tracetui.formats.elements import element_origin
from tracetui.model import Entry, JsonValue, Origin, Record, Severity, Skipped


def sniff(head: Head) -> Match | None:
    """Recognise events by their ids and sequence, lines of tasks by their status, outputs by `tasks_output`."""
    values = [
        item for value in head.values[:8] for item in (value[:4] if isinstance(value, list) else [value])
    ]
    if any(is_event(value) for value in values):
        return Match(92, "events with event_id, parent_event_id and emission_sequence", "events")
    if any(is_output(value) for value in values):
        return Match(90, "the output of a crew with tasks_output and raw", "output")
    if any(is_task_line(value) for value in values):
        return Match(80, "lines with task_name, task, agent and status", "task log")
    return None


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each kickoff: from its events, its lines of tasks, or its output."""
    events: list[tuple[JsonValue, Origin]] = []
    lines: list[tuple[JsonValue, Origin]] = []
    for record in records:
        for value, origin in _elements(record):
            if isinstance(value, dict) and is_output(value):
                yield from read_output(value, origin)
            elif is_event(value):
                events.append((value, origin))
            elif is_task_line(value):
                lines.append((value, origin))
            else:
                yield Skipped(origin, "unknown_shape", "no event, task or output of CrewAI", Severity.WARNING)
    yield from read_events(events)
    yield from read_task_lines(lines, source)


def _elements(record: Record) -> list[tuple[JsonValue, Origin]]:
    if isinstance(record.value, list) and record.value:
        return [(item, element_origin(record.origin, item)) for item in record.value]
    return [(record.value, record.origin)]


FORMAT = Format(
    name="crewai",
    title="CrewAI logs and events",
    recognised_by="events with `event_id` and `emission_sequence`, lines with `task_name` and `status`, or `tasks_output`",
    produced_by="CrewAI: Crew(output_log_file='x.json'), crew.kickoff().model_dump_json(), or a listener on its event bus",
    sniff=sniff,
    read=read,
)
