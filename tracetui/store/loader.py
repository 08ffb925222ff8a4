"""From entries to rows: the one way by which what a format yields reaches the base tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from typing import Any, TypeVar

import duckdb

from tracetui.model import (
    TOKEN_FIELDS,
    Entry,
    Event,
    ImportIssue,
    LogRecord,
    Merged,
    Message,
    Origin,
    Score,
    Skipped,
    Span,
    SpanKind,
    StateChange,
    Status,
    ToolDefinition,
    TraceFacts,
    Unread,
    Usage,
)
from tracetui.reading import lenient
from tracetui.reading.faults import KEPT_BYTES
from tracetui.store.message_lists import MessageLists, single
from tracetui.store.tables import TableBuffer, cost_or_none, int64_or_none, time_or_none

_TABLES = (
    "spans", "payloads", "resources", "message_bodies", "message_parts", "message_lists", "message_ranges", "tool_definitions",
    "span_tools", "events", "links", "scores", "issues", "records", "sources", "log_targets", "trace_facts",
)  # fmt: skip
T = TypeVar("T")

_FLUSH_ROWS = 20_000
_FLUSH_CHARACTERS = 32_000_000

STAGING = """
CREATE TABLE store.log_targets (log_key BIGINT, id_scope INTEGER, trace_id VARCHAR, span_id VARCHAR);
ATTACH ':memory:' AS staging;
CREATE TABLE staging.state_told (
    span_key BIGINT, told BIGINT, op VARCHAR, key VARCHAR, value VARCHAR, before VARCHAR, store VARCHAR,
    scope VARCHAR, actor VARCHAR, fidelity VARCHAR, evidence VARCHAR, at_ns BIGINT, position BIGINT,
    moment BIGINT);
