"""A run's tree as lines: step, name under its parents, start, duration, tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tracetui.analysis.forest import with_ancestors
from tracetui.cli.table import fit
from tracetui.model import Status
from tracetui.read_model import NO_TIME, Tree
from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.render.signs import Signs

INDENT_CELLS = 2
LEAST_NAME_CELLS = 24
_FIGURE_CELLS = 8
_NAME_CHARACTERS = 300


def tree_lines(
    tree: Tree, errors: Mapping[int, str], signs: Signs, cells: int | None, found: Sequence[int] | None = None
) -> Iterator[str]:
    """One line a span in depth-first order, at most `cells` wide (None: nothing is cut).

    `errors` gives the error in words by position; `found` leaves out all but these positions and what stands above
    them. The first failing step is marked with the cursor sign.
    """
    step_cells = max(len("step"), len(str(max(tree.step, default=0))))
    fixed = len("▶ ") + step_cells + len("  ") + 3 * (1 + _FIGURE_CELLS)
    name_cells = _name_cells(
        tree, errors, signs, None if cells is None else max(LEAST_NAME_CELLS, cells - fixed)
    )
    yield _line(" ", "step", _padded("span", name_cells), ("start", "time", "tokens"), step_cells)
    origin_ns = next((start for start in tree.start_ns if start != NO_TIME), NO_TIME)
    for position in range(len(tree)) if found is None else with_ancestors(tree.depth, found):
        name = _padded(fit(_name(tree, position, errors, signs, name_cells), name_cells), name_cells)
        figures = (_start(tree, position, origin_ns), _duration(tree, position), _tokens(tree, position))
        cursor = signs.cursor if position == tree.failed and position else " "
        yield _line(cursor, str(tree.step[position] or ""), name, figures, step_cells)


def _line(cursor: str, step: str, name: str, figures: tuple[str, str, str], step_cells: int) -> str:
    right = " ".join(figure.rjust(_FIGURE_CELLS) for figure in figures)
    return f"{cursor} {step.rjust(step_cells)}  {name} {right}".rstrip()


def _name_cells(tree: Tree, errors: Mapping[int, str], signs: Signs, most: int | None) -> int:
    """The widest name of the first 1,000 lines, within the room there is."""
    from rich.cells import cell_len

    shown = range(min(len(tree), 1_000))
    unbounded = 10_000
    widest = max((cell_len(_name(tree, i, errors, signs, unbounded)) for i in shown), default=0)
    return max(4, widest if most is None else min(most, widest))


def _padded(name: str, cells: int) -> str:
    from rich.cells import cell_len

    return name + " " * max(0, cells - cell_len(name))


def _name(tree: Tree, position: int, errors: Mapping[int, str], signs: Signs, name_cells: int) -> str:
    status = tree.status[position]
    parts = [
        _indent(tree.depth[position], name_cells) + signs.kind[tree.kind[position]],
        safe(tree.labels[tree.label[position]], _NAME_CHARACTERS) or "(no name)",
    ]
    if status not in {Status.OK, Status.UNSET}:
        parts.append(signs.status[status])
    if position in errors:
        parts.append(safe(errors[position], _NAME_CHARACTERS))
    if position in tree.synthetic:
        parts.append("(parent not in the source)")
    return " ".join(parts)


def _indent(depth: int, name_cells: int) -> str:
    """Two cells a level; where that leaves no room for a name, the depth in words."""
    if depth * INDENT_CELLS <= max(LEAST_NAME_CELLS, name_cells - LEAST_NAME_CELLS):
        return " " * (depth * INDENT_CELLS)
    return f"depth {depth:,} "


def _start(tree: Tree, position: int, origin_ns: int) -> str:
    start_ns = tree.start_ns[position]
    if start_ns == NO_TIME:
        return text.UNKNOWN
    after_ns = start_ns - origin_ns
    return f"{'−' if after_ns < 0 else '+'}{text.duration_cell(abs(after_ns))}"


def _duration(tree: Tree, position: int) -> str:
    lasted_ns = tree.lasted_ns(position)
    return text.UNKNOWN if lasted_ns is None else text.duration_cell(lasted_ns)


def _tokens(tree: Tree, position: int) -> str:
    return text.short_count(tree.tokens[position]) if tree.tokens[position] > 0 else ""
