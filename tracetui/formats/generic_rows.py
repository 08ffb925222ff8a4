"""Rows read through a mapping: one span a row, with the whole row in its attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import (
    parsed,
    payload_text,
    text_value,
    token_count,
)
from tracetui.formats.generic_calls import asked_in, call_id_in
from tracetui.formats.generic_guess import time_in
from tracetui.formats.generic_map import SourceMap, steps_at, value_at
from tracetui.formats.generic_names import kind_named, plain_name
from tracetui.formats.generic_spelled import number_in, spelled_s
from tracetui.formats.generic_status import status_of
from tracetui.formats.messages import read_messages
from tracetui.formats.run_names import asked_line
from tracetui.formats.service_tier import told_tier
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage
from tracetui.model import JsonValue, Origin, Span, SpanKind, Status, Usage
from tracetui.reading.lenient import dumps

_NS: Mapping[str | None, int] = MappingProxyType(
    {None: 1_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
)
_MOST_NS = 10**18
_LAST_ACTIONS = frozenset(("finish", "final_answer", "final answer", "Final Answer", "done", "answer"))
_ASKED = frozenset(("user", "user_message", "prompt", "messages"))
_QUESTIONS = frozenset(("question", "frage", "user_input"))
_TELLING = ("name", "kind", "parent_id", "model", "tool_name", "steps")
_ANSWERED = frozenset(("assistant", "assistant_message", "completion", "response", "generation", "reply"))
_ANSWERS = _ANSWERED | {"answer", "final_answer", "antwort"}
_LABELS = ("title", "task", "task_id")
_PAYLOAD_FIELDS = ("name", "session_id", "user_id", "model", "provider", "agent", "tool_name")


@dataclass(frozen=True, slots=True)
class RowReader:
    """Makes spans of rows; `whole` is the trace of rows that name none, `word` what a row without a name is called."""

    known: SourceMap
    whole: str
    word: str = "row"

    def span(self, row: JsonValue, number: int, origin: Origin) -> Span:
        """The span of a row; what is no object is kept as the span's input."""
        if not isinstance(row, dict):
            span = Span(
                self.whole, self._nth(number, "-"), origin, name=self._nth(number, " "), status=Status.UNSET
            )
            span.input = payload_text(row)
            return span
        span = Span(
            self._id(row, "trace_id") or self.whole,
            self._id(row, "span_id") or self._nth(number, "-"),
            origin,
        )
        parent = self._id(row, "parent_id")
        span.parent_id = parent if parent != span.span_id else None
        span.attributes = row
        self._fill_words(span, row)
        self._fill_times(span, row)
        self._fill_status(span, row)
        self._fill_kind(span, row)
        self._fill_payload(span, row)
        self._fill_asked(span, row)
        span.name = span.name or span.tool_name or span.kind_original or asked_line(span.input)
        labels = (text_value(row.get(key)) for key in _LABELS)
        span.name = span.name or next(filter(None, labels), None) or self._nth(number, " ")
        return span

    def _nth(self, number: int, sign: str) -> str:
        return f"{self.word}{sign}{number}"

    def value(self, row: Mapping[str, Any], field: str) -> JsonValue:
        """The value of a field in a row; None where it is not mapped or empty."""
        known = self.known.of(field)
        if known is None:
            return None
        if field == "steps":
            return steps_at(row, known.column) or None
        value = value_at(row, known.column)
        return None if value == "" else value

    def _id(self, row: Mapping[str, Any], field: str) -> str | None:
        value = self.value(row, field)
        if value is None or isinstance(value, (dict, list)):
            return None
        return text_value(value) or dumps(value)

    def _fill_words(self, span: Span, row: Mapping[str, Any]) -> None:
        for field in _PAYLOAD_FIELDS:
            value = self.value(row, field)
            if value is not None:
                text = value if isinstance(value, str) else dumps(value)
                setattr(span, field, one_line(text) if field == "name" else text)

    def _fill_times(self, span: Span, row: Mapping[str, Any]) -> None:
        span.start_ns, span.end_ns = self._time(row, "start"), self._time(row, "end")
        lasted_ns = self._lasted_ns(row)
        if lasted_ns is None:
            return
        if span.start_ns is not None and span.end_ns is None:
            span.end_ns = span.start_ns + lasted_ns
        elif span.end_ns is not None and span.start_ns is None:
            span.start_ns = span.end_ns - lasted_ns
        elif span.start_ns is None:
            span.took_ns = lasted_ns

    def _lasted_ns(self, row: Mapping[str, Any]) -> int | None:
        known, value = self.known.of("duration"), self.value(row, "duration")
        if known is None:
            return None
        spelled, number = spelled_s(value), number_in(value)
        found = number * _NS[known.unit] if number is not None else (spelled or 0) * 1e9
        return round(found) if (number, spelled) != (None, None) and 0 <= found < _MOST_NS else None

    def _time(self, row: Mapping[str, Any], field: str) -> int | None:
        known = self.known.of(field)
        return time_in(row, known) if known is not None else None

    def _fill_status(self, span: Span, row: Mapping[str, Any]) -> None:
        error, known = self.value(row, "error"), self.known.of("status")
        span.status = status_of(self.value(row, "status"), known.column if known else "")
        if error not in (None, False, 0, [], {}, "None", "null"):
            span.status = Status.ERROR
            if error is not True:
                said = error.get("message") if isinstance(error, dict) else error
                span.error_message = one_line(said if isinstance(said, str) else dumps(error))

    def _fill_kind(self, span: Span, row: Mapping[str, Any]) -> None:
        word = self.value(row, "kind")
        if isinstance(word, str):
            span.kind_original = word
            span.kind = kind_named(word) or SpanKind.UNKNOWN
        elif span.tool_name:
            span.kind = SpanKind.TOOL
        elif self._is_action():
            span.kind = None if span.name in _LAST_ACTIONS else SpanKind.TOOL
        elif self.value(row, "steps"):
            span.kind = SpanKind.CHAIN
        elif span.model or self._tells_tokens(row) or self._is_exchange(row):
            span.kind = SpanKind.LLM
        if span.kind is SpanKind.TOOL:
            span.tool_call_id = call_id_in(row)

    def _is_action(self) -> bool:
        """Whether rows are what an agent did and what it saw: actions and observations."""
        return (self._bare("name"), self._bare("output")) == ("action", "observation")

    def _is_exchange(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is what a model was asked and what it said; questions may be put to anybody where rows say more
        of themselves."""
        asked, said = self._bare("input"), self._bare("output")
        is_said = (asked in _ASKED and said in _ANSWERED) or (
            asked in _QUESTIONS and said in _ANSWERS and not any(self.known.of(field) for field in _TELLING)
        )
        return is_said and self.value(row, "output") is not None

    def _bare(self, field: str) -> str:
        """The plain name of the column of a field, without what it stands in."""
        known = self.known.of(field)
        return "" if known is None else plain_name(known.column.rpartition(".")[2])

    def _fill_asked(self, span: Span, row: Mapping[str, Any]) -> None:
        """Tools that a row asks for are asked for by a model."""
        found = asked_in(row) if span.kind in (None, SpanKind.LLM) and not self.value(row, "steps") else None
        if found is not None:
            message, said = found
            span.kind, span.output_messages = SpanKind.LLM, (message,)
            if said is not None and span.output is None and span.input == payload_text(said):
                span.input, span.output, span.input_messages = None, span.input, ()

    def _tells_tokens(self, row: Mapping[str, Any]) -> bool:
        """Whether a row counts tokens of its own: only models do."""
        return any(token_count(self.value(row, field)) for field in ("output_tokens", "total_tokens"))

    def _fill_payload(self, span: Span, row: Mapping[str, Any]) -> None:
        given, said = self.value(row, "input"), self.value(row, "output")
        span.input, span.output = payload_text(given), payload_text(said)
        if span.kind is SpanKind.LLM:
            span.input_messages = read_messages(parsed(given))
            span.output_messages = read_messages(parsed(said), "assistant")
        figures = Figures()
        told = {field: self.value(row, field) for field in ("input_tokens", "output_tokens", "total_tokens")}
        told["cost"] = _pointed(self.value(row, "cost"))
        usage = Usage(
            input_tokens=figures.tokens(told, ("input_tokens",)),
            output_tokens=figures.tokens(told, ("output_tokens",)),
            total_tokens=figures.tokens(told, ("total_tokens",)),
            cost_usd=figures.dollars(told, ("cost",)),
            unread=figures.unread,
        )
        span.usage = self._with_cached(usage, row) if usage != Usage() else None
        if span.usage is not None:
            places = (row.get("response"), row, row.get("request"))
            span.service_tier = told_tier(*(place for place in places if isinstance(place, dict)))

    def _with_cached(self, usage: Usage, row: Mapping[str, Any]) -> Usage:
        """The usage with the cached tokens that stand beside its input tokens under the names of vendors."""
        known, cost = self.known.of("input_tokens"), self.known.of("cost")
        if known is None:
            return usage
        path = "" if known.column in row else known.column.rpartition(".")[0]
        held = value_at(row, path) if path else row
        paid = cost.column.rpartition(".")[2] if cost is not None else None
        told = read_usage({k: v for k, v in held.items() if k != paid}) if isinstance(held, dict) else None
        if told is None or told.input_tokens is None:
            return usage
        cached = (told.cache_read_tokens or 0) + (told.cache_write_tokens or 0)
        given = told.input_tokens - cached if told.semantics == "exclusive" else told.input_tokens
        if given != usage.input_tokens:
            return usage  # what is mapped is another figure
        return replace(
            usage,
            input_tokens=told.input_tokens,
            cache_read_tokens=told.cache_read_tokens,
            cache_write_tokens=told.cache_write_tokens,
            cache_write_5m_tokens=told.cache_write_5m_tokens,
            cache_write_1h_tokens=told.cache_write_1h_tokens,
            semantics=told.semantics,
            unread=usage.unread or told.unread,
        )


def _pointed(value: JsonValue) -> JsonValue:
    """An amount with a decimal comma as one with a point, digits as they are."""
    return value.replace(",", ".") if isinstance(value, str) and number_in(value) is not None else value
