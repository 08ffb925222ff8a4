"""The lines above the rows of the Compare view: both runs, what one took more than the other, where they part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tracetui.api.diffs import RunDiff
from tracetui.read_model import Run
from tracetui.render.run_card import divergence_lines
from tracetui.render.run_diff import delta_words, effect_lines, figure_words
from tracetui.render.safe import safe
from tracetui.tui.widgets.fit import fit, fit_middle

_NAME_CHARS = 120
_ID_CHARS = 12
_LEAST_NAME_CELLS = 30
_BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class Header:
    """Names and facts of both runs, the facts about both, and what is said last."""

    names: tuple[str, str]
    facts: tuple[Sequence[str], Sequence[str]]
    both: Sequence[str]
    last: str

    def lines(self, width: int) -> Iterator[str]:
        """At most six lines of a width: names are cut in the middle, the facts about both go on in a second line."""
        for side, name, facts in zip("AB", self.names, self.facts, strict=True):
            yield _run_line(side, name, facts, width)
        yield from _flowing("B − A  ", self.both, width)
        yield fit(self.last, width)


def header_of(diff: RunDiff, is_whole: bool) -> Header:
    """The header of a comparison."""
    both = delta_words(diff).split(_BETWEEN)
    return Header(
        (_name(diff.a), _name(diff.b)),
        (_facts(diff.a), _facts(diff.b)),
        [*both, next(effect_lines(diff))] if is_whole else both,
        next(divergence_lines(diff)) if is_whole else "aligning…  esc stops, what is aligned stays",
    )


def _name(run: Run) -> str:
    return safe(run.name or run.run_id, _NAME_CHARS)


def _facts(run: Run) -> list[str]:
    """What counts most first: on a narrow screen the id goes, then the figures."""
    figures = [part for words in figure_words(run) for part in words.split(_BETWEEN)]
    return [str(run.status), *figures, safe(run.run_id[:_ID_CHARS])]


def _run_line(side: str, name: str, facts: Sequence[str], width: int) -> str:
    room = width - len(side) - 2
    kept = list(facts)
    least = min(cell_len(name), _LEAST_NAME_CELLS)
    while len(kept) > 1 and least + 2 + cell_len(_BETWEEN.join(kept)) > room:
        kept.pop()
    told = _BETWEEN.join(kept)
    return f"{side}  {fit_middle(name, max(room - cell_len(told) - 2, _LEAST_NAME_CELLS))}  {told}"


def _flowing(begin: str, parts: Sequence[str], width: int) -> Iterator[str]:
    """The parts in lines, none of which is longer than the width unless one part alone is."""
    line = begin
    is_first = True
    for part in parts:
        more = part if is_first else f"{_BETWEEN}{part}"
        if not is_first and cell_len(line) + cell_len(more) > width:
            yield line
            line, more = " " * len(begin), part
        line, is_first = line + more, False
    yield fit(line, width)
