"""A span completed from its attributes and events: the one way for every format whose spans carry them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracetui.formats.conventions_hot import fill_hot
from tracetui.formats.conventions_memory import fill_memory
from tracetui.formats.conventions_payload import fill_finish_from_messages, fill_payload
from tracetui.formats.conventions_status import settle
from tracetui.formats.genai import read_events
from tracetui.model import ImportIssue, Severity, Span, Status

_NOTHING: Mapping[str, str] = {}


def complete(
    span: Span,
    attributes: dict[str, Any],
    code: Status,
    message: str | None = None,
    otel_kind: str | None = None,
    resource: Mapping[str, str] = _NOTHING,
) -> None:
    """Fill all that follows from attributes, events and status; ids, name, times and events are there already.

    `attributes` becomes the span's own and may get a long status message added; `resource` holds the columns that the
    span's resource gives (`conventions_hot.resource_columns`).
    """
    span.attributes = attributes
    fill_hot(span, attributes, resource, otel_kind)
    settle(span, code, message, attributes)
    if attributes:
        fill_payload(span, attributes)
        fill_memory(span, attributes)
    if span.events:
        read_events(span)
        fill_finish_from_messages(span)


def issue(code: str, message: str, span: Span, severity: Severity = Severity.WARNING) -> ImportIssue:
    """An import issue that points at a span and its place in the source."""
    origin = span.origin
    return ImportIssue(
        code, message, severity, origin.line, origin.byte_offset, span.span_id, trace_id=span.trace_id
    )
