"""One sample of an Inspect AI evaluation as a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracetui.formats.chat_log import ChatLog
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import number_value
from tracetui.formats.elements import element_origin
from tracetui.formats.inspect_ai_content import pool_of
from tracetui.formats.inspect_ai_events import Events
from tracetui.formats.inspect_ai_scores import sample_scores
from tracetui.formats.inspect_ai_spans import messages_of
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, Event, ImportIssue, JsonValue, Origin, Severity, Span, SpanKind, Status

_COLUMNS = frozenset(
    (
        "input",
        "messages",
        "output",
        "scores",
        "events",
        "events_data",
        "attachments",
        "transcript",
        "metadata",
    )
)


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What is known of the log that holds a sample: its task, how its samples are grouped, its epochs; and the file's
    name, which stands in for a task that no part of the sample names."""

    task: str | None
    session_id: str | None
    epochs: int | None = None
    model: str | None = None
    file: str | None = None


def read_sample(sample: dict[str, Any], origin: Origin, facts: LogFacts) -> Iterator[Entry]:
    """The run of a sample, its spans, and what could not be resolved."""
    pool = pool_of(sample)
    root = _root(sample, origin, facts)
    events = Events(root, origin, pool)
    transcript = sample.get("transcript")
    older = transcript.get("events") if isinstance(transcript, dict) else None
    events.read(sample.get("events") or older)
    root.input = _input_text(pool.resolved(sample.get("input")))
    root.output = _output_text(pool.resolved(sample.get("output")))
    kept = {
        key: value for key, value in sample.items() if key not in _COLUMNS and value not in (None, {}, [], "")
    }
    root.attributes = pool.resolved(kept) or None
    root.metadata = (
        pool.resolved(sample["metadata"]) or None if isinstance(sample.get("metadata"), dict) else None
    )
    root.scores = tuple(sample_scores(pool.resolved(sample.get("scores")), root.trace_id, root.span_id))
    events.state.end(root, pool.resolved(sample.get("store")), events.last_ns)
    _close(root, sample, events)
    if events.model_calls:
        yield root
    else:
        yield from _told(root, pool.resolved(sample.get("messages")), origin)
    yield from events.close()
    if pool.missing:
        message = (
            f"attachments that texts refer to are not in the log or too large to unfold: {len(pool.missing)}"
        )
        yield ImportIssue(
            "missing_attachment", message, Severity.DATA_LOSS, span_id=root.span_id, trace_id=root.trace_id
        )


def trace_of(sample: dict[str, Any], facts: LogFacts) -> str:
    """The trace id of a sample, which its summary knows too: its own id, or log, sample and epoch in older logs."""
    own, epoch = as_text(sample.get("id")), as_text(sample.get("epoch"))
    return first_text(sample, ("uuid",)) or f"{facts.session_id or 'inspect'}/{own}_epoch_{epoch}"


def root_id(trace: str) -> str:
    """The span id of the run of a sample."""
    return f"sample-{trace}"


def _root(sample: dict[str, Any], origin: Origin, facts: LogFacts) -> Span:
    own, epoch = as_text(sample.get("id")), as_text(sample.get("epoch"))
    trace = trace_of(sample, facts)
    root = Span(trace, root_id(trace), origin)
    root.kind, root.kind_original, root.session_id = SpanKind.CHAIN, "sample", facts.session_id
    task = f"{facts.task.rsplit('/', 1)[-1]} " if facts.task else ""
    file = f" of {facts.file}" if facts.file and not task else ""
    several = facts.epochs is None or facts.epochs > 1
    epoch_told = f" epoch {epoch}" if several and epoch not in (None, "0", "1") else ""
    root.name = f"{task}sample {own}{epoch_told}{file}"
    return root


def _input_text(found: JsonValue) -> str | None:
    if isinstance(found, str):
        return found
    said = [part.content for message in messages_of(found) for part in message.parts if part.content]
    return "\n\n".join(said) or as_text(found)


def _output_text(found: JsonValue) -> str | None:
    if not isinstance(found, dict):
        return as_text(found)
    said = [p.content for m in messages_of(found.get("choices"), "assistant") for p in m.parts if p.content]
    return "\n\n".join(said) or first_text(found, ("completion",))


def _close(root: Span, sample: dict[str, Any], events: Events) -> None:
    starts = [e.start_ns for e in events.entries if isinstance(e, Span) and e.start_ns is not None]
    said_start, said_end = to_ns(sample.get("started_at")), to_ns(sample.get("completed_at"))
    root.start_ns = min([*starts, *([said_start] if said_start else [])], default=None)
    root.end_ns = max([at for at in (said_end, events.last_ns) if at is not None], default=None)
    root.status = Status.OK
    limit, error = sample.get("limit"), sample.get("error")
    if isinstance(limit, dict):
        kind, bound = first_text(limit, ("type",)) or "limit", number_value(limit.get("limit"))
        most = None if bound is None else f"{bound:g}"
        root.status, root.error_type = Status.ERROR, f"{kind} limit"
        root.error_message = f"stopped at its {kind} limit" + (f" of {most}" if most else "")
    if error not in (None, {}, ""):
        said: dict[str, Any] = error if isinstance(error, dict) else {"message": as_text(error)}
        message, stack = first_text(said, ("message",)), first_text(said, ("traceback",))
        root.status, root.error_message = Status.ERROR, one_line(message) or "the sample failed"
        root.error_type = _named(message, stack)
        kept = {
            "exception.type": root.error_type,
            "exception.message": message,
            "exception.stacktrace": stack,
        }
        happened = Event("exception", root.end_ns, {key: value for key, value in kept.items() if value})
        root.events = [*root.events, happened]
        events.blame(root.error_type, root.error_message)


def _named(message: str | None, stack: str | None) -> str | None:
    """The exception's name: the start of the last line of its traceback, or of the message `Name('…')`."""
    last = [line for line in (stack or "").splitlines() if line.strip()][-1:]
    for text, mark in ((last[0] if last else "", ":"), (message or "", "(")):
        word = text.split(mark, 1)[0].strip()
        if mark in text and word.replace(".", "").replace("_", "").isalnum() and word[:1].isalpha():
            return word.rsplit(".", 1)[-1]
    return None


def _told(root: Span, messages: JsonValue, origin: Origin) -> Iterator[Entry]:
    """A sample without model events: its messages tell the run."""
    log = ChatLog(Transcript(root.trace_id, origin, root.name or "sample"))
    log.log.root = root
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and message.get("role") == "tool":
            message = {**message, "is_error": message.get("error") is not None}
        log.add(message, element_origin(origin, message))
    yield from log.entries()
