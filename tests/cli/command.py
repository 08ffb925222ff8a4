"""Commands as a user runs them: the installed console script with pipes or on a pseudo-terminal, or in this process."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tracetui.cli.ending import run

SCRIPT = Path(sys.executable).with_name("tracetui")
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stdout says, as JSON."""
        return json.loads(self.out)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what would change the output."""
    dropped = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONUTF8": "1", **(extra or {})}


def tracetui(
    *arguments: str | Path, stdin: bytes | None = None, env: Mapping[str, str] | None = None
) -> Done:
    """Run a command with pipes; stdin is empty unless given."""
    done = subprocess.run(
        [SCRIPT, *arguments],
        input=stdin or b"",
        capture_output=True,
        env=environment(env),
        timeout=_TIMEOUT_S,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def in_this_process(
    *arguments: str | Path, env: Mapping[str, str] | None = None, encoding: str = "utf-8"
) -> Done:
    """Run a loading command without a new process: the same code from its arguments to its output, only quicker."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    with (
        mock.patch.dict(os.environ, environment(env), clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = run([*map(str, arguments), "--in-process"])
    said, told = (stream.buffer.getvalue().decode(encoding) for stream in (out, err))
    return Done(status, said, told)


def on_terminal(
    *arguments: str | Path, columns: int = 80, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a command on a pseudo-terminal of its own; its status and everything it sent there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [SCRIPT, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=environment({"TERM": "xterm-256color", **(env or {})}),
    )  # fmt: skip
    os.close(theirs)
    sent = bytearray()
    while chunk := _read(ours):
        sent += chunk
    os.close(ours)
    return process.wait(_TIMEOUT_S), sent.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:
        return b""
