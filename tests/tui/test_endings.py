"""The interface in a real terminal: each way to end restores the terminal and gives the right exit status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES
from tests.tui.terminal import START, terminal
from tracetui.tui.launch import terminal_problem

SAMPLE = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"
LEAVE_SCREEN = b"\x1b[?1049l"
BROKEN = (
    "import sys\n"
    "from tracetui.tui.views.runs import RunsView\n"
    "def broken(self):\n"
    "    secret = 'local-secret-value'\n"
    "    raise KeyError('message-' + secret)\n"
    "RunsView.action_filter = broken\n"
)


def test_quitting_ends_well(tmp_path: Path) -> None:
    with terminal(START.format(paths=[str(SAMPLE)]), tmp_path) as tty:
        tty.read_until(b"failed at step")
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


def test_a_terminal_that_vanishes_without_a_signal_ends_the_interface(tmp_path: Path) -> None:
    with terminal(START.format(paths=[str(SAMPLE)]), tmp_path) as tty:
        tty.read_until(b"TimeoutError")
        assert tty.vanish() == 129


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


def test_where_nothing_could_be_loaded_the_reasons_open(tmp_path: Path) -> None:
    cut = tmp_path / "cut.json"
    cut.write_text('{"a":')
    with terminal(START.format(paths=[str(cut)]), tmp_path) as tty:
        tty.read_until(b"the value is not closed")
        tty.press("q")
        tty.read_until(b"hold no runs")
        tty.press("q")
        assert tty.end() == 3


def test_nothing_to_load_exits_3(tmp_path: Path) -> None:
    with terminal(START.format(paths=[str(tmp_path / "missing.jsonl")]), tmp_path) as tty:
        tty.read_until(b"q quits")
        tty.press("q")
        assert tty.end() == 3


def test_keys_come_from_the_terminal_where_stdin_is_a_pipe_that_stays_open(tmp_path: Path) -> None:
    code = (
        "import os, sys, fcntl, termios\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "reader, writer = os.pipe()\n"
        f"os.write(writer, open({str(SAMPLE)!r}, 'rb').read())\n"
        "os.dup2(reader, 0)\n" + START.format(paths=["-"])
    )
    with terminal(code, tmp_path) as tty:
        tty.read_until(b"46 kB")
        tty.press("\x1b")
        tty.read_until(b"TimeoutError")
        tty.press("\x11")
        assert tty.end() == 0


def test_a_terminal_that_is_not_utf_8_is_sent_stand_ins_of_the_same_width(tmp_path: Path) -> None:
    start = START.format(paths=[str(SAMPLE)])
    with terminal(start, tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") as tty:
        tty.read_until(b"TimeoutError")
        tty.read_to_rest()
        tty.press("\x11")
        assert tty.end() == 0
    assert b"\\u" not in tty.output
    assert b"failed at step 13" in tty.output
    assert tty.output.isascii()


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
