"""`--map` and `import --show-map`: a guess is printed as TOML, corrected, and used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import in_this_process

ROWS = [
    {"action": "plan", "when_ms": 1790000000000, "reply": "a"},
    {"action": "act", "when_ms": 1790000001000, "reply": "b"},
]


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path / "config"))
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return path


def test_a_mapping_is_shown_corrected_and_used(mine: Path, tmp_path: Path) -> None:
    shown = in_this_process("import", str(mine), "--show-map", "-q")
    assert shown.status == 0
    assert 'start = { column = "when_ms", unit = "ms" }' in shown.out
    assert "# preview  row-2 " in shown.out
    corrected = tmp_path / "map.toml"
    corrected.write_text(
        shown.out.replace('output = "reply"', 'name = "reply"').replace('name = "action"', ""),
        encoding="utf-8",
    )
    tree = in_this_process("show", str(mine), "--map", str(corrected), "-q", "--json")
    assert tree.status == 0
    assert {"a", "b"} <= {row["name"] for row in tree.json}


def test_a_wrong_mapping_is_wrong_usage(mine: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "map.toml"
    wrong.write_text("[fields]\nnonsense = 'x'", encoding="utf-8")
    for path in (wrong, tmp_path / "missing.toml"):
        done = in_this_process("runs", str(mine), "--map", str(path), "-q")
        assert done.status == 2
        assert "--map" in done.err
