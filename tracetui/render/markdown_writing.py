"""Markdown that no text of a trace can leave: code, cells of tables, fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tracetui.render.safe import safe

_BACKTICKS = re.compile(r"`+")
_BEFORE_PIPE = re.compile(r"(\\*)\|")
_LEAST_FENCE = 3


def code(text: str, limit: int | None = None) -> str:
    """Text that Markdown shows as it is, also within a cell of a table; empty for nothing."""
    shown = safe(text, limit)
    if not shown.strip():
        return ""
    fence = _longer_fence((shown,), 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{_BEFORE_PIPE.sub(_escaped_pipe, shown)}{pad}{fence}"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table of cells that are Markdown, without the columns that are empty throughout."""
    kept = [at for at in range(len(titles)) if any(row[at] for row in rows)]
    yield f"| {' | '.join(titles[at] for at in kept)} |"
    yield f"|{'---|' * len(kept)}"
    yield from (f"| {' | '.join(row[at] for at in kept)} |" for row in rows)


def fenced(lines: Sequence[str], language: str = "") -> Iterator[str]:
    """Lines as a block of code; its fence is longer than any backticks in it."""
    shown = [safe(line) for line in lines]
    fence = _longer_fence(shown, _LEAST_FENCE)
    yield f"{fence}{language}"
    yield from shown
    yield fence


def _longer_fence(lines: Sequence[str], least: int) -> str:
    longest = max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)
    return "`" * max(longest + 1, least)


def _escaped_pipe(match: re.Match[str]) -> str:
    # backslashes before a pipe are doubled, or they would take the one that escapes it
    return f"{match[1] * 2}\\|"
