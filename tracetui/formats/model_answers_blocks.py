"""Streamed messages of Anthropic's API: events from `message_start` to `message_stop`, put together as one answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.message_parts import first_text
from tracetui.model import JsonValue, Merged, Origin, Severity, Skipped
from tracetui.reading.lenient import NotJson, loads

_BLOCKS = frozenset(("content_block_start", "content_block_delta", "content_block_stop"))
_EVENTS = _BLOCKS | {"message_start", "message_delta", "message_stop"}
_BESIDE = frozenset(("ping", "error"))
_PIECES = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
_KEYS = {"partial_json": "input"}


def is_block_event(value: JsonValue) -> bool:
    """Whether a value is an event of a streamed message."""
    if not isinstance(value, dict):
        return False
    word = value.get("type")
    if word == "message_start":
        return isinstance(value.get("message"), dict)
    return isinstance(word, str) and word in _EVENTS and (word not in _BLOCKS or "index" in value)


@dataclass(slots=True)
class _Block:
    begun: dict[str, Any]
    pieces: dict[str, list[str]] = field(default_factory=dict)

    def whole(self) -> dict[str, Any]:
        found = dict(self.begun)
        for piece, texts in self.pieces.items():
            text = "".join(texts)
            found[_KEYS.get(piece, piece)] = _arguments(text) if piece in _KEYS else text
        return found


@dataclass(slots=True)
class _Answer:
    origin: Origin
    message: dict[str, Any]
    blocks: dict[int, _Block] = field(default_factory=dict)
    has_ended: bool = False

    def add(self, event: dict[str, Any]) -> None:
        delta = event["delta"] if isinstance(event.get("delta"), dict) else {}
        place = event["index"] if type(event.get("index")) is int else 0
        if event["type"] == "content_block_start":
            block = event.get("content_block")
            self.blocks[place] = _Block(block if isinstance(block, dict) else {})
        elif event["type"] == "content_block_delta":
            piece = _PIECES.get(first_text(delta, ("type",)) or "")
            if piece is not None and isinstance(delta.get(piece), str):
                block = self.blocks.setdefault(place, _Block({"type": "text"}))
                block.pieces.setdefault(piece, []).append(delta[piece])
        elif event["type"] == "message_delta":
            self.message |= {key: found for key, found in delta.items() if found is not None}
            self._use(event.get("usage"))
        elif event["type"] == "error":
            self.message["error"] = event.get("error")
        self.has_ended = self.has_ended or event["type"] == "message_stop"

    def _use(self, usage: JsonValue) -> None:
        """Later figures stand for the whole answer, not for what came since."""
        if isinstance(usage, dict):
            before = self.message.get("usage")
            self.message["usage"] = {**(before if isinstance(before, dict) else {}), **usage}

    def whole(self) -> dict[str, Any]:
        content = [block.whole() for _, block in sorted(self.blocks.items())]
        ended = self.has_ended or self.message.get("stop_reason") is not None
        return {**self.message, "content": content, **({} if ended else {"status": "in_progress"})}


@dataclass(slots=True)
class Blocks:
    """Streamed messages, one after the other."""

    _answers: list[_Answer] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def takes(self, value: JsonValue) -> bool:
        """Whether an event belongs to a streamed message, which `ping` and `error` do within one."""
        if is_block_event(value):
            return True
        return bool(self._answers) and isinstance(value, dict) and first_text(value, ("type",)) in _BESIDE

    def add(self, event: dict[str, Any], origin: Origin) -> Iterator[Merged | Skipped]:
        """One event that is taken; the first of an answer stands for the call, the others add to it."""
        if event["type"] == "message_start":
            own = first_text(event["message"], ("id",)) or f"message-{len(self._answers) + 1}"
            own = own if own not in self._ids else f"{own}#{len(self._answers) + 1}"
            self._ids.add(own)
            self._answers.append(_Answer(origin, {**event["message"], "id": own}))
        elif not self._answers:
            reason = "a piece of a streamed message whose beginning is not there"
            yield Skipped(origin, "missing_start", reason, Severity.DATA_LOSS)
        else:
            last = self._answers[-1]
            last.add(event)
            yield Merged(origin, last.message["id"], last.message["id"])

    def answers(self) -> Iterator[tuple[dict[str, Any], Origin]]:
        """Each message as if it had not been streamed, `status` in_progress where it has no end, and its first place."""
        for answer in self._answers:
            yield answer.whole(), answer.origin


def _arguments(text: str) -> JsonValue:
    try:
        return loads(text or "{}")[0]
    except NotJson:
        return text
