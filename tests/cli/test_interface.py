"""From the command line into the terminal interface and out again."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

from tests.cli.command import SCRIPT, environment

_PATIENCE_S = 60.0
LEAVE_ALTERNATE_SCREEN = b"\x1b[?1049l"


def _run_until_shown(arguments: list[str], piped: bytes | None, awaited: bytes) -> tuple[int, bytes]:
    """Start the command on a terminal of its own, press q from when `awaited` shows until it ends."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [SCRIPT, *arguments], stdin=theirs if piped is None else subprocess.PIPE, stdout=theirs, stderr=theirs,
        preexec_fn=own_terminal, env=environment({"TERM": "xterm-256color"}),
    )  # fmt: skip
    os.close(theirs)
    if process.stdin is not None and piped is not None:
        process.stdin.write(piped)
        process.stdin.close()
    sent, until = bytearray(), time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        if select.select([ours], [], [], 0.3)[0]:
            sent += _read(ours)
        elif awaited in sent:
            os.write(ours, b"q")
    while chunk := _read(ours):
        sent += chunk
    os.close(ours)
    process.kill()
    return process.wait(), bytes(sent)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:
        return b""


def test_a_file_opens_and_q_leaves(samples: Path) -> None:
    path = samples / "otlp" / "travel_agent_timeout.jsonl"
    status, sent = _run_until_shown([str(path)], None, b"plan_trip")
    assert status == 0
    assert sent.rfind(LEAVE_ALTERNATE_SCREEN) > sent.rfind(b"plan_trip") > 0


def test_a_piped_trace_opens_and_keys_come_from_the_terminal(samples: Path) -> None:
    piped = (samples / "otlp" / "travel_agent_timeout.jsonl").read_bytes()
    status, sent = _run_until_shown(["-"], piped, b"plan_trip")
    assert status == 0
    assert sent.rfind(LEAVE_ALTERNATE_SCREEN) > sent.rfind(b"plan_trip") > 0


def test_demo_opens_the_samples() -> None:
    status, sent = _run_until_shown(["demo"], None, b"POST /checkout")
    assert status == 0
    assert LEAVE_ALTERNATE_SCREEN in sent
