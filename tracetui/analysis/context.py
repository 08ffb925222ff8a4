"""What fills the context window of a model call: its parts by length, in tokens that are estimated from that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracetui.model import Message, Part, PartType, ToolDefinition
from tracetui.read_model import SpanDetail

UNRECORDED = "not recorded"
PARTS = ("tools", "system", "history", "tool results", "memory", UNRECORDED)
"""What a prompt is made of, in our words; the last is what was counted beyond all that the source holds."""

_TOLD_WINDOW = re.compile(r'"(?:model_)?context_window"\s*:\s*(\d{1,12})\b')
_SYSTEM_ROLES = frozenset(("system", "developer"))
_MEMORY_TOOLS = frozenset(("memory",))
_CHARACTERS_PER_TOKEN = 4
_FEWEST_CHARACTERS_PER_TOKEN = 2
"""Text of fewer characters a token is not all of the prompt: exports often lack system prompt and tools."""


@dataclass(frozen=True, slots=True)
class ContextPart:
    """One of `PARTS`: its length, and its share of the tokens, always an estimate."""

    name: str
    characters: int
    estimated_tokens: int


@dataclass(frozen=True, slots=True)
class Context:
    """The prompt of a call. `input_tokens` is what was counted, None where nothing was; the estimates then add up to
    what four characters a token make. `cached_tokens` of its beginning came out of the provider's cache."""

    parts: tuple[ContextPart, ...]
    input_tokens: int | None
    cached_tokens: int | None

    @property
    def tokens(self) -> int:
        """Counted input tokens, else the estimate."""
        estimated = sum(part.estimated_tokens for part in self.parts)
        return estimated if self.input_tokens is None else self.input_tokens


def told_window(detail: SpanDetail) -> int | None:
    """The limit of the context window, in tokens, where the source tells it with the call."""
    found = _TOLD_WINDOW.search(detail.attributes or "")
    return int(found[1]) or None if found else None


def context_of(detail: SpanDetail, memory_calls: frozenset[str] = frozenset()) -> Context | None:
    """The context of a model call; None for a span whose messages are not recorded.

    `memory_calls` are the ids of tool calls that read the agent's memory; results of a tool called `memory` count as
    such too.
    """
    messages = [view.message for view in detail.messages if view.side == "input"]
    if not messages:
        return None
    lengths = dict.fromkeys(PARTS, 0)
    lengths["tools"] = sum(_tool_characters(tool) for tool in detail.tools_offered)
    for name, characters in _lengths(messages, memory_calls):
        lengths[name] += characters
    given = detail.usage.input_tokens if detail.usage else None
    tokens = _shared(lengths, given)
    parts = tuple(ContextPart(name, lengths[name], tokens[name]) for name in PARTS if tokens[name])
    return Context(parts, given, detail.usage.cache_read_tokens if detail.usage else None)


def _tool_characters(tool: ToolDefinition) -> int:
    return len(tool.name) + len(tool.description or "") + len(tool.schema or "")


def _lengths(messages: Sequence[Message], memory_calls: frozenset[str]) -> Iterator[tuple[str, int]]:
    names = {
        part.tool_call_id: part.tool_name for message in messages for part in message.parts if part.tool_name
    }
    for message in messages:
        for part in message.parts:
            yield _name(message, part, memory_calls, names), len(part.content or "")


def _name(
    message: Message, part: Part, memory_calls: frozenset[str], names: Mapping[str | None, str | None]
) -> str:
    if message.role in _SYSTEM_ROLES:
        return "system"
    if part.type is not PartType.TOOL_RESULT and message.role != "tool":
        return "history"
    is_memory = part.tool_call_id in memory_calls or names.get(part.tool_call_id) in _MEMORY_TOOLS
    return "memory" if is_memory else "tool results"


def _shared(lengths: Mapping[str, int], given: int | None) -> dict[str, int]:
    """Tokens shared out by length so that they add up to those counted; what rounding leaves goes to the longest.
    Where the text cannot be all of the prompt, the rest of the tokens counted is `UNRECORDED`."""
    total = sum(lengths.values())
    by_length = {name: length // _CHARACTERS_PER_TOKEN for name, length in lengths.items()}
    if given is None:
        return by_length
    if total <= given * _FEWEST_CHARACTERS_PER_TOKEN:
        return {**by_length, UNRECORDED: given - sum(by_length.values())}
    shared = {name: given * length // total for name, length in lengths.items()}
    longest = max(lengths, key=lambda name: lengths[name])
    shared[longest] += given - sum(shared.values())
    return shared
