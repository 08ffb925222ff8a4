"""What tells whether a file is still the one that was read: its size and time, else what it holds."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from tracetui.reading.inputs import leaves

_PIECE_BYTES = 4 * 2**20
_IS_DATABASE = slice(8, 12)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A file under the name that was given for it and its real path; `digest` of its bytes where it was taken."""

    name: str
    path: str
    size_bytes: int
    modified_ns: int
    digest: str | None = None

    def is_of(self, other: Fingerprint) -> bool:
        """Whether both are of the same content; reads the file where its time alone is another."""
        if self.size_bytes != other.size_bytes:
            return False
        return self.modified_ns == other.modified_ns or (
            other.digest is not None and digested(self).digest == other.digest
        )


def fingerprints(paths: Sequence[str]) -> list[Fingerprint]:
    """Those of every regular file that the paths hold, in order; what cannot be looked at is left to the reader."""
    found: dict[str, Fingerprint] = {}
    for name in leaves(paths):
        try:
            state = os.stat(name)
        except OSError:
            continue
        if stat.S_ISREG(state.st_mode):
            path = os.path.realpath(name)
            found.setdefault(path, Fingerprint(name, path, state.st_size, state.st_mtime_ns))
    return list(found.values())


def digested(found: Fingerprint) -> Fingerprint:
    """The same with its digest, or without where the file is another by now."""
    digest = blake2b(digest_size=20)
    try:
        with open(found.path, "rb") as stream:
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
            state = os.fstat(stream.fileno())
    except OSError:
        return found
    is_same = (state.st_size, state.st_mtime_ns) == (found.size_bytes, found.modified_ns)
    return replace(found, digest=digest.hexdigest()) if is_same else found


def is_database(path: str) -> bool:
    """Whether the path is that of a DuckDB file. Opening a named pipe would wait for its writer."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as stream:
            return stream.read(12)[_IS_DATABASE] == b"DUCK"
    except (OSError, ValueError):
        return False
