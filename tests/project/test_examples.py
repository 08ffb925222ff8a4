"""What README and docs tell people to run does run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES

_BLOCK = re.compile(r"```(python|sh)\n(.*?)```", re.DOTALL)
_PAGES = (
    ROOT / "README.md",
    ROOT / "docs" / "python-api.md",
    ROOT / "docs" / "sql.md",
    ROOT / "docs" / "filter.md",
)


def _blocks(language: str) -> list[tuple[str, str]]:
    found = [
        (page.name, match) for page in _PAGES for match in _BLOCK.findall(page.read_text(encoding="utf-8"))
    ]
    return [(name, text) for name, (of, text) in found if of == language]


def _headless_commands() -> list[str]:
    lines = [line.strip() for _, block in _blocks("sh") for line in block.splitlines()]
    return sorted({line for line in lines if re.match(r"tracetui [a-z]+ .*sample_traces", line)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sample_traces").symlink_to(SAMPLES)
    return tmp_path


@pytest.mark.parametrize(("page", "code"), _blocks("python"), ids=[name for name, _ in _blocks("python")])
def test_python_example_runs(folder: Path, page: str, code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("line", _headless_commands())
def test_command_example_runs(folder: Path, line: str) -> None:
    _, *arguments = shlex.split(line, comments=True)
    script = Path(sys.executable).with_name("tracetui")
    done = subprocess.run([script, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout or (folder / arguments[-1]).exists()


def test_there_are_examples() -> None:
    assert len(_blocks("python")) >= 2
    assert len(_headless_commands()) >= 5
