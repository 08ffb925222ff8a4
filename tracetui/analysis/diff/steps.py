"""One step against another: a model call by what it saw and answered, a tool call by arguments and result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from tracetui.analysis.diff.json import JsonChange
from tracetui.analysis.diff.messages import (
    MessageChange,
    MessageMark,
    MessagesDiff,
    content_key,
    diff_messages,
    message_text,
)
from tracetui.analysis.diff.settings import SYSTEM_ROLES
from tracetui.analysis.diff.settings_diff import ToolsDiff, diff_tools
from tracetui.analysis.diff.side_effects import may_have_side_effects
from tracetui.analysis.diff.text import Piece, TextPiece, diff_text
from tracetui.analysis.diff.values import ValueDiff, diff_values, json_changes
from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile
from tracetui.model import Message, SpanKind, Status
from tracetui.read_model import SpanDetail

_CHARACTERS_PER_TOKEN = 4
_OF_REQUESTS = frozenset(("model", "agent", "provider"))


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about a step that differs: its name and both values as text."""

    name: str
    before: str | None
    after: str | None

    @property
    def is_of_request(self) -> bool:
        """Whether it is known on both sides and part of what a model call was asked."""
        return self.name in _OF_REQUESTS and None not in (self.before, self.after)


@dataclass(frozen=True, slots=True)
class PromptSize:
    """How long a prompt is: its characters, and its input tokens where the source tells them."""

    characters: int
    tokens: int | None

    def tokens_of(self, characters: int) -> int:
        """So many characters as their share of the tokens; at four characters a token where tokens are unknown."""
        if self.tokens is None or not self.characters:
            return characters // _CHARACTERS_PER_TOKEN
        return round(self.tokens * characters / self.characters)


@dataclass(frozen=True, slots=True)
class PromptCache:
    """Where the common beginning of two prompts ends: at `tools`, `system` or `messages`, at `model` where another one
    was asked, which has a cache of its own, None where the first prompt is all there. Behind that stand `characters_behind` of the second prompt's `characters`; `tokens_behind` is that
    share of its input tokens, estimated at four characters a token where they are unknown (`is_estimate`).
    `tokens_again` of them stood in the first prompt too and had to be read anew only because something before them
    differs; `cost_usd` is what that cost more than reading them from the cache, None where it has no price.
    """

    breaks_at: str | None
    message: int | None
    characters: int
    characters_behind: int
    tokens_behind: int
    is_estimate: bool
    read_tokens: int | None
    tokens_again: int = 0
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ModelCallDiff:
    """Two model calls. `system` is empty where the system prompt is the same, `messages` leaves it out.

    `tokens_added` and `tokens_left` are those of messages that entered and left, estimated as for the cache. Of calls
    that are not of one conversation (`is_same_conversation`) the cache tells the common beginning alone.
    """

    facts: tuple[Fact, ...]
    system: tuple[TextPiece, ...]
    messages: MessagesDiff
    tools: ToolsDiff
    parameters: tuple[JsonChange, ...]
    cache: PromptCache
    output: MessagesDiff
    a_input: tuple[Message, ...]
    b_input: tuple[Message, ...]
    a_output: tuple[Message, ...]
    b_output: tuple[Message, ...]
    tokens_added: int
    tokens_left: int
    is_same_conversation: bool = True

    @property
    def is_same_context(self) -> bool:
        """Whether the model was asked the same: system prompt, messages, tools and parameters."""
        same = self.messages.is_empty and self.tools.is_empty
        return same and not self.system and not self.parameters

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return self.is_same_context and self.output.is_empty and not self.facts


@dataclass(frozen=True, slots=True)
class ValuesDiff:
    """Two steps that are no model calls: what went in and what came out."""

    facts: tuple[Fact, ...]
    input: ValueDiff
    output: ValueDiff

    @property
    def is_of_unlike(self) -> bool:
        """Whether one step is a model call and the other is none, so that their values say nothing of each other."""
        kinds = next(((fact.before, fact.after) for fact in self.facts if fact.name == "kind"), ())
        return SpanKind.LLM in kinds

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.facts or self.input or self.output)


StepDiff: TypeAlias = "ModelCallDiff | ValuesDiff"


def diff_steps(
    a: SpanDetail, b: SpanDetail, rule: Volatile = BY_DEFAULT, *, is_same_conversation: bool = True
) -> StepDiff:
    """The difference of two spans; of model calls with messages as model calls, of all others by their values.

    Unless both are of one conversation, nothing is said to have been taken out of it or read again from a cache.
    Times do not count; figures stand with the steps themselves.
    """
    if a.kind is SpanKind.LLM and b.kind is SpanKind.LLM and (a.messages or b.messages):
        return _diff_calls(a, b, rule, is_same_conversation)
    return ValuesDiff(
        _facts(a, b),
        diff_values(given_to(a), given_to(b), _rule_of_given(b, rule)),
        diff_values(returned_by(a), returned_by(b), rule),
    )


def _rule_of_given(step: SpanDetail, rule: Volatile) -> Volatile:
    is_acting = step.tool_name is not None and may_have_side_effects(step.tool_name)
    return rule.of_arguments() if is_acting else rule


