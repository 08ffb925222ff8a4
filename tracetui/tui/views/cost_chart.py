"""The chart of the Cost view: money over time, one column a stretch of it."""

from __future__ import annotations

from tracetui.render.chart import columns, gathered
from tracetui.render.text import least_fine_money
from tracetui.tui.cost_query import Timeline

_MOST_COLUMN_CELLS = 6


def chart_lines(line: Timeline | None, width: int, height: int, ascii_only: bool) -> list[str]:
    """Bars with the highest amount beside them, and below them what a column stands for, from when to when."""
    if line is None:
        return ["No call has a time: there is no chart."]
    amounts, size = gathered(line.amounts, width - 12)
    if not max(amounts):
        return ["No call that has a time has a known cost: there is no chart."]
    highest = amounts.index(max(amounts)) * size
    top = least_fine_money(max(amounts), any(line.least[highest : highest + size]))
    room = width - len(top) - 2
    cells = max(1, min(_MOST_COLUMN_CELLS, room // len(amounts)))
    rows = columns(amounts, height, ascii_only)
    wide = ["".join(sign * max(cells - 1, 1) + " " * (cells > 1) for sign in row) for row in rows]
    stretch = f"each column {size:,} {line.slot}s" if size > 1 else f"each column one {line.slot}"
    if len(line.amounts) == 1:
        stretch = f"all within one {line.slot}"
    calls = f"call{'' if line.undated == 1 else 's'}"
    undated = f" · {line.undated:,} {calls} without a time" if line.undated else ""
    axis = f"{line.first} … {line.last} UTC · {stretch}{undated}"
    return [f"{top if at == 0 else '':>{len(top)}} {row}" for at, row in enumerate(wide)] + [axis]
