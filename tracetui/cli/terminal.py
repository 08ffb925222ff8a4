"""What the streams can do: width, encoding, escape sequences."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TextIO


def prepare_streams() -> None:
    """Let no character that the streams' encoding lacks end a command: it is written as `\\uXXXX` instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_utf8() -> bool:
    """Whether stdout can carry the Unicode signs."""
    return (sys.stdout.encoding or "").lower().replace("-", "") in {"utf8", "utf8sig"}


def stdout_cells() -> int | None:
    """Columns that a line on stdout may take: the terminal's, `COLUMNS` when set, None (no bound) for a pipe or file."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(20, shutil.get_terminal_size((80, 24)).columns)
    return None


def takes_escapes(stream: TextIO) -> bool:
    """Whether the stream is a terminal that understands more than characters and line feeds."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
