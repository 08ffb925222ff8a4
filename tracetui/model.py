"""The nouns that formats yield and the database stores; `tracetui.read_model` has what readers of it receive.

Times and durations are integer nanoseconds (UTC epoch for times). Unknown is None, never 0.
Ids are text as the source gave them, in a lossless normal form (hex in lower case without 0x).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, TypeAlias

from tracetui.words import STEP_KINDS as STEP_KINDS
from tracetui.words import Fidelity as Fidelity
from tracetui.words import PartType as PartType
from tracetui.words import Severity as Severity
from tracetui.words import SpanKind as SpanKind
from tracetui.words import StateOp as StateOp
from tracetui.words import Status as Status

JsonValue: TypeAlias = "bool | int | float | str | list[Any] | dict[str, Any] | None"

LATEST_NS = 9_214_646_400_000_000_000
"""The start of 2262: later times are refused, since int64 ends that year and its last value means infinity in SQL."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record stands in its source: 1-based line (None where lines mean nothing), byte offset and length
    in the decompressed content. `raw` is the record as found; None means "read it from the source"."""

    line: int | None
    byte_offset: int
    byte_length: int
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One decoded top-level JSON value (a line, an array element, a document) or one Parquet row as a dict."""

    value: JsonValue
    origin: Origin


@dataclass(frozen=True, slots=True)
class ImportIssue:
    """Something in a source that could not be loaded whole. `skipped` is how many records it cost; without `trace_id`
    it concerns every span of `span_id` in the source."""

    code: str
    message: str
    severity: Severity = Severity.WARNING
    line: int | None = None
    byte_offset: int | None = None
    span_id: str | None = None
    source: str = ""
    skipped: int = 0
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unread(ImportIssue):
    """An import issue of bytes that are no record: `raw` is their beginning, `byte_length` how many there are."""

    raw: bytes = b""
    byte_length: int = 0


# --- what a format yields -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a message. `content` is text, JSON text of tool arguments or results, or a media reference.

    Media content is never inlined: it is a URI, or `data:<mime>;bytes=<n>` standing for embedded data.
    `is_error` is what a tool result says of itself; None where it does not say.
    """

    type: PartType
    content: str | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    mime_type: str | None = None
    size_bytes: int | None = None
    is_error: bool | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a model call, as given to or received from the model."""

    role: str
    parts: tuple[Part, ...]
    name: str | None = None
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool offered to the model; `schema` is JSON text."""

    name: str
    description: str | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one span as reported; `raw` is JSON text as found.

    `semantics` says how the source counts: `inclusive` (cached tokens within its input), `exclusive` (beside it) or
    `disjoint` (every bucket beside the others). A format that sets it has added up already: `input_tokens` includes
    cached tokens and `output_tokens` includes reasoning, as OpenTelemetry GenAI has it. Where it is None the figures
    stand as found and the store tells from their sums; so it does where it is `convention`, but for what sums leave open
    the names are believed that OpenTelemetry made for tokens within the input. `cache_read_audio_tokens` are within `cache_read_tokens`;
    `input_audio_tokens` and `input_image_tokens` are fresh ones. `unread` tells in words which figures were given that
    are none, such as `"1,000"`.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = None
    raw: str | None = None
    cache_write_5m_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    input_audio_tokens: int | None = None
    input_image_tokens: int | None = None
    output_audio_tokens: int | None = None
    other_tokens: int | None = None
    cache_read_audio_tokens: int | None = None
    output_image_tokens: int | None = None
    semantics: str | None = None
    unread: str | None = None


TOKEN_FIELDS = tuple(
    item.name for item in fields(Usage) if item.name not in ("cost_usd", "raw", "semantics", "unread")
)
"""The fields of `Usage` that count tokens."""


@dataclass(frozen=True, slots=True)
class Event:
    """A timed event of a span. An exception is an event named `exception` with `exception.type`,
    `exception.message` and `exception.stacktrace` among its attributes."""

    name: str
    at_ns: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A link from a span to another span or trace."""

    trace_id: str
    span_id: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """Feedback, evaluation, guardrail or safety verdict on a span (or on the trace when `span_id` is None)."""

    trace_id: str
    span_id: str | None
    name: str
    value: float | None = None
    label: str | None = None
    passed: bool | None = None
    kind: str | None = None
    author: str | None = None
    comment: str | None = None
    at_ns: int | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class StateChange:
    """What a span did to one key of the agent's memory; `value` and `before` are JSON text, unknown where None.

    Sources also tell of changes as a whole: `op` SNAPSHOT has an object of all keys of the store as its value, after
    which WRITEs of the same store since the last one say who wrote them; CHECK has the same and only compares; OBSERVE has some
    of the keys, as they were seen, and concludes what changed. PATCH
    has a list of RFC 6902 operations on the document of the store as it was at the MARK of the same `key`.
    Changes of a run are replayed by `at_ns`, where all have one, then `order`. Those that share a `moment` became visible
    at once, whatever spans made them.
    """

    op: StateOp
    key: str
    value: str | None = None
    before: str | None = None
    store: str = "state"
    scope: str | None = None
    actor: str | None = None
    fidelity: Fidelity = Fidelity.EXACT
    evidence: str | None = None
    at_ns: int | None = None
    order: int = 0
    moment: int | None = None


