"""Sections of text that can be folded, and which of their lines are on show; no widget in it."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tracetui.render.lines import Lines

HEADER = -1


@dataclass(frozen=True, slots=True)
class Section:
    """A titled text. `lines` is called once, when the section is first shown unfolded or searched.

    An empty title shows the lines without a header line. `tone` is a style of the title: error, warning, success,
    accent, muted or empty. A section without lines is a header alone.
    """

    key: str
    title: str
    lines: Callable[[], Lines] | None = None
    subtitle: str = ""
    tone: str = ""
    is_folded: bool = False


class Place(NamedTuple):
    """A line of a section, or its header (`line` is -1)."""

    section: int
    line: int


class Document:
    """The lines on show: `place(i)` for each of `len(document)` of them."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self.sections = tuple(sections)
        self._lines: dict[int, Lines] = {}
        self._folded = {
            index for index, section in enumerate(sections) if section.is_folded and section.title
        }
        self._folded_lines: dict[int, set[int]] = {}
        self._shown: list[array[int]] = [self._lay_out(index) for index in range(len(sections))]
        self._starts: list[int] = []
        self._count = 0
        self._number()

    def __len__(self) -> int:
        return self._count

    def lines(self, section: int) -> Lines:
        """The lines of a section, made when they are first asked for."""
        lines = self._lines.get(section)
        if lines is None:
            make = self.sections[section].lines
            lines = self._lines[section] = make() if make else Lines([])
            if lines.folded:
                self._folded_lines[section] = set(lines.folded)
        return lines

    def place(self, index: int) -> Place:
        """What stands at an index of the lines on show."""
        section = bisect_right(self._starts, index) - 1
        return Place(section, self._shown[section][index - self._starts[section]])

    def index(self, place: Place) -> int:
        """Where a place is on show; for a hidden one the line that hides it."""
        shown = self._shown[place.section]
        return self._starts[place.section] + max(0, bisect_right(shown, place.line) - 1)

    def sizes(self) -> Iterator[int]:
        """About how many characters each line on show has."""
        for section, shown in enumerate(self._shown):
            lines = self._lines.get(section)
            for line in shown:
                yield (
                    0
                    if line == HEADER or lines is None
                    else lines.end[line] - lines.start[line] + 2 * lines.depth[line]
                )

    def is_folded(self, place: Place) -> bool:
        """Whether the line hides what belongs to it."""
        if place.line == HEADER:
            return place.section in self._folded
        return place.line in self._folded_lines.get(place.section, ())

    def can_fold(self, place: Place) -> bool:
        """Whether something belongs to the line that can be hidden."""
        if place.line == HEADER:
            return self.sections[place.section].lines is not None
        return self.lines(place.section).fold_end[place.line] > place.line + 1

    def hidden_lines(self, place: Place) -> int | None:
        """How many lines a folded line hides; None while the section's lines were never made."""
        lines = self._lines.get(place.section)
        if lines is None:
            return None
        return len(lines) if place.line == HEADER else lines.fold_end[place.line] - place.line - 1

    def set_folded(self, place: Place, is_folded: bool) -> bool:
        """Fold or unfold one line; False where that changes nothing."""
        if not self.can_fold(place) or self.is_folded(place) == is_folded:
            return False
        if place.line == HEADER:
            (self._folded.add if is_folded else self._folded.discard)(place.section)
        else:
            folded = self._folded_lines.setdefault(place.section, set())
            (folded.add if is_folded else folded.discard)(place.line)
        self._changed(place.section)
        return True

    def set_all_folded(self, is_folded: bool) -> None:
        """Fold or unfold every section; unfolding opens all that is inside, too."""
        titled = {index for index, section in enumerate(self.sections) if section.title and section.lines}
        self._folded = titled if is_folded else set()
        if not is_folded:
            self._folded_lines.clear()
        self._changed(*range(len(self.sections)))

    def reveal(self, place: Place) -> bool:
        """Unfold what hides a place; False where it was on show."""
        was_shown = self.place(self.index(place)) == place
        while (hider := self.place(self.index(place))) != place and self.set_folded(hider, False):
            pass
        return not was_shown

    def parent(self, place: Place) -> Place | None:
        """The nearest line above that this one can be folded into; None for a header."""
        if place.line == HEADER:
            return None
        fold_end = self.lines(place.section).fold_end
        for line in range(place.line - 1, -1, -1):
            if fold_end[line] > place.line:
                return Place(place.section, line)
        return Place(place.section, HEADER) if self.sections[place.section].title else None

    def find(self, needle: str) -> list[Place]:
        """Titles and lines that hold a text, upper and lower case alike, folded ones too."""
        found: list[Place] = []
        for index, section in enumerate(self.sections):
            if needle and section.title and needle.lower() in f"{section.title} {section.subtitle}".lower():
                found.append(Place(index, HEADER))
            found.extend(Place(index, line) for line in self.lines(index).find(needle))
        return found

    def _changed(self, *sections: int) -> None:
        for section in sections:
            self._shown[section] = self._lay_out(section)
        self._number()

    def _lay_out(self, section: int) -> array[int]:
        shown: array[int] = array("q", [HEADER] if self.sections[section].title else [])
        if section in self._folded:
            return shown
        lines = self.lines(section)
        line = 0
        for folded in sorted(self._folded_lines.get(section, ())):
            if folded >= line:
                shown.extend(range(line, folded + 1))
                line = lines.fold_end[folded]
        shown.extend(range(line, len(lines)))
        return shown

    def _number(self) -> None:
        self._starts = []
        self._count = 0
        for shown in self._shown:
            self._starts.append(self._count)
            self._count += len(shown)

    def next_header(self, index: int, backwards: bool = False) -> int | None:
        """Where the next section (or the one before) begins on show."""
        at = bisect_left(self._starts, index) - 1 if backwards else bisect_right(self._starts, index)
        return self._starts[at] if 0 <= at < len(self._starts) and self._starts[at] < self._count else None
