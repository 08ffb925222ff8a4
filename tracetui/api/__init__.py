"""The one typed door to loaded traces, for the screens, the command line and scripts alike.

import tracetui
with tracetui.open("run.jsonl") as db:
    for run in db.runs():
        print(run.run_id, run.status, run.error_message)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracetui.api.opening import Completed, FirstRuns, LoadOptions, Opened, Opening, Update
from tracetui.read_model import Progress

if TYPE_CHECKING:
    from tracetui.api.db import ResultWindow, TraceDB
    from tracetui.api.exporting import export

__all__ = [
    "Completed", "FirstRuns", "LoadOptions", "Opened", "Opening", "ResultWindow", "TraceDB", "Update", "begin",
    "export", "open",
]  # fmt: skip

_DEFAULTS = LoadOptions()
_HOMES = {"ResultWindow": "db", "TraceDB": "db", "export": "exporting"}
"""Resolved on first use: a load needs them only after its first runs are on the screen."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])


def open(  # noqa: A001  # `tracetui.open` reads as users expect it
    paths: str | Path | Sequence[str | Path],
    *,
    options: LoadOptions = _DEFAULTS,
    on_progress: Callable[[Progress], None] | None = None,
) -> TraceDB:
    """Load everything and return it.

    `paths` are files, folders, glob patterns or `-` for standard input. Raises InputError where nothing could be
    loaded.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    db: TraceDB | None = None
    try:
        for update in begin([str(path) for path in given], options).updates():
            if isinstance(update, Progress) and on_progress is not None:
                on_progress(update)
            elif isinstance(update, Opened | Completed):
                db = update.db
    except BaseException:
        if db is not None:
            db.close()
        raise
    assert db is not None
    return db


def begin(paths: Sequence[str], options: LoadOptions = _DEFAULTS) -> Opening:
    """Begin to load; returns at once, the work goes on as the updates are iterated."""
    return Opening(paths, options)
