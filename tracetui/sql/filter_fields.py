"""The fields of the filter language: what each is called, of what type it is, and the SQL it stands for.

`run` is an expression over a row `r` of `store.runs`, `span` one over a row `n` of `store.spans` with its place `p`;
`PUBLIC_RUN` and `PUBLIC_SPAN` say the same over rows of the views, where it is said otherwise there. A field that only runs or only spans have is reached through the other: a run has a tool if one of its spans has it.
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
_SOURCE = "(SELECT f.{0} FROM store.sources AS f WHERE f.source_key = r.source_key)"
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
    "source": Field(_TEXT, "file it came from", _SOURCE.format("source")),
    "format": Field(_TEXT, "format of that file", _SOURCE.format("format")),
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
                     "CASE WHEN r.end_ns >= r.start_ns THEN r.end_ns - r.start_ns ELSE r.took_ns END",
                     "CASE WHEN n.end_ns >= n.start_ns THEN n.end_ns - n.start_ns ELSE n.took_ns END"),
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

_CALL = "(SELECT u.{0} FROM llm_calls AS u WHERE u.run_id = n.run_id AND u.span_id = n.span_id)"

PUBLIC_RUN: Mapping[str, str] = {
    "source": "r.source", "format": "r.format", "latency": "r.duration_ns", "started": "epoch_ns(r.started_at)",
}  # fmt: skip
PUBLIC_SPAN: Mapping[str, str] = {
    "step": "n.step", "latency": "n.duration_ns", "cost": _CALL.format("cost_usd"), "ttft": _CALL.format("ttft_ns"),
    "tokens": _CALL.format("total_tokens"), "input": _CALL.format("input_tokens"),
    "output": _CALL.format("output_tokens"), "cached": _CALL.format("cache_read_tokens"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tables:
    """How conditions are said over one set of tables: where bare words are looked for, how they reach from runs to
    spans and back, and to what spans hold. `places_of_text` is in the order of `holds_text`."""

    found_in_run: str
    found_in_span: str
    spans_of_run: str
    run_of_span: str
    attributes: str
    has_attribute: str
    score_of_run: str
    score_of_span: str
    has_score: str
    holds_text: str
    places_of_text: tuple[str, ...]
    run_fields: Mapping[str, str]
    span_fields: Mapping[str, str]


_WORDS_OF_RUN = (
    "concat_ws(' ', r.run_id, r.name, r.agent, r.session_id, r.status, r.error_type, r.error_message,"
    " array_to_string(r.models, ' '), {0})"
)
_WORDS_OF_SPAN = (
    "concat_ws(' ', n.name, n.span_id, n.tool_name, n.agent, n.model, n.error_type, n.error_message)"
)

BASE = Tables(
    found_in_run=_WORDS_OF_RUN.format(_SOURCE.format("source")),
    found_in_span=_WORDS_OF_SPAN,
    spans_of_run="EXISTS (SELECT 1 FROM store.places AS p JOIN store.spans AS n USING (span_key)"
    " WHERE p.run_key = r.run_key AND {0})",
    run_of_span="EXISTS (SELECT 1 FROM store.runs AS r WHERE r.run_key = p.run_key AND {0})",
    attributes="l.attributes",
    has_attribute="n.span_key IN (SELECT l.span_key FROM store.payloads AS l WHERE {0})",
    score_of_run="c.run_key = r.run_key",
    score_of_span="c.span_key = n.span_key",
    has_score="EXISTS (SELECT 1 FROM store.scores AS c WHERE {0} AND {1} AND {2})",
    holds_text="({0} OR n.span_key IN (SELECT l.span_key FROM store.payloads AS l WHERE {1})"
    " OR n.span_key IN (SELECT m.span_key FROM store.span_messages AS m"
    " JOIN store.message_parts AS q USING (message_key) WHERE {2})"
    " OR n.span_key IN (SELECT e.span_key FROM store.events AS e WHERE {3}))",
    places_of_text=(
        _WORDS_OF_SPAN,
        "concat_ws(' ', l.input, l.output, l.attributes)",
        "concat_ws(' ', q.content, q.tool_name)",
        "concat_ws(' ', e.name, e.attributes)",
    ),
    run_fields={},
    span_fields={},
)
"""The base tables."""

PUBLIC = Tables(
    found_in_run=_WORDS_OF_RUN.format("r.source"),
    found_in_span=_WORDS_OF_SPAN,
    spans_of_run="EXISTS (SELECT 1 FROM spans AS n WHERE n.run_id = r.run_id AND {0})",
    run_of_span="EXISTS (SELECT 1 FROM runs AS r WHERE r.run_id = n.run_id AND {0})",
    attributes="n.attributes",
    has_attribute="({0})",
    score_of_run="c.run_id = r.run_id",
    score_of_span="c.run_id = n.run_id AND c.span_id = n.span_id",
    has_score="EXISTS (SELECT 1 FROM scores AS c WHERE {0} AND {1} AND {2})",
    holds_text="({0} OR {1}"
    " OR EXISTS (FROM messages AS q WHERE q.run_id = n.run_id AND q.span_id = n.span_id AND {2})"
    " OR EXISTS (FROM events AS e WHERE e.run_id = n.run_id AND e.span_id = n.span_id AND {3}))",
    places_of_text=(
        _WORDS_OF_SPAN,
        "concat_ws(' ', n.input, n.output, n.attributes)",
        "concat_ws(' ', q.content, q.tool_name)",
        "concat_ws(' ', e.name, e.attributes)",
    ),
    run_fields=PUBLIC_RUN,
    span_fields=PUBLIC_SPAN,
)
"""The views that everybody may ask."""
