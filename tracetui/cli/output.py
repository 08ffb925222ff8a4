"""Writing to stdout and stderr: readable lines, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from tracetui.cli.json_text import json_array_lines, json_text
from tracetui.cli.options import guards_formulas
from tracetui.cli.table import Column, leave_out, table_lines
from tracetui.cli.terminal import is_utf8, stdout_cells
from tracetui.render.safe import safe
from tracetui.render.signs import Signs, signs
from tracetui.store.formulas import guarded

if TYPE_CHECKING:
    from tracetui.api import TraceDB

_MOST_NAMED = 12


def print_lines(lines: Iterable[str]) -> None:
    """Readable lines to stdout; whatever in them came from data is safe already."""
    for line in lines:
        sys.stdout.write(f"{line}\n")


def print_fitted_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    left_out_first: Sequence[str],
    *,
    wide: bool,
    quiet: bool,
) -> None:
    """A table within the terminal's width, saying on stderr which columns had no room."""
    cells = None if wide else stdout_cells()
    shown, shown_rows, left_out = leave_out(columns, rows, left_out_first, cells)
    print_lines(table_lines(shown, shown_rows, cells))
    if left_out and not quiet:
        more = len(left_out) - _MOST_NAMED
        named = ", ".join(left_out[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
        talk(f"not shown for want of width: {named} (--wide shows all)")


def print_json_rows(rows: Iterable[object]) -> None:
    """A JSON array to stdout, one element a line."""
    for line in json_array_lines(rows):
        _write_utf8(f"{line}\n")


def print_json(value: object) -> None:
    """One JSON value to stdout."""
    _write_utf8(f"{json_text(value, indent=2)}\n")


def print_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """CSV to stdout: exact values in a file or pipe, harmless text on a terminal.

    Unknown is empty, lists and objects are JSON, truth is `true` or `false`. `--for-spreadsheet` guards texts that
    would be run as formulas.
    """
    shown = safe if sys.stdout.isatty() else str
    guard = guarded if guards_formulas() else str
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for row in chain([header], rows):
        writer.writerow([guard(shown(_csv_cell(value))) for value in row])
        _write_utf8(line.getvalue())
        line.seek(0)
        line.truncate()


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else _bare(value)


def _bare(value: object) -> str:
    text = json_text(value)
    return str(json.loads(text)) if text.startswith('"') else text


def _write_utf8(text: str) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def talk(line: str) -> None:
    """A remark to stderr; whatever in it came from data is safe already."""
    sys.stdout.flush()
    sys.stderr.write(f"{line}\n")


def say_none_passes(db: TraceDB, words: str, filter_text: str) -> None:
    """Say on stderr that nothing passes a filter, and what it may have meant."""
    talk("; ".join(part for part in (words, safe(db.filter_advice(filter_text))) if part))


def print_safe(text: str) -> None:
    """Lines that may hold what was typed, harmless on a terminal and exact elsewhere."""
    shown = safe if sys.stdout.isatty() else str
    for line in text.split("\n"):
        _write_utf8(f"{shown(line)}\n")


def signs_here() -> Signs:
    """The signs that stdout can carry."""
    return signs(ascii_only=not is_utf8())
