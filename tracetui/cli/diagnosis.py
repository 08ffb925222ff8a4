"""Facts about the installation, the terminal and the folders in use."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tracetui.render import text
from tracetui.version import VERSION

_LIBRARIES = ("click", "duckdb", "orjson", "pyarrow", "rich", "textual")
_TERMINAL_VARIABLES = ("TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "LANG", "LC_ALL", "TMUX", "SSH_TTY")


def diagnosis() -> dict[str, object]:
    """Names and values in the order of reading; `worker` is `ok` or why no worker process answers."""
    from tracetui.cli.samples import samples_folder
    from tracetui.store import cache
    from tracetui.tui.crash import state_folder
    from tracetui.tui.launch import terminal_problem
    from tracetui.workers.map_files import config_folder

    size = shutil.get_terminal_size((0, 0))
    return {
        "tracetui": VERSION,
        "python": f"{platform.python_version()} ({sys.executable})",
        "platform": platform.platform(),
        **{name: _version(name) for name in _LIBRARIES},
        "interface": terminal_problem() or "ok",
        "size": f"{size.columns}×{size.lines}",
        "encoding": sys.stdout.encoding,
        "colours": _colours(),
        **{name: os.environ[name] for name in _TERMINAL_VARIABLES if name in os.environ},
        "samples": str(samples_folder()),
        "configuration": _folder(config_folder()),
        "crash reports": _folder(state_folder()),
        "cache": _folder(cache.folder()),
        "worker": _worker(),
    }


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def _colours() -> str:
    from rich.console import Console

    return Console(file=sys.stdout).color_system or "none"


def _folder(path: Path) -> str:
    if not path.is_dir():
        return f"{path} (not there)"
    sizes = [file.stat().st_size for file in path.rglob("*") if file.is_file()]
    return f"{path} ({len(sizes):,} file{'' if len(sizes) == 1 else 's'}, {text.size(sum(sizes))})"


def _worker() -> str:
    """Load one small sample through a worker process."""
    from tracetui import api
    from tracetui.cli.samples import samples_folder
    from tracetui.errors import TracetuiError

    sample = next(path for path in sorted(samples_folder().rglob("*.jsonl")))
    try:
        with api.open(str(sample)) as db:
            return "ok" if db.run_count() else "a worker loaded a sample and found no run"
    except TracetuiError as error:
        return error.message
