"""What a tab of the detail is made of: titled sections of untouched text, some folded, some leading to another step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a section's title is coloured; its words say the same."""

    PLAIN = "plain"
    MUTED = "muted"
    MODEL = "model"
    USER = "user"
    TOOL = "tool"
    NEW = "new"
    ERROR = "error"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Section:
    """A title (made safe already) over a text (untouched; None for a title alone).

    A section of level 1 belongs to the one of level 0 above it and is hidden while that one is folded.
    `target` is the id of the span that enter goes to. `is_plain` keeps the text from being laid out as JSON.
    """

    title: str
    text: str | None = None
    tone: Tone = Tone.PLAIN
    level: int = 0
    is_folded: bool = False
    target: str | None = None
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One tab: its sections, and whether there is anything worth opening it for."""

    sections: tuple[Section, ...]
    has_content: bool
