"""Inspect AI keeps long texts and repeated messages once per sample: references to them are resolved here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracetui.model import JsonValue

MOST_CHARACTERS = 256_000_000
"""What the references of one sample may unfold to; later ones stay as they are."""

_REFERENCE = re.compile(r"attachment://([A-Za-z0-9_-]{8,80})")
_MAX_DEPTH = 40


@dataclass(slots=True)
class Pool:
    """The attachments and pooled messages of one sample."""

    attachments: Mapping[str, Any]
    messages: list[Any] = field(default_factory=list)
    spent: int = 0
    missing: set[str] = field(default_factory=set)

    def resolved(self, value: JsonValue, depth: int = 0) -> Any:
        """The value with every `attachment://` reference replaced by its text."""
        if isinstance(value, str):
            return _REFERENCE.sub(self._text, value) if "attachment://" in value else value
        if depth > _MAX_DEPTH:
            return value
        if isinstance(value, list):
            return [self.resolved(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {key: self.resolved(item, depth + 1) for key, item in value.items()}
        return value

    def input_of(self, event: Mapping[str, Any]) -> list[Any]:
        """What a model event was given: its own messages, or the ranges of the pool that `input_refs` names."""
        found = event.get("input")
        given = list(found) if isinstance(found, list) else []
        refs = event.get("input_refs")
        if isinstance(refs, list):
            given += [message for ref in refs for message in self._range(ref)]
        return [self.resolved(message) for message in given]

    def _range(self, ref: JsonValue) -> list[Any]:
        if isinstance(ref, list) and len(ref) == 2 and all(type(end) is int for end in ref):
            return self.messages[max(ref[0], 0) : max(ref[1], 0)]
        return [self.messages[ref]] if type(ref) is int and 0 <= ref < len(self.messages) else []

    def _text(self, found: re.Match[str]) -> str:
        text = self.attachments.get(found.group(1))
        if not isinstance(text, str) or self.spent > MOST_CHARACTERS:
            self.missing.add(found.group(1))
            return found.group(0)
        self.spent += len(text)
        return text


def pool_of(sample: Mapping[str, Any]) -> Pool:
    """The pool of a sample, in today's place or where logs of 2024 had it."""
    transcript = sample.get("transcript")
    older = transcript.get("content") if isinstance(transcript, dict) else None
    attachments = next((found for found in (sample.get("attachments"), older) if isinstance(found, dict)), {})
    shared = sample.get("events_data")
    messages = shared.get("messages") if isinstance(shared, dict) else None
    return Pool(attachments, messages if isinstance(messages, list) else [])
