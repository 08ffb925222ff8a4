"""The picture in the README, taken of the program over a bundled sample: `python -m tests.project.pictures` writes it."""

from __future__ import annotations

import asyncio
import contextlib
import html
import os
import re
import tempfile
from pathlib import Path
from typing import cast

from rich.cells import cell_len

from tests.conftest import SAMPLES
from tests.tui.conftest import loaded, opening_of, settled
from tracetui.tui.app import TracetuiApp
from tracetui.tui.loading import Begin

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "run.svg"
SAMPLE = Path("sample_traces") / "otlp" / "travel_agent_timeout.jsonl"
"""As it is named where the README stands."""
_SIZE = (120, 26)
_BLANK = "\N{NO-BREAK SPACE}"
_TEXT = re.compile(r'(<text [^>]*\bx=")([\d.]+)("[^>]*textLength=")([\d.]+)("[^>]*>)([^<]*)</text>')
_REMOTE_FONTS = re.compile(r"@font-face\s*\{[^}]*\}\s*")


async def run_picture() -> str:
    """The Run screen on the sample, cursor on the failing step, as SVG that loads nothing from elsewhere."""
    with contextlib.chdir(SAMPLES.parent), loaded(SAMPLE) as db:
        app = TracetuiApp(cast("Begin", lambda: opening_of(db)), (SAMPLE.name,), theme="tracetui-dark")
        async with app.run_test(size=_SIZE) as pilot:
            await settled(app, pilot)
            svg = app.export_screenshot(title=f"tracetui {SAMPLE.name}")
    svg = svg.replace("&#160;", _BLANK)
    return _TEXT.sub(_without_blanks, _REMOTE_FONTS.sub("", svg))


def _without_blanks(text: re.Match[str]) -> str:
    """A piece of a line without the blanks around it, which not every viewer keeps."""
    start, x, middle, length, end, content = text.groups()
    kept = content.strip(_BLANK)
    if not kept.strip():
        return ""
    cells, all_cells = (cell_len(html.unescape(part)) for part in (kept, content))
    left = len(content) - len(content.lstrip(_BLANK))
    width = float(length) / all_cells
    return f"{start}{float(x) + left * width:g}{middle}{cells * width:g}{end}{kept}</text>"


def write() -> None:
    """Write the picture, with folders for state and settings of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("TRACETUI_STATE_DIR", "TRACETUI_CONFIG_DIR"):
            os.environ[name] = folder
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        PICTURE.write_text(asyncio.run(run_picture()), encoding="utf-8")


if __name__ == "__main__":
    write()
