"""A program in a real terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT

START = "import sys; from tracetui.tui.launch import run_app; sys.exit(run_app({paths!r}))"


class Terminal:
    """A program in a terminal of its own; `output` grows as it is read."""

    def __init__(self, code: str, folder: Path, environment: dict[str, str]) -> None:
        main, child = pty.openpty()
        env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30", **environment}
        env |= {"TRACETUI_STATE_DIR": str(folder / "state"), "TRACETUI_CONFIG_DIR": str(folder / "config")}
        env |= {"TRACETUI_CACHE_DIR": str(folder / "cache"), "XDG_CACHE_HOME": str(folder / "cache")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=child,
            stdout=child,
            stderr=child,
            cwd=ROOT,
            env=env,
            start_new_session=True,
        )
        os.close(child)
        self._main = main
        self.output = b""
        self._pressed_at = 0

    def read_until(self, pattern: bytes, seconds: float = 60) -> None:
        """Read until the output since the last key press holds the pattern."""
        deadline = time.monotonic() + seconds
        while re.search(pattern, self.output[self._pressed_at :]) is None:
            assert time.monotonic() < deadline, (pattern, self.output[-2000:])
            self._read()

    def read_to_rest(self, quiet_seconds: float = 0.7) -> None:
        """Read until nothing has come for a while: the screen shows what was asked for."""
        deadline = time.monotonic() + 20
        while select.select([self._main], [], [], quiet_seconds)[0] and time.monotonic() < deadline:
            if not self._read():
                return

    def _read(self) -> bool:
        if not select.select([self._main], [], [], 0.1)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self._main, 65536)
        except OSError:
            return False
        self.output += data
        return bool(data)

    def press(self, keys: str) -> None:
        """Type."""
        self._pressed_at = len(self.output)
        os.write(self._main, keys.encode())

    def end(self) -> int:
        """Read to the end; the exit status."""
        deadline = time.monotonic() + 60
        while self._read() and time.monotonic() < deadline:
            pass
        return self.process.wait(10)

    def vanish(self) -> int:
        """Take the terminal away, without a signal since it does not control the program; the exit status."""
        os.close(self._main)
        self._main = -1
        return self.process.wait(60)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        if self._main >= 0:
            os.close(self._main)


@contextmanager
def terminal(code: str, folder: Path, **environment: str) -> Iterator[Terminal]:
    """A program in a terminal, ended in any case."""
    running = Terminal(code, folder, environment)
    try:
        yield running
    finally:
        running.close()
