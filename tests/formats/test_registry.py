"""Which formats are known, and which one a source is taken for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tracetui.formats import broken_plugins, known_formats, recognise
from tracetui.formats.contract import Format, Head, Match
from tracetui.model import Entry, Record


def _nothing(records: Iterable[Record], source: str) -> Iterator[Entry]:
    yield from ()


def _format(name: str, confidence: int | None) -> Format:
    def sniff(head: Head) -> Match | None:
        return None if confidence is None else Match(confidence, f"{name} says so")

    return Format(name, name, "by trial", "by hand", sniff, _nothing)


def _raising(head: Head) -> Match | None:
    raise ValueError("broken")


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with installed plug-ins: one good, one that fails on import, one no format, one clash."""
    (tmp_path / "good_plugin.py").write_text(
        "from tracetui.formats.contract import Format\n"
        "FORMAT = Format('zebra', 'Zebra', 'stripes', 'zoo', lambda head: None, lambda records, source: iter(()))\n"
        "CLASH = Format('plain', 'Other', '', '', lambda head: None, lambda records, source: iter(()))\n"
    )
    (tmp_path / "bad_plugin.py").write_text("raise RuntimeError('no luck')\n")
    info = tmp_path / "plugs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[tracetui.formats]\nzebra = good_plugin\nbad = bad_plugin\nodd = good_plugin:Format\nclash = good_plugin:CLASH\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_built_in_formats_are_found_in_order() -> None:
    names = [known.name for known in known_formats()]
    assert names == sorted(names)
    assert {"langsmith", "openai_agents", "plain"} <= set(names)
    assert all(known.title and known.recognised_by and known.produced_by for known in known_formats())


def test_a_plugin_is_found_and_a_broken_one_is_reported(plugins: Path) -> None:
    assert "zebra" in [known.name for known in known_formats()]
    assert [known.title for known in known_formats() if known.name == "plain"] != ["Other"]
    reasons = {broken.name: broken.reason for broken in broken_plugins()}
    assert reasons["bad"] == "RuntimeError: no luck"
    assert "no format" in reasons["odd"]
    assert "built-in" in reasons["plain"]


def test_the_surest_format_wins_and_ties_go_by_name() -> None:
    formats = [_format("b", 50), _format("c", 80), _format("a", 80), _format("d", None)]
    found = recognise(Head([{}]), formats)
    assert found is not None
    assert (found[0].name, found[1].why) == ("a", "a says so")


def test_nobody_knows_it() -> None:
    assert recognise(Head([{}]), [_format("d", None)]) is None


def test_a_sniff_that_raises_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    broken = Format("broken", "B", "", "", _raising, _nothing)
    found = recognise(Head([{}], name="x.json"), [broken, _format("ok", 10)])
    assert found is not None
    assert found[0].name == "ok"
    assert "broken failed to sniff x.json" in caplog.text


def test_looking_for_formats_loads_no_heavy_library() -> None:
    code = (
        "import sys; from tracetui.formats import known_formats; known_formats();"
        "print([m for m in ('duckdb', 'pyarrow', 'textual', 'rich', 'click') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
