"""Conversations of several agents, each message said by a named one: Magentic-One, AG2 group chats, Who&When."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.chat_log import ChatLog
from tracetui.formats.message_parts import as_text, first_text, read_parts
from tracetui.model import JsonValue, Message, Origin, Part, PartType, Severity, Skipped, Span

_SAID_TO = re.compile(r"(?P<who>[^()]+?)\s*\((?:->\s*(?P<to>[^()]+)|(?P<what>[^()]+))\)\s*")
_PEOPLE = frozenset(("human", "user", "user_proxy", "userproxy"))
_TERMINALS = frozenset(("computer_terminal", "computerterminal", "code_executor", "executor", "codeexecutor"))
_FAILED = re.compile(r"\s*exitcode:\s*[1-9-]")


@dataclass(slots=True)
class AgentTurns:
    """Tells messages of named agents to a conversation; `spans[i]` is what the i-th message became."""

    chat: ChatLog
    spans: list[Span | None] = field(default_factory=list)

    def add(self, value: JsonValue, origin: Origin) -> None:
        """One message `{role, name, content}`, where the role may be the agent's name."""
        self.spans.append(self._one(value, origin))

    def _one(self, value: JsonValue, origin: Origin) -> Span | None:
        if not isinstance(value, dict) or "content" not in value:
            self.chat.skip(Skipped(origin, "no_message", "not a message of an agent", Severity.WARNING))
            return None
        speaker = first_text(value, ("name", "source")) or first_text(value, ("role",)) or "agent"
        named = _SAID_TO.fullmatch(speaker)
        who = named["who"] if named else speaker
        text = as_text(value.get("content"))
        if who.lower() in _TERMINALS:
            return self._terminal(who, text, origin)
        if who.lower() in _PEOPLE:
            self.chat.log.turn(text)
            self.chat.log.message(Message("user", tuple(read_parts(value.get("content")))), origin)
            return None
        return self._answer(value, who, named, origin)

    def _terminal(self, who: str, text: str | None, origin: Origin) -> Span:
        failed = None if text is None or "exitcode:" not in text else _FAILED.match(text) is not None
        part = Part(PartType.TOOL_RESULT, text, tool_name=who, is_error=failed)
        return self.chat.log.tool_result(part, origin)

    def _answer(self, value: dict[str, Any], who: str, named: re.Match[str] | None, origin: Origin) -> Span:
        message = Message("assistant", tuple(read_parts(value.get("content"))), name=who)
        span = self.chat.log.call(message, origin)
        span.agent = span.name = who
        if named and named["to"]:
            span.name = f"{who} → {named['to'].strip()}"
        elif named:
            span.name = f"{who}: {named['what']}"
        return span


def is_agent_message(value: JsonValue) -> bool:
    """Whether a message's role is the name of an agent, as Magentic-One writes them."""
    if not isinstance(value, dict) or not isinstance(value.get("role"), str) or "content" not in value:
        return False
    return _SAID_TO.fullmatch(value["role"]) is not None
