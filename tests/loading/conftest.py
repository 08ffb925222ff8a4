"""Fixtures of the tests of loading."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache and a configuration of its own for a test: no prices of others."""
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
