"""Sections of a page laid out for the document view: level 1 sections become lines of the one above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracetui.render.json_layout import lay_out_json, lay_out_text
from tracetui.render.json_lines import plain_lines, text_lines
from tracetui.render.lines import LineKind, Lines
from tracetui.render.markdown import looks_like_markdown
from tracetui.tui.detail.sections import Page, Section, Tone
from tracetui.tui.widgets import document

_TONES = {
    Tone.PLAIN: "", Tone.MUTED: "muted", Tone.MODEL: "accent", Tone.USER: "", Tone.TOOL: "success", Tone.NEW: "",
    Tone.ERROR: "error", Tone.LINK: "accent",
}  # fmt: skip


def laid_out(page: Page) -> list[document.Section]:
    """The page's sections with their lines made; JSON of 1 MB takes most of a second, so this belongs in a thread.

    The key of a section is the id of the span it leads to, or empty.
    """
    return [_laid_out(owner, inner) for owner, inner in _grouped(page.sections)]


def size_chars(page: Page) -> int:
    """How much text there is to lay out."""
    return sum(len(section.text or "") for section in page.sections)


def _grouped(sections: Sequence[Section]) -> Iterator[tuple[Section, list[Section]]]:
    owner: Section | None = None
    inner: list[Section] = []
    for section in sections:
        if section.level and owner is not None:
            inner.append(section)
            continue
        if owner is not None:
            yield owner, inner
        owner, inner = section, []
    if owner is not None:
        yield owner, inner


def _laid_out(section: Section, inner: Sequence[Section]) -> document.Section:
    lines: Lines | None = None
    if inner:
        lines = _joined(section, inner)
    elif section.text is not None:
        lines = plain_lines(section.text) if section.is_plain else text_lines(section.text)
    return document.Section(
        key=section.target or "",
        title=section.title,
        lines=None if lines is None else lambda: lines,
        tone=_TONES[section.tone],
        is_folded=section.is_folded,
    )


def _joined(section: Section, inner: Sequence[Section]) -> Lines:
    lines = Lines([])
    if section.text:
        _add(lines, section.text, 0)
    for each in inner:
        title = len(lines)
        lines.sources.append(f"── {each.title}")
        lines.add(len(lines.sources) - 1, 0, len(lines.sources[-1]), 0, LineKind.CODE)
        if each.text:
            _add(lines, each.text, 1)
        lines.fold_end[title] = len(lines)
    return lines


def _add(lines: Lines, text: str, depth: int) -> None:
    lines.sources.append(text)
    source = len(lines.sources) - 1
    if text.lstrip()[:1] in {"{", "["} and lay_out_json(lines, source, depth):
        return
    kind = LineKind.MARKDOWN if looks_like_markdown(text) else LineKind.TEXT
    lay_out_text(lines, source, depth, kind)
