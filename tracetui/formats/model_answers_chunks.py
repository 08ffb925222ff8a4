"""Streamed chat completions: the pieces of an answer (`chat.completion.chunk`) put together by its id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.message_parts import first_text
from tracetui.model import JsonValue, Merged, Origin

_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
_LAST_WINS = ("model", "service_tier", "system_fingerprint", "usage", "error")


def is_chunk(value: JsonValue) -> bool:
    """Whether a value is one piece of a streamed chat completion."""
    return (
        isinstance(value, dict)
        and value.get("object") == "chat.completion.chunk"
        and isinstance(value.get("choices"), list)
    )


@dataclass(slots=True)
class _Said:
    """One choice of an answer so far: texts by their key, tool calls by their place."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    arguments: dict[int, list[str]] = field(default_factory=dict)
    finish_reason: str | None = None

    def add(self, choice: dict[str, Any]) -> None:
        delta = choice["delta"] if isinstance(choice.get("delta"), dict) else {}
        for key in _TEXTS:
            if isinstance(delta.get(key), str):
                self.texts.setdefault(key, []).append(delta[key])
        for number, call in enumerate(_objects(delta.get("tool_calls"))):
            self._call(call["index"] if type(call.get("index")) is int else number, call)
        self.finish_reason = first_text(choice, ("finish_reason",)) or self.finish_reason

    def _call(self, place: int, call: dict[str, Any]) -> None:
        function = call["function"] if isinstance(call.get("function"), dict) else {}
        known = self.calls.setdefault(place, {"type": "function", "id": None, "name": None})
        known["id"] = first_text(call, ("id",)) or known["id"]
        known["name"] = first_text(function, ("name",)) or known["name"]
        if isinstance(function.get("arguments"), str):
            self.arguments.setdefault(place, []).append(function["arguments"])

    def whole(self, index: int) -> dict[str, Any]:
        """The choice as an answer that was not streamed has it."""
        message: dict[str, Any] = {"role": "assistant"}
        message |= {key: "".join(pieces) for key, pieces in self.texts.items()}
        calls = [
            {"id": call["id"], "type": call["type"],
             "function": {"name": call["name"], "arguments": "".join(self.arguments.get(place, ()))}}
            for place, call in sorted(self.calls.items())
        ]  # fmt: skip
        if calls:
            message["tool_calls"] = calls
        return {"index": index, "message": message, "finish_reason": self.finish_reason}


@dataclass(slots=True)
class _Answer:
    origin: Origin
    facts: dict[str, Any]
    choices: dict[int, _Said] = field(default_factory=dict)

    def add(self, chunk: dict[str, Any]) -> None:
        self.facts |= {key: chunk[key] for key in _LAST_WINS if chunk.get(key) is not None}
        for number, choice in enumerate(_objects(chunk["choices"])):
            index = choice["index"] if type(choice.get("index")) is int else number
            self.choices.setdefault(index, _Said()).add(choice)

    def whole(self) -> dict[str, Any]:
        choices = [said.whole(index) for index, said in sorted(self.choices.items())]
        ended = bool(choices) and all(choice["finish_reason"] for choice in choices)
        return {**self.facts, "choices": choices, **({} if ended else {"status": "in_progress"})}


@dataclass(slots=True)
class Chunks:
    """Answers that come in pieces, which may alternate."""

    _answers: dict[str, _Answer] = field(default_factory=dict)

    def add(self, chunk: dict[str, Any], origin: Origin) -> Iterator[Merged]:
        """One piece, for which `is_chunk` holds; the first of an answer stands for the call, the others add to it."""
        own = first_text(chunk, ("id",)) or "stream"
        known = self._answers.get(own)
        if known is not None:
            yield Merged(origin, own, own)
        else:
            facts = {"id": own, "object": "chat.completion", "created": chunk.get("created")}
            known = self._answers[own] = _Answer(origin, facts)
        known.add(chunk)

    def answers(self) -> Iterator[tuple[dict[str, Any], Origin]]:
        """Each answer as if it had not been streamed, `status` in_progress where it has no end, and its first place."""
        for answer in self._answers.values():
            yield answer.whole(), answer.origin


def _objects(value: JsonValue) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