def _diff_calls(a: SpanDetail, b: SpanDetail, rule: Volatile, is_same_conversation: bool) -> ModelCallDiff:
    a_input, b_input = _side(a, "input"), _side(b, "input")
    a_system, b_system = _system(a_input), _system(b_input)
    a_rest, b_rest = _without_system(a_input), _without_system(b_input)
    messages = diff_messages(a_rest, b_rest, rule, is_same_conversation=is_same_conversation)
    tools = diff_tools(a.tools_offered, b.tools_offered)
    parameters = diff_values(a.parameters or "{}", b.parameters or "{}", rule)
    a_output, b_output = _side(a, "output"), _side(b, "output")
    added = [c.b for c in messages.changes if c.mark is MessageMark.ADDED]
    left = [c.a for c in messages.changes if c.mark is MessageMark.LEFT]
    a_size, b_size = _size(a), _size(b)
    return ModelCallDiff(
        facts=_facts(a, b),
        system=() if a_system == b_system else diff_text(a_system, b_system),
        messages=messages,
        tools=tools,
        parameters=json_changes(parameters),
        cache=_cache(a, b, messages, tools, is_same_conversation),
        output=diff_messages(a_output, b_output, rule, is_same_conversation=is_same_conversation),
        a_input=a_rest, b_input=b_rest, a_output=a_output, b_output=b_output,
        tokens_added=b_size.tokens_of(_characters(b_rest[at] for at in added if at is not None)),
        tokens_left=a_size.tokens_of(_characters(a_rest[at] for at in left if at is not None)),
        is_same_conversation=is_same_conversation,
    )  # fmt: skip


def _characters(messages: Iterable[Message]) -> int:
    return sum(len(content_key(message)) for message in messages)


def _size(call: SpanDetail) -> PromptSize:
    messages = _side(call, "input")
    characters = _tool_characters(call) + len(_system(messages)) + _characters(_without_system(messages))
    return PromptSize(characters, call.usage.input_tokens if call.usage else None)


def _tool_characters(call: SpanDetail) -> int:
    return sum(len(t.name) + len(t.description or "") + len(t.schema or "") for t in call.tools_offered)


def _cache(
    a: SpanDetail, b: SpanDetail, messages: MessagesDiff, tools: ToolsDiff, is_same_conversation: bool
) -> PromptCache:
    """Providers keep tools, then system prompt, then messages; the first difference ends what can be reused."""
    a_input, b_input = _side(a, "input"), _side(b, "input")
    a_system, b_system = _system(a_input), _system(b_input)
    a_rest, b_rest = _without_system(a_input), _without_system(b_input)
    size = _size(b)
    message: int | None = None
    again = _characters(b_rest[at] for at in _kept(messages.changes) if at is not None)
    if a.model is not None and b.model is not None and a.model != b.model:
        place, behind, again = "model", size.characters, 0
    elif not tools.is_empty:
        place, behind = "tools", size.characters
        again += len(b_system) if a_system == b_system else 0
    elif a_system != b_system:
        pieces = diff_text(a_system, b_system)
        same = len(pieces[0].text) if pieces[0].kind is Piece.EQUAL else 0
        place, behind = "system", len(b_system) - same + _characters(b_rest)
    else:
        is_broken = messages.same_prefix < len(a_rest)
        place, behind = "messages" if is_broken else "", messages.characters_behind
        message = messages.same_prefix if is_broken else None
        again -= _characters(b_rest[: messages.same_prefix])
    return PromptCache(
        place or None, message, size.characters, behind, size.tokens_of(behind), size.tokens is None,
        b.usage.cache_read_tokens if b.usage else None, size.tokens_of(max(again, 0)) if place and is_same_conversation else 0,
    )  # fmt: skip


def _kept(changes: Iterable[MessageChange]) -> Iterator[int | None]:
    """Places in the second prompt of messages that both hold."""
    return (c.b for c in changes if c.mark in {MessageMark.SAME, MessageMark.MOVED})


def _side(detail: SpanDetail, side: str) -> tuple[Message, ...]:
    return tuple(view.message for view in detail.messages if view.side == side)


def _system(messages: Sequence[Message]) -> str:
    return "\n".join(message_text(message) for message in messages if message.role in SYSTEM_ROLES)


def _without_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(message for message in messages if message.role not in SYSTEM_ROLES)


def given_to(detail: SpanDetail) -> str | None:
    """What went in: the arguments as executed, else those of the request."""
    if detail.input is not None or detail.kind is not SpanKind.TOOL:
        return detail.input
    return next((call.arguments for call in detail.tool_calls), None)


def returned_by(detail: SpanDetail) -> str | None:
    """What came out: the result as executed, else that of the request."""
    if detail.output is not None or detail.kind is not SpanKind.TOOL:
        return detail.output
    return next((call.result for call in detail.tool_calls), None)


def _facts(a: SpanDetail, b: SpanDetail) -> tuple[Fact, ...]:
    pairs = {
        "kind": (a.kind, b.kind),
        "name": (a.tool_name or a.name, b.tool_name or b.name),
        "agent": (a.agent, b.agent),
        "status": (
            None if a.status is Status.UNSET else a.status,
            None if b.status is Status.UNSET else b.status,
        ),
        "error": (_error(a), _error(b)),
        "model": (a.model, b.model),
        "provider": (a.provider, b.provider),
        "finish reasons": (", ".join(a.finish_reasons) or None, ", ".join(b.finish_reasons) or None),
    }
    return tuple(Fact(name, before, after) for name, (before, after) in pairs.items() if before != after)


def _error(detail: SpanDetail) -> str | None:
    return ": ".join(part for part in (detail.error_type, detail.error_message) if part) or None
