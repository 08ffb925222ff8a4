"""A folder of its own for a command-line agent: a home without anything in it, a small project, and no other settings.

The agents write their logs below their home. What they wrote is copied with the folder's name taken out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fixed_world import without_paths

TOLD_HOME, TOLD_PROJECT = "/srv", "kiosk"
PROJECT = {
    "till.py": "def total(prices):\n    return sum(prices) / len(prices)\n",
    "check.py": "from till import total\n\nassert total([2, 3]) == 5, total([2, 3])\nassert total([]) == 0\n"
    'print("all right")\n',
}
SECONDS_LIMIT = 180


@dataclass(frozen=True)
class World:
    """A home folder and the project in it."""

    home: Path

    @property
    def project(self) -> Path:
        return self.home / TOLD_PROJECT

    def run(self, *command: str, **settings: str) -> str:
        """What a program prints, in the project's folder; its errors are told where it fails."""
        searched = os.pathsep.join((str(Path(command[0]).parent), os.environ["PATH"]))
        known = {
            "PATH": searched,
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "LANG": "C.UTF-8",
        }
        done = subprocess.run(  # noqa: S603 (the program is the one that the caller names)
            command, cwd=self.project, env={**known, **settings}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS_LIMIT, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.stderr.write(f"{Path(command[0]).name}: {done.returncode}, {done.stderr.strip()[-300:]}\n")
        return done.stdout

    def told(self, text: str, swaps: Mapping[str, str] | None = None) -> str:
        """Text without the folder's name: the home becomes /srv, the project /srv/kiosk."""
        for found, name in (swaps or {}).items():
            text = text.replace(found, name)
        text = text.replace(str(self.home), TOLD_HOME).replace(_slug(self.home), _slug(Path(TOLD_HOME)))
        return without_paths(text)


def _slug(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9]", "-", str(path))


@contextmanager
def new_world() -> Iterator[World]:
    """A home that is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="samples"))
    try:
        world = World(home)
        (home / "tmp").mkdir()
        world.project.mkdir()
        for name, text in PROJECT.items():
            (world.project / name).write_text(text, encoding="utf-8")
        yield world
    finally:
        shutil.rmtree(home, ignore_errors=True)


def program(variable: str) -> str:
    """The command that a variable of the shell names."""
    return str(Path(os.environ[variable]).absolute())
