"""The tier that a model call was served in (batch, flex, priority …), from the places where responses tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tracetui.formats.conventions_values import parsed_object
from tracetui.model import Entry, Span

_NAMES = ("service_tier", "serviceTier")
_DETAILS = ("input_token_details", "output_token_details")
_TIERS_OF_DETAILS = ("flex", "priority")
_WORD_LENGTH = 40
_VERCEL = "ai.response.providerMetadata"


def with_service_tiers(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, with the tier of those spans that report usage and did not name it yet."""
    for entry in entries:
        if isinstance(entry, Span) and entry.usage is not None and entry.service_tier is None:
            entry.service_tier = _served(entry)
        yield entry


def told_tier(*places: Mapping[str, Any]) -> str | None:
    """The tier that the first of some objects tells which tells one, itself or in its `usage`: answers go before requests."""
    return next(filter(None, map(_told, places)), None)


def _told(values: Mapping[str, Any]) -> str | None:
    usage = values.get("usage")
    return (_of_usage(usage) if isinstance(usage, dict) else None) or _named(values)


def _served(span: Span) -> str | None:
    """What the answer says goes before what was asked for."""
    raw = span.usage.raw if span.usage is not None else None
    return (
        _of_usage(_object(raw))
        or _named(_object(span.output))
        or _of_vercel(span.attributes)
        or _named(span.parameters)
    )


def _object(text: str | None) -> Mapping[str, Any]:
    """The object in a text that may name a tier: most do not, and are not parsed."""
    if text is None or not any(word in text for word in (*_NAMES, *_TIERS_OF_DETAILS, '"speed"')):
        return {}
    return parsed_object(text) or {}


def _of_usage(usage: Mapping[str, Any]) -> str | None:
    """Anthropic's usage names it; LangChain's puts it before the names of its details."""
    if usage.get("speed") == "fast":
        return "fast"
    details = [found for name in _DETAILS if isinstance(found := usage.get(name), dict)]
    return _named(usage) or next(
        (tier for tier in _TIERS_OF_DETAILS for found in details if isinstance(found.get(tier), int)), None
    )


def _of_vercel(attributes: Mapping[str, Any] | None) -> str | None:
    metadata = parsed_object((attributes or {}).get(_VERCEL)) or {}
    found = (_named(value) for value in metadata.values() if isinstance(value, dict))
    return next((tier for tier in found if tier), None)


def _named(values: Mapping[str, Any] | None) -> str | None:
    told = ((values or {}).get(name) for name in _NAMES)
    return next(
        (word for word in told if isinstance(word, str) and 0 < len(word) <= _WORD_LENGTH),
        None,
    )
