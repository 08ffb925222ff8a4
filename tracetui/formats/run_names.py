"""Names that tell runs apart where a source gives none: what was asked, in one line."""

from __future__ import annotations

import re

from tracetui.formats.conventions_values import parsed
from tracetui.model import JsonValue

_LONGEST = 80
_DEEPEST = 7
_TELLING = ("question", "query", "prompt", "task", "input", "text", "content", "message", "messages", "parts")
_SPACES = re.compile(r"\s+")


def asked_line(value: JsonValue) -> str | None:
    """The first line of a question, of JSON text the first words in it; of messages the last by a user. None of none."""
    for _ in range(_DEEPEST):
        value = parsed(value)
        if isinstance(value, str):
            return _one_line(value)
        if isinstance(value, dict):
            held = [value[key] for key in _TELLING if value.get(key)]
            value = held[0] if held else next((said for said in value.values() if _is_words(said)), None)
        elif isinstance(value, list):
            users = [item for item in value if isinstance(item, dict) and item.get("role") == "user"]
            value = users[-1] if users else value[0] if value else None
    return None


def _is_words(value: JsonValue) -> bool:
    return isinstance(value, str) and " " in value.strip()


def _one_line(text: str) -> str | None:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = _SPACES.sub(" ", line)
    if len(line) <= _LONGEST:
        return line if any(sign.isalnum() for sign in line) else None
    return f"{line[:_LONGEST].rsplit(' ', 1)[0].rstrip(' ,;:.')} …"
