"""The line about a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.render.signs import Signs

if TYPE_CHECKING:
    from tracetui.tui.sql.rows import ResultRows
    from tracetui.workers.queries import QueryResult


def running_line(result: QueryResult | None, marks: Signs) -> Content:
    """How far the statement has got."""
    del marks
    words = ["running"]
    if result is not None:
        words.append(text.duration(int(result.elapsed_s * 1e9)))
        if result.fraction:
            words.append(f"{result.fraction:.0%}")
        if result.row_count:
            words.append(f"{result.row_count:,} rows so far")
    line = Content(" · ".join(words)).stylize("$text-warning")
    return Content.assemble(line, ("   ctrl+c cancels", "$foreground-muted"))


def status_line(rows: ResultRows, title: str, depth: int, column: int, found: str) -> Content:
    """How many rows there are, how long that took, what was cut, and the column that the cursor is in."""
    result, arrangement = rows.result, rows.arrangement
    count = Content(f"{result.row_count:,} row{'' if result.row_count == 1 else 's'}").stylize(
        "$foreground-muted"
    )
    hidden = len(result.columns) - len(arrangement.order)
    rest = [text.duration(int(result.elapsed_s * 1e9))]
    rest += [f"{hidden} hidden  X shows all"] if hidden else []
    rest += ["esc goes back"] if depth > 1 else []
    parts: list[Content | tuple[str, str]] = [(safe(title, 60), "$text-accent")] if title else []
    parts.append(count)
    parts += [(found, "$text-accent")] if found else []
    parts += [(f"not whole: {safe(result.limit, 200)}", "$text-warning")] if result.limit else []
    parts.append((" · ".join(rest), "$foreground-muted"))
    line = Content(" · ").join(Content.assemble(part) for part in parts)
    if column < len(arrangement.order):
        at = arrangement.order[column]
        told = f"   {safe(result.columns[at], 40)} {safe(result.types[at], 30)}"
        line = Content.assemble(line, (told, "$foreground-muted"))
    return line
