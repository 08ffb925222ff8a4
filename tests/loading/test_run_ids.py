"""Ids of runs are the same however their sources were read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.loading.dumps import load
from tracetui.store import build


def spans_of(path: Path, *roots: tuple[str, str]) -> None:
    """Write a file of root spans, as trace id and span id, in the plain format, whose ids mean something there only."""
    lines = [
        {"tracetui": 1, "trace_id": trace_id, "span_id": span_id, "name": f"{path.stem} {trace_id}:{span_id}",
         "start": f"2026-03-10T10:20:{second:02d}Z", "end": f"2026-03-10T10:21:{second:02d}Z"}
        for second, (trace_id, span_id) in enumerate(roots)
    ]  # fmt: skip
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def test_runs_that_share_their_ids_are_named_alike_from_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans_of(tmp_path / "a.jsonl", ("alone", "1"), ("one", "1"), ("two", "1"), ("two", "2"))
    spans_of(tmp_path / "b.jsonl", ("two", "2"), ("two", "1"), ("one", "1"))
    with load(tmp_path) as db:
        whole = {run.run_id: run.name for run in db.runs()}
    assert whole == {
        "alone": "a alone:1", "one@1": "a one:1", "one@2": "b one:1", "two:1@1": "a two:1", "two:1@2": "b two:1",
        "two:2@1": "a two:2", "two:2@2": "b two:2",
    }  # fmt: skip
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    with load(tmp_path, stage="tree") as db:
        assert db.stage == "tree"
        assert {run.run_id: run.name for run in db.runs()} == whole
        for run_id, name in whole.items():
            assert db.detail(run_id, 0).name == name