@dataclass(slots=True)
class Span:
    """One span record as a format read it. Fields the record does not carry stay None, so that two records of one
    span (a start and an end) merge column by column. Not frozen: formats fill it piece by piece.

    `took_ns` is how long it took where a record says that without its times.
    `is_derived` spans have no record of their own: the format made them of what others say, such as the turn around
    the calls of a log. `web_searches` are searches that the provider made and charges for each; `other_charges` tells in
    words what else it charges for besides tokens.
    """

    trace_id: str
    span_id: str
    origin: Origin
    is_derived: bool = False
    parent_id: str | None = None
    name: str | None = None
    kind: SpanKind | None = None
    kind_original: str | None = None
    status: Status | None = None
    error_type: str | None = None
    error_message: str | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    agent: str | None = None
    model: str | None = None
    requested_model: str | None = None
    provider: str | None = None
    service_tier: str | None = None
    web_searches: int | None = None
    other_charges: str | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    environment: str | None = None
    version: str | None = None
    ttft_ns: int | None = None
    took_ns: int | None = None
    usage: Usage | None = None
    # payload
    input: str | None = None
    output: str | None = None
    attributes: Mapping[str, Any] | None = None
    resource: Mapping[str, Any] | None = None
    scope: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    parameters: Mapping[str, Any] | None = None
    tags: Sequence[str] = ()
    finish_reasons: Sequence[str] = ()
    input_messages: Sequence[Message] = ()
    output_messages: Sequence[Message] = ()
    tools_offered: Sequence[ToolDefinition] = ()
    events: Sequence[Event] = ()
    links: Sequence[Link] = ()
    scores: Sequence[Score] = ()
    state_changes: Sequence[StateChange] = ()


@dataclass(frozen=True, slots=True)
class TraceFacts:
    """What a record says about a whole trace rather than about one of its spans."""

    trace_id: str
    origin: Origin
    name: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    metadata: Mapping[str, Any] | None = None
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A log or event record that belongs to a span which may stand in another record or file.

    `input_messages`, `output_messages` and `event` are added to that span when both are loaded; `scores` say
    themselves what they are about.
    """

    trace_id: str
    span_id: str | None
    origin: Origin
    event: Event
    input_messages: Sequence[Message] = ()
    output_messages: Sequence[Message] = ()
    scores: Sequence[Score] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that was read and is not a span, with the reason; kept as a raw record."""

    origin: Origin
    code: str
    reason: str
    severity: Severity = Severity.INFO


@dataclass(frozen=True, slots=True)
class Merged:
    """A record whose content went into a span that stands elsewhere in the same load: a user's line of a log, the
    result of a tool, a second half. Its text stays reachable from that span."""

    origin: Origin
    trace_id: str
    span_id: str


Entry: TypeAlias = "Span | TraceFacts | LogRecord | Score | Merged | Skipped | ImportIssue"
"""What `Format.read` yields. Everything but ImportIssue accounts for one record read."""
