"""The scalar columns of a span, filled from its attributes by the tables and rules of `conventions`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Set
from decimal import Decimal
from typing import Any

from tracetui.formats.conventions_values import (
    Attributes,
    cost_value,
    first_text_value,
    integer_value,
    number_value,
    parsed_object,
    text_value,
)
from tracetui.formats.times import iso_to_ns
from tracetui.formats.unread_usage import unread
from tracetui.model import JsonValue, Span, SpanKind, Usage
from tracetui.reading.lenient import dumps
from tracetui.sql import conventions as tables

_USAGE_PREFIXES = (
    "gen_ai.usage.",
    "gen_ai.aggregated_usage.",
    "llm.token_count.",
    "llm.usage.",
    "llm.cost.",
    "ai.usage.",
    "decision.token_count.",
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "mlflow.llm.cost",
    "mlflow.chat.tokenUsage",
    "operation.cost",
)
_COUNT_KEYS = frozenset(key for keys in tables.INTEGER_KEYS.values() for key in keys)
_COST_KEYS = frozenset(tables.COST_KEYS)


def _columns_of() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    rows = [(column, key) for column, keys in tables.TEXT_KEYS.items() for key in keys]
    rows += [(column, key) for _, column, keys in tables.KIND_TEXT_KEYS for key in keys]
    rows += [("usage", key) for keys in tables.INTEGER_KEYS.values() for key in keys]
    rows += [("usage", key) for _, key, _ in tables.MEMBER_SUMS]
    rows += [("usage", key) for key in (*tables.COST_KEYS, *(key for key, _ in tables.COST_MEMBERS))]
    rows += [("ttft_ns", key) for key in (*(key for key, _ in tables.TTFT_KEYS), *tables.TTFT_AT_KEYS)]
    rows += [("kind", key) for key, _ in (*tables.KIND_WORDS, *tables.KIND_PRESENCE)]
    for column, key in rows:
        found.setdefault(key, set()).add(column)
    return {key: frozenset(columns) for key, columns in found.items()}


_COLUMNS_OF: Mapping[str, frozenset[str]] = _columns_of()
_HOT_KEYS = frozenset(_COLUMNS_OF)
_NO_COLUMNS: frozenset[str] = frozenset()
_KIND_NAMES = dict(tables.KIND_NAMES)
_REFINED_PREFIXES = tuple(prefix for _, prefix, _ in tables.KIND_REFINED)


def resource_columns(resource: Attributes) -> dict[str, str]:
    """Columns that a resource gives to its spans where they say nothing themselves."""
    found = {column: first_text_value(resource, keys) for column, keys in tables.RESOURCE_KEYS.items()}
    return {column: text for column, text in found.items() if text is not None}


def fill_hot(span: Span, attributes: Attributes, resource: Mapping[str, str], otel_kind: str | None) -> None:
    """Fill kind, model, agent, tool, session, usage and their like; `span.name` and `span.start_ns` are there already.

    `resource` is what `resource_columns` found, `otel_kind` OpenTelemetry's bare kind word.
    """
    present = _HOT_KEYS & attributes.keys()
    columns = _NO_COLUMNS.union(*[_COLUMNS_OF[key] for key in present]) if present else _NO_COLUMNS
    _fill_kind(span, attributes, "kind" in columns, otel_kind)
    for column in columns:
        _FILL[column](span, attributes)
    for column, text in resource.items():
        if getattr(span, column) is None:
            setattr(span, column, text)
    if present:
        _fill_by_kind(span, attributes)


# --- kind ------------------------------------------------------------------------------------------------------


def _fill_kind(span: Span, attributes: Attributes, said: bool, otel_kind: str | None) -> None:
    kind = original = None
    if said:
        kind, original = _kind_by_words(attributes)
        kind = kind or next((kind for key, kind in tables.KIND_PRESENCE if key in attributes), None)
    name = span.name or ""
    kind = kind or _KIND_NAMES.get(name, SpanKind.UNKNOWN)
    if name.startswith(_REFINED_PREFIXES):
        kind = next(
            (to for of, start, to in tables.KIND_REFINED if of is kind and name.startswith(start)), kind
        )
    span.kind = kind
    span.kind_original = original or otel_kind


def _kind_by_words(attributes: Attributes) -> tuple[SpanKind | None, str | None]:
    original = None
    for key, words in tables.KIND_WORDS:
        text = text_value(attributes[key]) if key in attributes else None
        if text is None:
            continue
        original = original or text
        kind = words.get(text.strip('"').lower())
        if kind is not None:
            return kind, original
    return None, original


# --- text, usage, time to the first token ----------------------------------------------------------------------


def _text_filler(column: str) -> Callable[[Span, Attributes], None]:
    keys = tables.TEXT_KEYS[column]

    def fill(span: Span, attributes: Attributes) -> None:
        setattr(span, column, first_text_value(attributes, keys))

    return fill


def _fill_provider(span: Span, attributes: Attributes) -> None:
    for key in tables.TEXT_KEYS["provider"]:
        text = text_value(attributes.get(key))
        if text is not None and text.lower() not in tables.NOT_PROVIDERS:
            span.provider = text.lower()
            return


def _fill_by_kind(span: Span, attributes: Attributes) -> None:
    for kind, column, keys in tables.KIND_TEXT_KEYS:
        if kind is span.kind and getattr(span, column) is None:
            setattr(span, column, first_text_value(attributes, keys))


def _fill_usage(span: Span, attributes: Attributes) -> None:
    counts = {column: _first_integer(attributes, keys) for column, keys in tables.INTEGER_KEYS.items()}
    for column, key, members in tables.MEMBER_SUMS:
        if counts[column] is None and key in attributes:
            counts[column] = _member_sum(attributes[key], members)
    cost = _cost(attributes)
    odd = _unread(attributes)
    if odd is not None or cost is not None or any(count is not None for count in counts.values()):
        figures: dict[str, Any] = dict(counts)
        within = any(integer_value(attributes.get(key)) for key in tables.WITHIN_INPUT_KEYS)
        semantics = tables.CONVENTION if within else None
        span.usage = Usage(
            **figures, cost_usd=cost, raw=_raw_usage(attributes), semantics=semantics, unread=odd
        )


def _unread(attributes: Attributes) -> str | None:
    odd = [*_given(attributes, _COUNT_KEYS), *_members(attributes, tables.COUNT_MEMBERS)]
    costs = [*_given(attributes, _COST_KEYS), *_members(attributes, tables.COST_MEMBERS_OF)]
    odd = [(name, value) for name, value in odd if integer_value(value) is None]
    costs = [(name, value) for name, value in costs if cost_value(value) is None]
    return unread(sorted(odd), costs) if odd or costs else None


def _given(attributes: Attributes, keys: Set[str]) -> Iterator[tuple[str, JsonValue]]:
    return ((key, attributes[key]) for key in keys & attributes.keys())


def _members(
    attributes: Attributes, members_of: Mapping[str, tables.Keys]
) -> Iterator[tuple[str, JsonValue]]:
    """The members of objects among the attributes; such an attribute itself where it is none."""
    for key, value in _given(attributes, members_of.keys()):
        found = parsed_object(value)
        if found is None:
            yield key, value
        else:
            yield from ((f"{key}.{name}", found[name]) for name in members_of[key] if name in found)


def _first_integer(attributes: Attributes, keys: tuple[str, ...]) -> int | None:
    for key in keys:
        if key in attributes:
            number = integer_value(attributes[key])
            if number is not None:
                return number
    return None


def _member_sum(value: JsonValue, members: tuple[str, ...]) -> int | None:
    found = parsed_object(value) or {}
    numbers = [
        number for number in (integer_value(found.get(member)) for member in members) if number is not None
    ]
    return sum(numbers) if numbers else None


def _cost(attributes: Attributes) -> Decimal | None:
    costs = (cost_value(attributes[key]) for key in tables.COST_KEYS if key in attributes)
    direct = next((cost for cost in costs if cost is not None), None)
    if direct is not None:
        return direct
    for key, member in tables.COST_MEMBERS:
        cost = cost_value((parsed_object(attributes.get(key)) or {}).get(member))
        if cost is not None:
            return cost
    return None


def _raw_usage(attributes: Attributes) -> str:
    return dumps({key: value for key, value in attributes.items() if key.startswith(_USAGE_PREFIXES)})


def _fill_ttft(span: Span, attributes: Attributes) -> None:
    for key, unit_ns in tables.TTFT_KEYS:
        number = number_value(attributes.get(key))
        if number is not None and 0 < number * unit_ns < 2**62:
            span.ttft_ns = math.floor(number * unit_ns + 0.5) or None
            return
    for key in tables.TTFT_AT_KEYS:
        at_ns = _quoted_time_ns(attributes.get(key))
        if at_ns is not None and span.start_ns is not None and at_ns > span.start_ns:
            span.ttft_ns = at_ns - span.start_ns
            return


def _quoted_time_ns(value: Any) -> int | None:
    return iso_to_ns(value.strip('"')) if isinstance(value, str) else None


def _done_already(_span: Span, _attributes: Attributes) -> None:
    """Kind comes first, since other columns depend on it."""


_FILL: Mapping[str, Callable[[Span, Attributes], None]] = {
    **{column: _text_filler(column) for column in tables.TEXT_KEYS},
    "provider": _fill_provider,
    "usage": _fill_usage,
    "ttft_ns": _fill_ttft,
    "kind": _done_already,
}
