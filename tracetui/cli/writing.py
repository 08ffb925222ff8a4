"""Files that a command writes: what is refused before anything is loaded, and what fails while writing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.errors import UsageError

if TYPE_CHECKING:
    from tracetui.api import TraceDB


def refuse_output(out: Path, overwrite: bool) -> None:
    """Raise where `out` is no place for a file, or is one that may not be replaced."""
    if str(out) == "-":
        raise UsageError("- is no file to write to", "Name one, such as spans.jsonl.")
    if out.exists() and not overwrite and not out.is_dir():
        raise UsageError(f"{out} exists", "--overwrite replaces it")
    if out.suffix and not out.parent.is_dir():
        raise UsageError(f"there is no folder {out.parent}", "Make it first, or write elsewhere.")


def written(db: TraceDB, out: Path) -> int:
    """Write what was loaded and return how many lines or rows that were; what the system refuses is wrong usage."""
    from tracetui.api import export

    try:
        return export(db, out)
    except OSError as error:
        raise UsageError(
            f"{out} could not be written: {error.strerror or error}",
            "Check the folder, its rights and its space.",
        ) from error
