"""What a tab of the detail is made of: titled sections of untouched text, some folded, some leading to another step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tracetui.read_model import SpanDetail
from tracetui.render.safe import safe

_NAME_CHARS = 120


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


def error_section(detail: SpanDetail) -> Iterator[Section]:
    """Why the span failed: what a tab begins with."""
    if detail.error_type or detail.error_message:
        title = f"error  {safe(detail.error_type or '', _NAME_CHARS)}".rstrip()
        yield Section(title, detail.error_message, Tone.ERROR)
