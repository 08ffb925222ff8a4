"""The fields of the filter language: what each is called, of what type it is, and the SQL it stands for.

`run` is an expression over a row `r` of `store.runs`, `span` one over a row `n` of `store.spans` with its place `p`.
A field that only runs or only spans have is reached through the other: a run has a tool if one of its spans has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracetui.model import SpanKind, Status


class FieldType(StrEnum):
    """How values of a field are written and compared."""

    TEXT = "text"
    CHOICE = "choice"
    COUNT = "count"
    MONEY = "money"
    DURATION = "duration"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `choices` maps what may be written to what is stored; `about` is for help and docs."""

    type: FieldType
    about: str
    run: str | None = None
    span: str | None = None
    choices: Mapping[str, str] | None = None


_STATUSES = {
    **{str(status): str(status) for status in Status},
    "failed": "error", "failure": "error", "success": "ok", "paused": "interrupted", "running": "unfinished",
}  # fmt: skip
_KINDS = {str(kind).lower(): str(kind) for kind in SpanKind}

_TEXT, _COUNT, _MONEY = FieldType.TEXT, FieldType.COUNT, FieldType.MONEY
_ERROR = "nullif(concat_ws(' ', {0}.error_type, {0}.error_message), '')"
_TOOL = "coalesce(n.tool_name, CASE WHEN n.kind = 'TOOL' THEN n.name END)"

FIELDS: Mapping[str, Field] = {
    "status": Field(FieldType.CHOICE, "how it ended", "r.status", "n.status", _STATUSES),
    "name": Field(_TEXT, "its name", "r.name", "n.name"),
    "run": Field(_TEXT, "id of the run", "r.run_id"),
    "trace": Field(_TEXT, "id of the trace", "r.trace_id"),
    "span": Field(_TEXT, "id of a span", None, "n.span_id"),
    "session": Field(_TEXT, "conversation or thread", "r.session_id"),
    "user": Field(_TEXT, "end user", "r.user_id"),
    "env": Field(_TEXT, "deployment environment", "r.environment"),
    "version": Field(_TEXT, "version of the application", "r.version"),
    "tag": Field(_TEXT, "a tag", "array_to_string(r.tags, chr(31))"),
    "source": Field(_TEXT, "file it came from",
                    "(SELECT f.source FROM store.sources AS f WHERE f.source_key = r.source_key)"),
    "format": Field(_TEXT, "format of that file",
                    "(SELECT f.format FROM store.sources AS f WHERE f.source_key = r.source_key)"),
    "agent": Field(_TEXT, "agent that acts", None, "n.agent"),
    "kind": Field(FieldType.CHOICE, "kind of a span", None, "n.kind", _KINDS),
    "step": Field(_COUNT, "number of a step", None, "p.step"),
    "tool": Field(_TEXT, "tool that was called", None, _TOOL),
    "model": Field(_TEXT, "model called, or asked for", None, "nullif(concat_ws(chr(31), n.model, n.requested_model), '')"),
    "provider": Field(_TEXT, "provider of the model", None, "n.provider"),
    "error": Field(_TEXT, "type or message of an error", _ERROR.format("r"), _ERROR.format("n")),
    "cost": Field(_MONEY, "cost in US dollars, as far as known", "r.cost_usd", "n.cost_usd"),
    "tokens": Field(_COUNT, "tokens in all", "r.total_tokens",
                    "coalesce(n.total_tokens, n.input_tokens::HUGEINT + n.output_tokens)"),
    "input": Field(_COUNT, "input tokens", "r.input_tokens", "n.input_tokens"),
    "output": Field(_COUNT, "output tokens", "r.output_tokens", "n.output_tokens"),
    "cached": Field(_COUNT, "input tokens read from a cache", "r.cache_read_tokens", "n.cache_read_tokens"),
    "latency": Field(FieldType.DURATION, "time from start to end",
                     "CASE WHEN r.end_ns >= r.start_ns THEN r.end_ns - r.start_ns END",
                     "CASE WHEN n.end_ns >= n.start_ns THEN n.end_ns - n.start_ns END"),
    "ttft": Field(FieldType.DURATION, "time to the first token", None, "n.ttft_ns"),
    "started": Field(FieldType.TIME, "when it started, UTC", "r.start_ns", "n.start_ns"),
    "spans": Field(_COUNT, "spans of the run", "r.spans"),
    "steps": Field(_COUNT, "steps of the run", "r.steps"),
    "errors": Field(_COUNT, "spans that raised", "r.errors"),
    "calls": Field(_COUNT, "model calls of the run", "r.llm_calls"),
    "tools": Field(_COUNT, "tool calls of the run", "r.tool_calls"),
}  # fmt: skip

ALIASES: Mapping[str, str] = {
    "duration": "latency", "took": "latency", "time": "started", "environment": "env", "id": "run", "thread": "session",
    "conversation": "session", "tags": "tag", "file": "source", "price": "cost",
}  # fmt: skip

TEXT_FIELD = "text"
"""Looks into every name, error, input, output, message, attribute and event of a span."""

PREFIXES: Mapping[str, str] = {
    "attr": "an attribute of a span, as attr.gen_ai.request.model",
    "meta": "metadata of the run, as meta.customer",
    "score": "the value, or else the label, of a score, as score.correctness",
}
"""Fields that are followed by a dot and a key."""

FOUND_IN_RUN = (
    "concat_ws(' ', r.run_id, r.name, r.agent, r.session_id, r.status, r.error_type, r.error_message,"
    " array_to_string(r.models, ' '),"
    " (SELECT f.source FROM store.sources AS f WHERE f.source_key = r.source_key))"
)
FOUND_IN_SPAN = (
    "concat_ws(' ', n.name, n.span_id, n.tool_name, n.agent, n.model, n.error_type, n.error_message)"
)
"""Where bare words are looked for."""

SPANS_OF_RUN = (
    "EXISTS (SELECT 1 FROM store.places AS p JOIN store.spans AS n USING (span_key)"
    " WHERE p.run_key = r.run_key AND {0})"
)
RUN_OF_SPAN = "EXISTS (SELECT 1 FROM store.runs AS r WHERE r.run_key = p.run_key AND {0})"
HAS_ATTRIBUTE = "n.span_key IN (SELECT l.span_key FROM store.payloads AS l WHERE {0})"
HAS_SCORE = "EXISTS (SELECT 1 FROM store.scores AS c WHERE {0} AND {1} AND {2})"
HOLDS_TEXT = (
    "({0} OR n.span_key IN (SELECT l.span_key FROM store.payloads AS l WHERE {1})"
    " OR n.span_key IN (SELECT m.span_key FROM store.span_messages AS m"
    " JOIN store.message_parts AS q USING (message_key) WHERE {2})"
    " OR n.span_key IN (SELECT e.span_key FROM store.events AS e WHERE {3}))"
)
"""Conditions that reach from runs to spans, back, and to what spans hold."""

PLACES_OF_TEXT = (
    FOUND_IN_SPAN,
    "concat_ws(' ', l.input, l.output, l.attributes)",
    "concat_ws(' ', q.content, q.tool_name)",
    "concat_ws(' ', e.name, e.attributes)",
)
"""Where `text` is looked for, in the order of `HOLDS_TEXT`."""
