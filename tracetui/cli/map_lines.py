"""A guessed mapping as TOML, with the first rows as they would be loaded in comments."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.api.mapping import MappedSource, preview, to_toml
from tracetui.model import Span
from tracetui.render.safe import safe
from tracetui.render.text import timestamp

PREVIEW_COLUMNS = (
    "run",
    "id",
    "parent",
    "name",
    "kind",
    "start (UTC)",
    "ms",
    "status",
    "tokens",
    "input",
    "output",
)
_PREVIEW_ROWS = 5
_CELL_CHARS = 40


def map_lines(found: MappedSource) -> list[str]:
    """Lines of TOML that `--map` reads back."""
    head = [f"# {safe(found.source)}: columns {found.origin}; correct them, and give the file to --map"]
    rows = preview(found.known, found.rows)[:_PREVIEW_ROWS]
    table = [PREVIEW_COLUMNS, *(preview_cells(span) for span in rows)]
    widths = [max(len(row[at]) for row in table) for at in range(len(PREVIEW_COLUMNS))]
    shown = [
        "# " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    toml = [safe(line) for line in to_toml(found.known).splitlines()]
    return [*head, *toml, "", f"# the first {len(rows)} steps as they are loaded:", *shown]


def preview_cells(span: Span) -> Sequence[str]:
    """The texts of one row, made safe and short."""
    lasted = None if span.took_ns is None else span.took_ns / 1e6
    if span.start_ns is not None and span.end_ns is not None:
        lasted = (span.end_ns - span.start_ns) / 1e6
    tokens = span.usage and (
        span.usage.total_tokens or (span.usage.input_tokens or 0) + (span.usage.output_tokens or 0)
    )
    texts = (
        span.trace_id, span.span_id, span.parent_id, span.name, span.kind,
        None if span.start_ns is None else timestamp(span.start_ns)[:23], None if lasted is None else f"{lasted:g}",
        span.status, tokens, span.input, span.output,
    )  # fmt: skip
    return tuple("–" if text is None else safe(" ".join(str(text).split()), _CELL_CHARS) for text in texts)
