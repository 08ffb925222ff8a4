"""The picture in the README is there and shows what it is said to show."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from tests.project.pictures import PICTURE, run_picture

VERDICT = "failed at step 13 of 15: search_flights TimeoutError"
ROOT = PICTURE.parents[2]


def words(svg: str) -> str:
    """What a picture says, with single spaces."""
    return " ".join(html.unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)", svg))).split())


def test_the_readme_shows_the_picture_and_it_is_small_and_whole() -> None:
    assert f"({PICTURE.relative_to(ROOT).as_posix()})" in (ROOT / "README.md").read_text(encoding="utf-8")
    svg = PICTURE.read_text(encoding="utf-8")
    assert VERDICT in words(svg)
    assert len(svg) < 100_000
    assert "@font-face" not in svg
    assert str(ROOT) not in svg


async def test_the_picture_can_be_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRACETUI_STATE_DIR", "TRACETUI_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    told = words(await run_picture())
    assert VERDICT in told
    assert "upstream did not answer in 9 s (LIS-VIE)" in told
    assert "sample_traces/otlp/travel_agent_timeout.jsonl" in told
