"""What providers charge for besides tokens, from the places where responses tell it: searches in the web, and the rest
in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracetui.formats.conventions_values import parsed_object
from tracetui.formats.usage import count
from tracetui.model import Entry, Span

_NAMED = (
    *("server_tool_use", "inference_geo", "num_sources_used", "web_search_call", "file_search_call"),
    *("code_interpreter_call", "webSearchQueries", "web_search_queries"),
)
_FREE = ("web_search_requests", "web_fetch_requests")
"""Of Anthropic's own tools: searches have a price of their own, pages that are fetched cost nothing but their tokens."""
_USUAL_PLACES = ("global", "not_available", "")
_WITHOUT_SEARCH = ("open_page", "find_in_page", "find")
_GROUNDING = ("groundingMetadata", "grounding_metadata")
_QUERIES = ("webSearchQueries", "web_search_queries")
_VERCEL = "ai.response.providerMetadata"
_WORD_LENGTH = 40
_MOST_SEARCHES = 10_000


@dataclass(frozen=True, slots=True)
class _Charges:
    """Searches, 0 where none are told, and other charges in words."""

    web_searches: int = 0
    other: tuple[str, ...] = ()


def with_charges(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, with the charges of those spans that report usage."""
    for entry in entries:
        if isinstance(entry, Span) and entry.usage is not None:
            found = _first(_places(entry))
            entry.web_searches = entry.web_searches or found.web_searches or None
            entry.other_charges = entry.other_charges or ", ".join(found.other) or None
        yield entry


def _first(places: Iterable[Mapping[str, Any]]) -> _Charges:
    """Of several places that tell the same call the first one that tells anything."""
    told = (_told(values) for values in places)
    return next((found for found in told if found != _Charges()), _Charges())


def _places(span: Span) -> Iterator[Mapping[str, Any]]:
    yield _object(span.usage.raw if span.usage is not None else None)
    attributes = span.attributes or {}
    yield attributes
    answer = attributes.get("response")
    if isinstance(answer, dict):  # as logged answers and home-made rows hold it
        yield answer
    metadata = _object(attributes.get(_VERCEL))
    yield from (value for value in metadata.values() if isinstance(value, dict))
    yield _object(span.output)


def _object(text: object) -> Mapping[str, Any]:
    """The object in a text that may name a charge: most do not, and are not parsed."""
    if not isinstance(text, str) or not any(word in text for word in _NAMED):
        return {}
    return parsed_object(text) or {}


def _told(values: Mapping[str, Any]) -> _Charges:
    """What a response, or its usage alone, tells in the words of each provider."""
    inner = values.get("usage")
    usage = inner if isinstance(inner, dict) else values
    tools = usage.get("server_tool_use")
    by_tool = tools if isinstance(tools, dict) else {}
    items = [item for item in _list(values.get("output")) if isinstance(item, dict)]
    searches = count(by_tool, ("web_search_requests",)) or sum(map(_is_search, items))
    other = (
        *_of_place(usage),
        *_of_tools(by_tool),
        *_of_sources(usage),
        *_of_items(items),
        *_grounded(values),
    )
    return _Charges(min(searches, _MOST_SEARCHES), other)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_search(item: Mapping[str, Any]) -> bool:
    """Whether an item of OpenAI's responses is a search, not a look at a page that one found."""
    action = item.get("action")
    word = action.get("type") if isinstance(action, dict) else None
    return item.get("type") == "web_search_call" and word not in _WITHOUT_SEARCH


def _of_place(usage: Mapping[str, Any]) -> Iterator[str]:
    place = usage.get("inference_geo")
    if isinstance(place, str) and place not in _USUAL_PLACES:
        yield f"inference in {place[:_WORD_LENGTH]}"


def _of_tools(by_tool: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(key for key in by_tool if key not in _FREE):
        number = count(by_tool, (name,))
        if number:
            yield f"{number:,} {name[:_WORD_LENGTH]}"


def _of_sources(usage: Mapping[str, Any]) -> Iterator[str]:
    number = count(usage, ("num_sources_used",))
    if number:
        yield f"{number:,} sources of a search"


def _of_items(items: list[dict[str, Any]]) -> Iterator[str]:
    for word in ("file_search_call", "code_interpreter_call"):
        number = sum(item.get("type") == word for item in items)
        if number:
            yield f"{number:,} {word}"


def _grounded(values: Mapping[str, Any]) -> Iterator[str]:
    """Gemini charges for answers, or for queries, by what Google found: which of them is free depends on the day."""
    candidates = (item for item in _list(values.get("candidates")) if isinstance(item, dict))
    for holder in (values, *candidates):
        for name in _GROUNDING:
            found = holder.get(name)
            if isinstance(found, dict) and any(_list(found.get(key)) for key in _QUERIES):
                yield "grounding with Google Search"
                return
