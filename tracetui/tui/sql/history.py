"""Statements that were run before, across sessions, in a private file; and those saved as .sql files."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from tracetui.errors import InputError, UsageError
from tracetui.tui.crash import state_folder
from tracetui.workers.map_files import config_folder

MAX_STATEMENTS = 1_000
_COMPACT_AT = 2 * MAX_STATEMENTS
_NAME = re.compile(r"[\w][\w .-]{0,99}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement that was run, and when, in seconds since 1970."""

    query: str
    at_s: float


def history_path() -> Path:
    """Where statements are remembered."""
    return state_folder() / "sql-history.jsonl"


def history() -> list[Asked]:
    """Statements that were run, the latest first, each once; lines that cannot be read are left out."""
    try:
        lines = history_path().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found: dict[str, Asked] = {}
    for line in reversed(lines):
        asked = _asked(line)
        if asked is not None:
            found.setdefault(asked.query, asked)
    return list(found.values())[:MAX_STATEMENTS]


def _asked(line: str) -> Asked | None:
    try:
        entry = json.loads(line)
        return Asked(str(entry["query"]), float(entry["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def remember(query: str) -> None:
    """Add a statement; the file is only the user's to read. A folder that cannot be written to remembers nothing."""
    path = history_path()
    line = json.dumps({"at": round(time.time(), 3), "query": query}, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(line)
        _compact(path)
    except OSError:
        return


def _compact(path: Path) -> None:
    """Keep the file from growing for ever."""
    if path.stat().st_size < 4_000_000:
        with path.open("rb") as file:
            if sum(1 for _ in file) < _COMPACT_AT:
                return
    kept = reversed(history())
    fresh = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.writelines(
            json.dumps({"at": asked.at_s, "query": asked.query}, ensure_ascii=False) + "\n" for asked in kept
        )
    os.replace(fresh, path)


def queries_folder() -> Path:
    """Where saved queries are, one .sql file each: a folder that can be shared."""
    return config_folder() / "queries"


def saved_queries() -> list[Path]:
    """Files of saved queries by name."""
    try:
        return sorted(queries_folder().glob("*.sql"))
    except OSError:
        return []


def save_query(name: str, query: str) -> Path:
    """Write a statement to a new file of that name; raises UsageError for a name that is taken or is none."""
    name = name.strip().removesuffix(".sql")
    if not _NAME.fullmatch(name):
        raise UsageError(f"“{name}” is no name for a query", "Letters, digits, spaces, _ - and . make one.")
    path = queries_folder() / f"{name}.sql"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(query.rstrip() + "\n")
    except FileExistsError:
        raise UsageError(f"{path} exists", "Choose another name, or remove the file.") from None
    except OSError as error:
        raise InputError(f"{path} could not be written: {error.strerror or error}") from None
    return path
