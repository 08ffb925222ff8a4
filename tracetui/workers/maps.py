"""Which mapping a source without a format is read through: given, saved for its columns, or guessed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tracetui.errors import UsageError
from tracetui.formats.contract import Head
from tracetui.formats.generic import fits, head_rows, lacking
from tracetui.formats.generic_guess import columns_of, guess
from tracetui.formats.generic_map import SourceMap, from_toml, key_of, to_toml
from tracetui.workers.map_files import maps_folder

_MOST_BYTES = 1_000_000
_MOST_MAPS = 200


@dataclass(frozen=True, slots=True)
class ChosenMap:
    """A mapping and where it is from: `given`, `saved` or `guessed`; `problem` says why a saved one was not taken."""

    known: SourceMap
    origin: str
    problem: str | None = None


class MapUse:
    """The mapping that a load was given, if any, and whether any source had its columns."""

    def __init__(self, text: str | None) -> None:
        self._known = None if text is None else from_toml(text)
        self._nearest: tuple[str, ...] | None = None
        self._is_used = False

    @property
    def is_given(self) -> bool:
        """Whether there is a mapping to be used."""
        return self._known is not None

    def given(self, head: Head) -> ChosenMap | None:
        """The mapping, where a source has its columns."""
        if self._known is None or not (head.values or head.columns):
            return None
        if fits(self._known, head):
            self._is_used = True
            return ChosenMap(self._known, "given")
        missing = lacking(self._known, head)
        if self._nearest is None or len(missing) < len(self._nearest):
            self._nearest = missing
        return None

    def require(self) -> None:
        """Raise UsageError where sources were looked at and the mapping fits none of them."""
        if self._is_used or self._nearest is None:
            return
        columns = ", ".join(repr(column) for column in self._nearest[:5])
        why = f"no source has the column {columns}" if columns else "it names no column"
        raise UsageError(
            f"the mapping fits no source: {why}", "`tracetui import FILE --show-map` prints one that fits."
        )


def choose_map(head: Head) -> ChosenMap:
    """The mapping saved for the columns of a source, else a guess."""
    rows = head_rows(head.values)
    columns = columns_of(rows, head.columns)
    problems: list[str] = []
    for path in _candidates(columns):
        known = _read(path, problems)
        if known is not None and fits(known, head):
            return ChosenMap(known, "saved", problems[0] if problems else None)
    return ChosenMap(guess(rows, head.columns), "guessed", problems[0] if problems else None)


def _candidates(columns: tuple[str, ...]) -> list[Path]:
    """The mapping saved for exactly these columns, then those for nearly the same: logs leave columns out."""
    exact = saved_path(columns)
    try:
        others = sorted(path for path in maps_folder().glob("*.toml") if path != exact)[:_MOST_MAPS]
    except OSError:
        return [exact]
    near = [(len(set(known.columns) ^ set(columns)), path) for path in others if (known := _read(path, [])) is not None
            and 2 * len(set(known.columns) & set(columns)) >= len(set(known.columns) | set(columns))]  # fmt: skip
    return [exact, *(path for _, path in sorted(near))]


def _read(path: Path, problems: list[str]) -> SourceMap | None:
    try:
        if path.is_file() and path.stat().st_size < _MOST_BYTES:
            return from_toml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: cannot be read: {error}")
    except UsageError as error:
        problems.append(f"{path}: {error.message}")
    return None


def saved_path(columns: Iterable[str]) -> Path:
    """Where the mapping for these columns is or would be saved."""
    return maps_folder() / f"{key_of(columns)}.toml"


def save_map(known: SourceMap) -> Path:
    """Save a mapping for next time; it is found by its columns."""
    path = saved_path(known.columns)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".tmp-{os.getpid()}")
    unfinished.write_text(to_toml(known), encoding="utf-8")
    os.replace(unfinished, path)
    return path
