"""From paths to sources: files, folders, globs, bundles and standard input, each recognised by its content."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tracetui.errors import InputError
from tracetui.model import ImportIssue, Severity
from tracetui.reading.content import Content, whole
from tracetui.reading.decompress import Budget, ByteStream
from tracetui.reading.joined import grouped, joined
from tracetui.reading.limits import Limits
from tracetui.reading.random_access import RandomBytes, open_path, spool
from tracetui.reading.recognise import recognise
from tracetui.reading.source import ParquetSource, SourceFile, TextSource

__all__ = [
    "Extent",
    "ImportIssue",
    "Limits",
    "ParquetSource",
    "SourceFile",
    "TextSource",
    "extent",
    "leaves",
    "open_inputs",
]

STDIN = "-"
_GLOB_SIGNS = frozenset("*?[")


def open_inputs(
    paths: Sequence[str],
    *,
    limits: Limits | None = None,
    stdin: ByteStream | None = None,
    passed_over: Collection[str] = (),
) -> Iterator[SourceFile | ImportIssue]:
    """The sources that the paths hold, in order, and an issue for everything that is not one.

    A path is a file, a folder (read with all below it, sorted), a glob pattern, or "-" for standard input. Sources
    of a compressed tar are cheapest to read as they come. `passed_over` are real paths of files that are not read.
    Raises InputError at once for a path that does not exist.
    """
    names = [name for path in paths for name in _expanded(path)]
    return _found(names, limits or Limits(), stdin, set(passed_over))


def leaves(paths: Sequence[str]) -> Iterator[str]:
    """The files that the paths name or hold, in order; raises InputError for a path that does not exist."""
    for name in [name for path in paths for name in _expanded(path)]:
        for found in _leaves(name):
            if not isinstance(found, ImportIssue):
                yield found[0]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to read: files, a bundle being one, and their bytes, None where one is a stream."""

    files: int
    size_bytes: int | None


def extent(paths: Sequence[str], passed_over: Collection[str] = ()) -> Extent:
    """How much the paths hold but for what is passed over, without opening anything; raises InputError for a path
    that does not exist."""
    sizes = {os.path.realpath(leaf): _size(leaf) for leaf in leaves(paths)}
    for place in passed_over:
        sizes.pop(place, None)
    known = [size for size in sizes.values() if size is not None]
    return Extent(len(sizes), sum(known) if len(known) == len(sizes) else None)


def _size(leaf: str) -> int | None:
    """Bytes of a file, None of a stream; what cannot be looked at counts nothing here, reading reports it."""
    if leaf == STDIN:
        return None
    try:
        found = os.stat(leaf)
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _expanded(path: str) -> list[str]:
    if path == STDIN or os.path.lexists(path):
        return [path]
    names = sorted(glob.glob(path, recursive=True)) if _GLOB_SIGNS & set(path) else []
    if names:
        return names
    if _GLOB_SIGNS & set(path):
        raise InputError(f"nothing matches {path}", "Quote the pattern, or check the folder it starts from.")
    raise InputError(f"{path} does not exist", "Check the path; use - to read standard input.")


def _found(
    names: list[str], limits: Limits, stdin: ByteStream | None, passed_over: set[str]
) -> Iterator[SourceFile | ImportIssue]:
    budget = Budget(limits)
    for pieces in grouped(_chosen(names, limits, passed_over), _name_of):
        opened: list[Content] = []
        for piece in pieces:
            found = piece if isinstance(piece, ImportIssue) else _content(*piece, limits, stdin)
            if isinstance(found, ImportIssue):
                yield found
            else:
                opened.append(found)
        if opened:
            yield from recognise(joined(opened), budget)


def _name_of(found: tuple[str, bool] | ImportIssue) -> str:
    return found.source if isinstance(found, ImportIssue) else found[0]


def _chosen(
    names: list[str], limits: Limits, passed_over: set[str]
) -> Iterator[tuple[str, bool] | ImportIssue]:
    """Each file once, but for what is passed over."""
    seen: set[str] = set()
    for name in names:
        for found in _leaves(name):
            if isinstance(found, ImportIssue):
                yield found
                continue
            leaf, asked_for = found
            place = leaf if leaf == STDIN else os.path.realpath(leaf)
            if place in passed_over:
                continue
            if place in seen:
                yield _issue("named_twice", "named more than once; read once", leaf, Severity.INFO)
            elif len(seen) >= limits.files:
                message = f"more than {limits.files:,} files; from here on none was read"
                yield _issue("too_many_files", message, leaf, Severity.DATA_LOSS)
                return
            else:
                seen.add(place)
                yield leaf, asked_for


def _issue(code: str, message: str, name: str, severity: Severity) -> ImportIssue:
    return ImportIssue(code, message, severity, source=name)


# --- folders ----------------------------------------------------------------------------------------------------


def _leaves(name: str) -> Iterator[tuple[str, bool] | ImportIssue]:
    """Files below a folder with False, or the file itself with True."""
    if name == STDIN or not os.path.isdir(name):
        yield name, True
        return
    folders = [name]
    while folders:
        entry = folders.pop()
        files, below, issues = _listed(entry)
        yield from issues
        yield from ((file, False) for file in files)
        folders += reversed(below)


def _listed(folder: str) -> tuple[list[str], list[str], list[ImportIssue]]:
    """Files, folders and issues of one folder, each sorted."""
    files: list[str] = []
    folders: list[str] = []
    issues: list[ImportIssue] = []
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        return [], [], [_issue("unreadable", f"cannot be listed: {error.strerror}", folder, Severity.ERROR)]
    for entry in ordered:
        name = os.path.join(folder, entry.name)
        if entry.name.startswith("."):
            issues.append(_issue("hidden_file", "hidden: not read", name, Severity.INFO))
        elif entry.is_symlink():
            issues.append(
                _issue(
                    "symlink", "a link in a folder is not followed; name it to read it", name, Severity.INFO
                )
            )
        elif entry.is_dir():
            folders.append(name)
        elif entry.is_file():
            files.append(name)
        else:
            issues.append(_issue("special_file", "not a regular file: not read", name, Severity.INFO))
    return files, folders, issues


# --- one file ---------------------------------------------------------------------------------------------------


def _content(name: str, asked_for: bool, limits: Limits, stdin: ByteStream | None) -> Content | ImportIssue:
    try:
        content = _opened(name, limits, stdin)
    except OSError as error:
        return _issue("unreadable", f"cannot be opened: {error.strerror or error}", name, Severity.ERROR)
    if content is None:
        message = f"more than the limit of {limits.total_bytes:,} bytes"
        return _issue("input_too_large", message, name, Severity.ERROR)
    return replace(content, asked_for=asked_for)


def _opened(name: str, limits: Limits, stdin: ByteStream | None) -> Content | None:
    """A file, or what a pipe delivered, which has no path; None beyond the limit. Raises OSError."""
    if name == STDIN:
        return _spooled(name, spool(stdin or sys.stdin.buffer, limits.total_bytes))
    if not stat.S_ISREG(os.stat(name).st_mode):
        with open(name, "rb") as pipe:
            return _spooled(name, spool(pipe, limits.total_bytes))
    path = Path(name)

    def random() -> RandomBytes:
        return open_path(path)

    return Content(name, random().size, whole(random), path=path, random=random)


def _spooled(name: str, octets: RandomBytes | None) -> Content | None:
    if octets is None:
        return None
    return Content(name, octets.size, whole(lambda: octets), random=lambda: octets)
