"""Any text of a trace as display lines: JSON laid out, Markdown coloured, the rest as it is."""

from __future__ import annotations

from tracetui.render.json_layout import lay_out_json, lay_out_text
from tracetui.render.lines import LineKind, Lines
from tracetui.render.markdown import FENCE, looks_like_markdown


def text_lines(text: str) -> Lines:
    """Lines of a text: as JSON where the whole of it is a JSON object or array, as Markdown where it looks so.

    1 MB of dense JSON takes most of a second, of messages 0.2 s, of text 0.05 s: large texts belong in a thread.
    """
    lines = Lines([text])
    if text.lstrip()[:1] in {"{", "["} and lay_out_json(lines, 0):
        return lines
    lay_out_text(lines, 0, 0, LineKind.MARKDOWN if looks_like_markdown(text) else LineKind.TEXT)
    _mark_fences(lines)
    return lines


def plain_lines(text: str) -> Lines:
    """Lines of a text exactly as it is, whatever it looks like."""
    lines = Lines([text])
    lay_out_text(lines, 0, 0, LineKind.TEXT)
    return lines


def _mark_fences(lines: Lines) -> None:
    """Lines from one code fence to the next are code."""
    if not lines.kind or lines.kind[0] != LineKind.MARKDOWN:
        return
    text, inside = lines.sources[0], False
    for line, start in enumerate(lines.start):
        fence = FENCE.match(text, start, lines.end[line]) is not None and not lines.continued[line]
        if inside or fence:
            lines.kind[line] = LineKind.CODE
        inside ^= fence
