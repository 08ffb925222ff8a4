"""Shared fixtures: where real exports and bundled samples are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Hundreds of tests start the program; where nothing compiled is kept, each start compiles it anew, half of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # no test is about time

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_traces"


def names_in(cache: Path) -> set[str]:
    """What is in a cache folder besides the empty database that loads begin with."""
    return {path.name for path in cache.iterdir() if not path.name.startswith("empty-")}


@pytest.fixture(scope="session")
def real_traces() -> Path:
    """The folder of real exports; tests that want it are skipped where it is absent."""
    folder = Path(os.environ.get("TRACETUI_REAL_TRACES", ROOT.parent / "shared" / "real-traces"))
    if not folder.is_dir():
        pytest.skip(f"no folder of real exports at {folder} (set TRACETUI_REAL_TRACES)")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of bundled samples."""
    return SAMPLES
