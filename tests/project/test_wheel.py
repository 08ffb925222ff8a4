"""What an installation holds beside the code."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT, SAMPLES


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return frozenset(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("suffix", [".sql", ".tcss", ".py", ".typed"])
def test_wheel_holds_every_file_of_the_package(wheel_names: frozenset[str], suffix: str) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tracetui").rglob(f"*{suffix}")}
    assert files
    assert files - wheel_names == set()


def test_wheel_holds_every_sample(wheel_names: frozenset[str]) -> None:
    samples = {
        f"tracetui/{path.relative_to(ROOT).as_posix()}" for path in SAMPLES.rglob("*") if path.is_file()
    }
    samples = {name for name in samples if "__pycache__" not in name}
    assert samples
    assert samples - wheel_names == set()


def test_wheel_holds_nothing_of_tests_and_docs(wheel_names: frozenset[str]) -> None:
    roots = {name.split("/")[0] for name in wheel_names}
    assert {root for root in roots if not root.startswith("tracetui")} == set()