"""
"""What derivation still has to join; dropped when it is done. What is told of state is written anew as what changed, so it
stays out of the file, which would keep its room."""


@dataclass(slots=True)
class SourceFacts:
    """What is known of a source when it has been read; `records` counts what was read of it, `mapping` is how rows of no
    format were read (`generic_map.packed`)."""

    source_key: int
    source: str
    path: str | None
    format: str | None
    format_version: str | None
    why_detected: str | None
    container: str
    size_bytes: int | None
    modified_ns: int | None
    records: int = 0
    skipped: int = 0
    elapsed_ms: float = 0.0
    grade: str = "full"
    mapping: str | None = None


class Loader:
    """Writes entries of one source after another. Rows are inserted in batches of bounded size."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, first_span_key: int = 1) -> None:
        connection.execute(STAGING)
        self._tables = {name: TableBuffer(connection, f"store.{name}") for name in _TABLES}
        self._tables["state_told"] = TableBuffer(connection, "staging.state_told")
        self._messages: dict[bytes, int] = {}
        self._lists = MessageLists()
        self._tools: dict[bytes, int] = {}
        self._resources: dict[bytes, int] = {}
        self._characters = 0
        self._told = 0
        self._last_origin: Origin | None = None
        self._unfit: list[str] = []
        self.next_key = first_span_key

    def add(self, entry: Entry, facts: SourceFacts, id_scope: int) -> None:
        """Store one entry of the source and count it."""
        if isinstance(entry, ImportIssue):
            self.issue(entry, facts)
            return
        is_derived = isinstance(entry, Span) and entry.is_derived
        facts.records += not is_derived
        if isinstance(entry, Span):
            self._span(entry, facts.source_key, id_scope)
        elif isinstance(entry, LogRecord):
            self._log(entry, facts.source_key, id_scope)
        elif isinstance(entry, TraceFacts):
            self._trace_facts(entry, facts.source_key, id_scope)
        elif isinstance(entry, Score):
            self._score(entry, facts.source_key, None)
            self._record(facts.source_key, entry.origin, None, "loaded")
            self._report_unfit(facts.source_key, entry.origin, entry.span_id)
        elif isinstance(entry, Merged):
            self._merged(entry, facts.source_key, id_scope)
        else:
            self._skipped(entry, facts)
        if self._characters > _FLUSH_CHARACTERS or len(self._tables["spans"].rows) >= _FLUSH_ROWS:
            self.flush()

    def issue(self, issue: ImportIssue, facts: SourceFacts) -> None:
        """Store an import issue; the records it cost count as read and skipped, and what is kept of one is stored."""
        facts.records += issue.skipped
        facts.skipped += issue.skipped
        self._tables["issues"].rows.append(
            (facts.source_key, issue.line, issue.byte_offset, str(issue.severity), issue.code, issue.message,
             issue.span_id, issue.skipped, issue.trace_id))  # fmt: skip
        if isinstance(issue, Unread):
            self.unread(Origin(issue.line, issue.byte_offset or 0, issue.byte_length, issue.raw), facts)

    def unread(self, origin: Origin, facts: SourceFacts) -> None:
        """Store the beginning of what became nothing, with a sign where it goes on."""
        text = None
        if origin.raw is not None:
            raw, length = origin.raw[:KEPT_BYTES], origin.byte_length or 0
            more = f" … (+{length - len(raw):,} bytes)" if length > len(raw) else ""
            text = raw.decode("utf-8", "replace") + more
        self._rows("records").append(
            (facts.source_key, origin.line, origin.byte_offset, origin.byte_length, None, "skipped", text))  # fmt: skip

    def source(self, facts: SourceFacts) -> None:
        """Store a source whose entries have all been added."""
        self._tables["sources"].rows.append(
            (facts.source_key, facts.source, facts.path, facts.format, facts.format_version, facts.why_detected,
             facts.container, facts.size_bytes, facts.modified_ns, facts.records, facts.skipped, 0,
             facts.elapsed_ms, facts.grade, facts.mapping))  # fmt: skip

    def flush(self) -> None:
        """Insert everything collected so far."""
        for table in self._tables.values():
            table.flush()
        self._characters = 0

    def _rows(self, table: str) -> list[tuple[Any, ...]]:
        return self._tables[table].rows

    def _key(self) -> int:
        key = self.next_key
        self.next_key += 1
        return key

    def _span(self, span: Span, source_key: int, id_scope: int) -> None:
        key = self._key()
        usage = span.usage or _NO_USAGE
        origin = span.origin
        self._rows("spans").append(
            (key, source_key, id_scope, origin.line, origin.byte_offset, origin.byte_length,
             span.trace_id, span.span_id, span.parent_id, span.name, _word(span.kind), span.kind_original,
             _word(span.status), span.error_type, span.error_message,
             self._fitting("start_ns", span.start_ns, time_or_none), self._fitting("end_ns", span.end_ns, time_or_none),
             span.agent, span.model, span.requested_model, span.provider, span.tool_name,
             span.tool_call_id, span.session_id, span.user_id, span.environment, span.version,
             *(self._fitting(name, getattr(usage, name), int64_or_none) for name in _COUNTS),
             self._fitting("cost_usd", usage.cost_usd, cost_or_none),
             self._fitting("ttft_ns", span.ttft_ns, int64_or_none),
             False, None, *(self._fitting(name, getattr(usage, name), int64_or_none) for name in _MORE_COUNTS),
             usage.semantics, span.service_tier,
             self._fitting("web_searches", span.web_searches, int64_or_none), span.other_charges,
             self._fitting("took_ns", span.took_ns, int64_or_none), usage.unread))  # fmt: skip
        self._payload(key, span)
        self._messages_of(key, "input", span.input_messages)
        self._messages_of(key, "output", span.output_messages)
        for position, tool in enumerate(span.tools_offered):
            self._rows("span_tools").append((key, position, self._tool(tool)))
        self._events(key, span.events)
        for link in span.links:
            self._rows("links").append((key, link.trace_id, link.span_id, _json(link.attributes)))
        for score in span.scores:
            self._score(score, source_key, key)
        self._state_changes(key, span.state_changes)
        if not span.is_derived:
            self._record(source_key, origin, key, "loaded")
        self._report_unfit(source_key, origin, span.span_id)

    def _fitting(self, name: str, value: T | None, keep: Callable[[T], T | None]) -> T | None:
        """The value as a column holds it; None, and a note for the issues, where no column can."""
        if value is None:
            return None
        kept = keep(value)
        if kept is None:
            self._unfit.append(name)
        return kept

    def _report_unfit(self, source_key: int, origin: Origin | None, span_id: str | None) -> None:
        if not self._unfit:
            return
        names = ", ".join(dict.fromkeys(self._unfit))
        message = f"no column can hold the value of {names}; see the raw record"
        line, byte_offset = (None, None) if origin is None else (origin.line, origin.byte_offset)
        self._rows("issues").append(
            (source_key, line, byte_offset, "data_loss", "figure_out_of_range", message, span_id, 0, None)
        )
        self._unfit = []

    def _payload(self, key: int, span: Span) -> None:
        resource_key = self._resource(span.resource, span.scope)
        usage_raw = span.usage.raw if span.usage else None
        self._characters += len(span.input or "") + len(span.output or "")
        self._rows("payloads").append(
            (key, span.input, span.output, _json(span.attributes), resource_key, _json(span.metadata),
             _json(span.parameters), list(span.tags) or None, list(span.finish_reasons) or None, usage_raw))  # fmt: skip

    def _events(self, key: int, events: Sequence[Event]) -> None:
        for position, event in enumerate(events):
            self._rows("events").append(
                (key, position, self._fitting("time of an event", event.at_ns, time_or_none), event.name,
                 _json(event.attributes)))  # fmt: skip

    def _state_changes(self, key: int, changes: Sequence[StateChange]) -> None:
        for change in changes:
            self._told += 1
            self._characters += len(change.value or "")
            self._rows("state_told").append(
                (key, self._told, str(change.op), change.key, change.value, change.before, change.store, change.scope,
                 change.actor, str(change.fidelity), change.evidence,
                 self._fitting("time of a change", change.at_ns, time_or_none), change.order, change.moment))  # fmt: skip

    def _messages_of(self, key: int, side: str, messages: Sequence[Message]) -> None:
        """A range ends where the reason to finish differs, which only what is given back has."""
        position = 0
        for reason, some in groupby(messages, key=lambda message: message.finish_reason):
            keys = [self._message(message) for message in some]
            ranges = self._lists.ranges(keys) if side == "input" else single(keys)
            for found in ranges:
                self._rows("message_ranges").append(
                    (key, side, position, found.list_key, found.first, found.length, reason)
                )
                position += found.length
        self._rows("message_lists").extend(self._lists.added)
        self._lists.added.clear()

    def _message(self, message: Message) -> int:
        digest = _digest(message.role, message.name, *(field for part in message.parts for field in (
            part.type, part.content, part.tool_call_id, part.tool_name, part.mime_type, part.size_bytes, part.is_error)))  # fmt: skip
        known = self._messages.get(digest)
        if known is not None:
            return known
        key = self._messages[digest] = len(self._messages) + 1
        self._rows("message_bodies").append((key, message.role, message.name))
        for number, part in enumerate(message.parts):
            self._characters += len(part.content or "")
            self._rows("message_parts").append(
                (key, number, str(part.type), part.content, part.tool_call_id, part.tool_name, part.mime_type,
                 self._fitting("size_bytes", part.size_bytes, int64_or_none), part.is_error))  # fmt: skip
        return key

    def _tool(self, tool: ToolDefinition) -> int:
        digest = _digest(tool.name, tool.description, tool.schema)
        known = self._tools.get(digest)
        if known is not None:
            return known
        key = self._tools[digest] = len(self._tools) + 1
        self._rows("tool_definitions").append((key, tool.name, tool.description, tool.schema))
        return key

    def _resource(self, resource: Mapping[str, Any] | None, scope: Mapping[str, Any] | None) -> int | None:
        if not resource and not scope:
            return None
        resource_text, scope_text = _json(resource), _json(scope)
        digest = _digest(resource_text, scope_text)
        known = self._resources.get(digest)
        if known is not None:
            return known
        key = self._resources[digest] = len(self._resources) + 1
        self._rows("resources").append((key, resource_text, scope_text))
        return key

    def _log(self, log: LogRecord, source_key: int, id_scope: int) -> None:
        key = self._key()
        self._rows("log_targets").append((key, id_scope, log.trace_id, log.span_id))
        self._events(key, (log.event,))
        self._messages_of(key, "input", log.input_messages)
        self._messages_of(key, "output", log.output_messages)
        for score in log.scores:
            self._score(score, source_key, None)
        self._record(source_key, log.origin, key, "loaded")
        self._report_unfit(source_key, log.origin, log.span_id)

    def _merged(self, merged: Merged, source_key: int, id_scope: int) -> None:
        key = self._key()
        self._rows("log_targets").append((key, id_scope, merged.trace_id, merged.span_id))
        self._record(source_key, merged.origin, key, "merged")

    def _trace_facts(self, facts: TraceFacts, source_key: int, id_scope: int) -> None:
        self._rows("trace_facts").append(
            (id_scope, facts.trace_id, facts.name, facts.session_id, facts.user_id, _json(facts.metadata),
             list(facts.tags) or None))  # fmt: skip
        self._record(source_key, facts.origin, None, "loaded")

    def _score(self, score: Score, source_key: int, span_key: int | None) -> None:
        self._rows("scores").append(
            (source_key, span_key, None, score.trace_id, score.span_id, score.name, score.value, score.label,
             score.passed, score.kind, score.author, score.comment,
             self._fitting("time of a score", score.at_ns, time_or_none)))  # fmt: skip

    def _skipped(self, entry: Skipped, facts: SourceFacts) -> None:
        facts.skipped += 1
        origin = entry.origin
        self._rows("issues").append(
            (
                facts.source_key,
                origin.line,
                origin.byte_offset,
                str(entry.severity),
                entry.code,
                entry.reason,
                None,
                1,
                None,
            )
        )
        self._record(facts.source_key, origin, None, "skipped")

    def _record(self, source_key: int, origin: Origin | None, span_key: int | None, outcome: str) -> None:
        if origin is None:
            return
        # entries of one record share its origin; its text is stored with the first of them
        text = (
            None
            if origin.raw is None or origin is self._last_origin
            else origin.raw.decode("utf-8", "replace")
        )
        self._last_origin = origin
        self._characters += len(text or "")
        self._rows("records").append(
            (source_key, origin.line, origin.byte_offset, origin.byte_length, span_key, outcome, text))  # fmt: skip


_NO_USAGE = Usage()
_COUNTS = TOKEN_FIELDS[:6]
_MORE_COUNTS = TOKEN_FIELDS[6:]


def _word(value: SpanKind | Status | None) -> str | None:
    return None if value is None else str(value)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return lenient.dumps(dict(value)) if value else None


def _digest(*fields: object) -> bytes:
    text = "\x1f".join("\x00" if field is None else str(field) for field in fields)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
