"""What a person sees when tracetui itself is at fault: where, never what; the details go to a private file."""

from __future__ import annotations

import os
import platform
import tempfile
import time
import traceback
from pathlib import Path

from tracetui.errors import TracetuiError
from tracetui.version import VERSION


class InternalError(TracetuiError):
    """A fault of tracetui itself; the message holds type and place only."""


def state_folder() -> Path:
    """Where crash reports go: `$TRACETUI_STATE_DIR`, else `$XDG_STATE_HOME/tracetui`, else `~/.local/state/tracetui`."""
    own = os.environ.get("TRACETUI_STATE_DIR")
    if own:
        return Path(own)
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "tracetui"


def place_of(error: BaseException) -> str:
    """`TypeError in runs.py:120 (show_runs)`, for a fault in a library also from where: no message and no values,
    which may hold what a trace held."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    place = f"{type(error).__name__} in {_frame(frames[-1])}"
    ours = [frame for frame in frames if f"{os.sep}tracetui{os.sep}" in frame.filename]
    return f"{place}, called from {_frame(ours[-1])}" if ours and ours[-1] is not frames[-1] else place


def _frame(frame: traceback.FrameSummary) -> str:
    return f"{Path(frame.filename).name}:{frame.lineno} ({frame.name})"


def write_report(error: BaseException) -> Path | None:
    """Write the full traceback, without local values, to a new file only the user can read; None if impossible."""
    text = "".join(traceback.format_exception(error))
    head = f"tracetui {VERSION}, Python {platform.python_version()}, {platform.platform()}\n"
    stamp = time.strftime("%Y%m%d-%H%M%S")
    try:
        folder = state_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"crash-{stamp}-", suffix=".txt", dir=folder)
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(head + text)
    except OSError:
        return None
    return Path(name)


def internal_error(error: BaseException) -> InternalError:
    """An error to show in a running interface; the report is written."""
    path = write_report(error)
    return InternalError(f"internal error: {place_of(error)}", _where(path))


def crash_text(error: BaseException) -> str:
    """The crash screen: three lines at most, ending with a line feed."""
    path = write_report(error)
    return f"tracetui stopped on an internal error: {place_of(error)}\n{_where(path)}\n"


def _where(path: Path | None) -> str:
    if path is None:
        return "The details could not be written to a file."
    return f"Details (they may quote your trace): {path}"
