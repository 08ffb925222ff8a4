"""Where finished databases are kept: a private folder, files named by what they were made from."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tracetui.store.version import SCHEMA_VERSION
from tracetui.version import VERSION

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
    parts = []
    total = 0
    for path in paths:
        files = _files(path)
        if files is None:
            return None
        for name in files:
            try:
                state = os.stat(name)
            except OSError:  # a broken link, or gone by now: reading reports it
                return None
            total += state.st_size
            parts.append(f"{os.path.abspath(name)}\0{state.st_size}\0{state.st_mtime_ns}\0{path}")
    if total < CACHED_FROM_BYTES:
        return None
    parts += [repr(fact) for fact in (*_versions(), *options)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:40]


def _versions() -> tuple[object, ...]:
    """Without that of DuckDB, which takes time to ask for; `find` looks at it once DuckDB is loaded."""
    return VERSION, SCHEMA_VERSION


def page_path(name: str) -> Path:
    """Where the first runs of the database of that name are."""
    return folder() / f"{name}.duckdb.runs.json"


def mark_own(path: Path) -> None:
    """Remember a database that was just written here for its user, as it is now."""
    marker = _marker(path)
    for former in folder().glob(f"{marker.name.partition('-')[0]}-*.own"):
        former.unlink(missing_ok=True)
    marker.touch(mode=0o600)


def is_own(path: Path) -> bool:
    """Whether a database was written here and is as it was then; another's must not be opened where its content could
    do harm."""
    try:
        return _marker(path).exists() and not any(path.parent.glob(f"{path.name}.wal*"))
    except OSError:
        return False


def _marker(path: Path) -> Path:
    state = path.stat()
    facts = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns, *_versions())
    place, content = (hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:40]
                      for text in (os.path.realpath(path), repr(facts)))  # fmt: skip
    return folder() / f"{place}-{content}.own"


def find(name: str) -> Path | None:
    """The kept database of that name; one that cannot be opened, was made by another DuckDB or has a write-ahead log beside
    it is not trusted but removed."""
    path = folder() / f"{name}.duckdb"
    if not path.is_file():
        return None
    if any(path.parent.glob(f"{path.name}.wal*")) or not _is_whole(path):
        remove(path)
        return None
    os.utime(path)
    return path


def _is_whole(path: Path) -> bool:
    import duckdb

    from tracetui.store import connection as connections

    try:
        connection = connections.open_readonly(path)
        try:
            facts = dict(connection.execute("FROM store.meta").fetchall())
            return "complete" in facts and facts.get("duckdb_version") == duckdb.__version__
        finally:
            connection.close()
    except duckdb.Error:
        return False


def keep(path: Path, name: str) -> None:
    """Keep the database at `path`, which stays where it is, under that name; the oldest others make room."""
    _make_room()
    kept = folder() / f"{name}.duckdb"
    unfinished = kept.with_name(f"{kept.name}.tmp-{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        os.link(path, unfinished)
    except OSError:  # a file system without hard links
        shutil.copy2(path, unfinished)
    force_to_disk(unfinished)  # nobody waited for that so far
    os.replace(unfinished, kept)


def force_to_disk(path: Path) -> None:
    """Wait until what was written to a file cannot be lost any more."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_room() -> None:
    size = 0
    for entry in sorted(entries(), key=lambda entry: entry.used_ns, reverse=True):
        size += entry.size_bytes
        if size > _KEPT_BYTES:
            remove(entry.path)


def entries() -> list[CachedFile]:
    """All kept databases."""
    found = []
    for path in folder().glob("*.duckdb"):
        try:
            state = path.stat()
        except FileNotFoundError:  # another process made room
            continue
        found.append(CachedFile(path, state.st_size, state.st_mtime_ns))
    return found


def remove(path: Path) -> None:
    """Remove a kept database and what stands beside it."""
    for leftover in (path, *path.parent.glob(f"{path.name}.*")):
        if leftover.is_dir():  # what a killed process spilled
            shutil.rmtree(leftover, ignore_errors=True)
        else:
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
