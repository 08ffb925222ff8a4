"""Where finished databases are kept: a private folder, files named by what they were made from."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CACHED_FROM_BYTES = 10_000_000
"""Inputs below this size are read anew each time: that is quicker than asking whether they changed is worth."""
_KEPT_BYTES = 4 * 10**9


@dataclass(frozen=True, slots=True)
class CachedFile:
    """One kept database: its path, size in bytes and time of last use (nanoseconds since 1970)."""

    path: Path
    size_bytes: int
    used_ns: int


def folder() -> Path:
    """The cache folder, made on first use, readable by its owner alone."""
    base = os.environ.get("TRACETUI_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tracetui"
    )
    path = Path(base)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def session_folder() -> Path:
    """A private folder for databases that end with this process; folders of dead processes are swept."""
    for stale in folder().glob("session-*"):
        if not _is_alive(stale.name.split("-")[1]):
            shutil.rmtree(stale, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"session-{os.getpid()}-", dir=folder()))


def key(paths: Sequence[str], *options: object) -> str | None:
    """A name for what these inputs hold now, or None where it is not worth keeping or cannot be told."""
    parts: list[str] = [repr(option) for option in options]
    total = 0
    for path in paths:
        files = _files(path)
        if files is None:
            return None
        for name in files:
            state = os.stat(name)
            total += state.st_size
            parts.append(f"{os.path.abspath(name)}\0{state.st_size}\0{state.st_mtime_ns}\0{path}")
    if total < CACHED_FROM_BYTES:
        return None
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:40]


def find(name: str) -> Path | None:
    """The kept database of that name; one with a write-ahead log beside it is not trusted but removed."""
    path = folder() / f"{name}.duckdb"
    if not path.is_file():
        return None
    if any(path.parent.glob(f"{path.name}.wal*")):
        remove(path)
        return None
    os.utime(path)
    return path


def place(name: str) -> Path:
    """Where the database of that name is to be written; the oldest others make room."""
    kept = sorted(entries(), key=lambda entry: entry.used_ns, reverse=True)
    size = 0
    for entry in kept:
        size += entry.size_bytes
        if size > _KEPT_BYTES:
            remove(entry.path)
    return folder() / f"{name}.duckdb"


def entries() -> list[CachedFile]:
    """All kept databases."""
    found = []
    for path in folder().glob("*.duckdb"):
        state = path.stat()
        found.append(CachedFile(path, state.st_size, state.st_mtime_ns))
    return found


def remove(path: Path) -> None:
    """Remove a kept database and what stands beside it."""
    for leftover in (path, *path.parent.glob(f"{path.name}.*")):
        leftover.unlink(missing_ok=True)


def _files(path: str) -> list[str] | None:
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        return None
    return sorted(os.path.join(parent, name) for parent, _, names in os.walk(path) for name in names)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
