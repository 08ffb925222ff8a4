"""A result of SQL written as a file, never in the place of another unasked."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.errors import InputError, TakenError, UsageError

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult

_KINDS = {
    ".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "md", ".parquet": "parquet",
    ".arrow": "arrow",
}  # fmt: skip

_TAKEN = "Choose another name; on the command line --overwrite replaces it."


def kind_of(target: Path, *, may_replace: bool = False) -> str:
    """What a file of that name is to hold; raises UsageError where it cannot be written, TakenError where it
    exists."""
    kind = _KINDS.get(target.suffix.lower())
    if kind is None:
        raise UsageError(f"a result is not written as {target.name}", f"Endings: {', '.join(_KINDS)}.")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}")
    if target.is_dir():
        raise UsageError(f"{target} is a folder")
    if target.exists() and not may_replace:
        raise TakenError(f"{target} exists", _TAKEN)
    return kind


def refuse_source(target: Path, paths: Sequence[str]) -> None:
    """Raise where `target` is one of the files that are read."""
    if target.exists() and any(Path(path).exists() and target.samefile(path) for path in paths):
        raise UsageError(f"{target} is what is read: it is not written over", "Choose another name.")


def export_result(
    result: QueryResult, target: Path, *, may_replace: bool = False, guards_formulas: bool = False,
    told: Callable[[int], None] | None = None,
) -> int:  # fmt: skip
    """Write a finished result; its ending says how. The number of rows.

    The file has its name once all of it is on disk. `guards_formulas` puts an apostrophe before texts of a CSV file
    that a spreadsheet would run. `told` gets the number of rows written so far, from another thread. Raises TakenError
    where the file exists and may not be replaced, InputError where it cannot be written.
    """
    kind = kind_of(target, may_replace=may_replace)
    temporary = target.with_name(f".{target.name}.tmp-{os.getpid()}")
    try:
        temporary.touch(exist_ok=False)
        try:
            count = result.export(temporary, kind, told, guards_formulas=guards_formulas)
            if may_replace:
                os.replace(temporary, target)
            else:
                _name(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{target} could not be written: {error.strerror or error}") from None
    return count


def _name(temporary: Path, target: Path) -> None:
    """Give the file its name unless another took it meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise TakenError(f"{target} exists by now", _TAKEN) from None
    except OSError:  # a file system without links
        if target.exists():
            raise TakenError(f"{target} exists by now", _TAKEN) from None
        os.replace(temporary, target)
