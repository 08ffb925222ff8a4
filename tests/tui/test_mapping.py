"""What the columns of a home-made log mean: shown on the Import view, corrected, saved, loaded again."""

from __future__ import annotations

import json
from pathlib import Path

from textual.widgets import OptionList

from tests.tui.conftest import settled
from tracetui.api import LoadOptions, begin
from tracetui.tui.app import TracetuiApp
from tracetui.tui.mapping_screen import MappingScreen
from tracetui.tui.views.imports import ImportsView

ROWS = [
    {"action": "plan", "when_ms": 1790000000000, "reply": "a", "steps": [{"what": "look", "word": "up"}]},
    {"action": "act", "when_ms": 1790000001000, "reply": "b"},
]


async def test_a_mapping_is_corrected_saved_and_used(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    options = LoadOptions(in_process=True, cached=False)
    app = TracetuiApp(lambda: begin([str(path)], options), (str(path),))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("7")
        await settled(app, pilot)
        await pilot.press("c")
        await settled(app, pilot)
        window = app.screen
        assert isinstance(window, MappingScreen)
        fields = window.query_one(OptionList)
        # on a small screen there is room for both
        assert (fields.size.height, window.query_one("#preview").size.height) == (14, 6)
        fields.highlighted = fields.get_option_index("name")
        await pilot.press("enter")
        await pilot.pause()
        columns = app.screen.query_one(OptionList)
        columns.highlighted = columns.get_option_index("reply")
        await pilot.press("enter")
        await pilot.pause()
        name = window.known.of("name")
        assert name is not None
        assert name.column == "reply"
        assert str(fields.get_option("name").prompt).endswith("reply  as you said")
        assert fields.get_option_index("start") < fields.get_option_index("span_id")
        fields.highlighted = fields.get_option_index("steps.name")
        await pilot.press("enter")
        await pilot.pause()
        keys = app.screen.query_one(OptionList)
        keys.highlighted = keys.get_option_index("word")
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("s")
        await pilot.pause()
        await settled(app, pilot)
        view = app.view
        assert isinstance(view, ImportsView)
        assert view.report is not None
        assert view.report.sources[0].format_version == "saved"
        db = app.load.db
        assert db is not None
        assert db.read("SELECT name FROM spans WHERE contains(span_id, '/steps/')").rows(0, 9) == [("up",)]
        db.close()
