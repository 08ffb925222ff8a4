"""The interface in a real terminal: each way to end restores the terminal and gives the right exit status."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES
from tracetui.tui.launch import terminal_problem

SAMPLE = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"
LEAVE_SCREEN = b"\x1b[?1049l"
START = "import sys; from tracetui.tui.launch import run_app; sys.exit(run_app({paths!r}))"
BROKEN = (
    "import sys\n"
    "from tracetui.tui.views.runs import RunsView\n"
    "def broken(self):\n"
    "    secret = 'local-secret-value'\n"
    "    raise KeyError('message-' + secret)\n"
    "RunsView.action_filter = broken\n"
)


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

    def read_until(self, pattern: bytes, seconds: float = 30) -> None:
        """Read until the output holds the pattern."""
        deadline = time.monotonic() + seconds
        while re.search(pattern, self.output) is None:
            assert time.monotonic() < deadline, self.output[-2000:]
            self._read()

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
        os.write(self._main, keys.encode())

    def end(self) -> int:
        """Read to the end; the exit status."""
        deadline = time.monotonic() + 30
        while self._read() and time.monotonic() < deadline:
            pass
        return self.process.wait(10)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        os.close(self._main)


@contextmanager
def terminal(code: str, folder: Path, **environment: str) -> Iterator[Terminal]:
    """A program in a terminal, ended in any case."""
    running = Terminal(code, folder, environment)
    try:
        yield running
    finally:
        running.close()


def test_quitting_ends_well(tmp_path: Path) -> None:
    with terminal(START.format(paths=[str(SAMPLE)]), tmp_path) as tty:
        tty.read_until(b"TimeoutError")
        tty.press("q")
        tty.read_until(b"first error")
        tty.press("q")
        assert tty.end() == 0
        assert LEAVE_SCREEN in tty.output


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_signals_restore_the_terminal(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with terminal(START.format(paths=[str(SAMPLE)]), tmp_path) as tty:
        tty.read_until(b"TimeoutError")
        tty.process.send_signal(number)
        assert tty.end() == status
        assert LEAVE_SCREEN in tty.output


def test_a_fault_shows_where_and_keeps_the_rest_private(tmp_path: Path) -> None:
    with terminal(BROKEN + START.format(paths=[str(SAMPLES / "otlp")]), tmp_path) as tty:
        tty.read_until(b"by failed first")
        tty.press("f")
        assert tty.end() == 1
    after = tty.output[tty.output.rindex(LEAVE_SCREEN) :].decode()
    assert "tracetui stopped on an internal error: KeyError in" in after
    assert "local-secret-value" not in tty.output.decode()
    (report,) = (tmp_path / "state").iterdir()
    assert "message-local-secret-value" in report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o077 == 0


def test_nothing_to_load_exits_3(tmp_path: Path) -> None:
    with terminal(START.format(paths=[str(tmp_path / "missing.jsonl")]), tmp_path) as tty:
        tty.read_until(b"q quits")
        tty.press("q")
        assert tty.end() == 3


def test_keys_come_from_the_terminal_where_stdin_is_a_pipe(tmp_path: Path) -> None:
    code = (
        "import os, sys, fcntl, termios\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        f"reader = os.open({str(SAMPLE)!r}, os.O_RDONLY)\n"
        "os.dup2(reader, 0)\n" + START.format(paths=["-"])
    )
    with terminal(code, tmp_path) as tty:
        tty.read_until(b"TimeoutError")
        tty.press("\x11")
        assert tty.end() == 0


def test_no_terminal_is_noticed_before_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert terminal_problem() == "the terminal cannot move the cursor (TERM=dumb)"
    code = (
        "import sys\nfrom tracetui.errors import UsageError\nfrom tracetui.tui.launch import run_app\n"
        "try:\n    run_app(['x'])\nexcept UsageError as error:\n    print(error.message, error.hint)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    assert answer.stdout.startswith("the output is not a terminal Use `tracetui show`")


def test_an_unknown_theme_is_refused(tmp_path: Path) -> None:
    with terminal(START.format(paths=["x"]), tmp_path, TRACETUI_THEME="nope") as tty:
        assert tty.end() == 1
        assert b"no theme is called 'nope'" in tty.output
