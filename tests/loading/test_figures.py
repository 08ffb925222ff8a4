"""Figures that no column can hold are reported, and cost nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.loading.dumps import load
from tracetui.store import build

HUGE = 9 * 10**18


def usage_file(path: Path, usage: dict[str, int]) -> None:
    """Two model calls in OTLP that report this usage, which is a sum where cached tokens are told apart."""
    spans = [
        {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": f"{number:016x}", "name": "chat",
         "startTimeUnixNano": "1760000000000000000", "endTimeUnixNano": "1760000001000000000",
         "attributes": [{"key": "langfuse.observation.usage_details", "value": {"stringValue": json.dumps(usage)}}]}
        for number in (1, 2)
    ]  # fmt: skip
    lines = [
        {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": [one]}]}]} for one in spans
    ]
    path.write_text(
        "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines), encoding="utf-8"
    )


def test_a_sum_beyond_64_bits_is_an_import_issue(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    usage_file(path, {"input": HUGE, "input_cached_tokens": HUGE, "output": 5})
    with load(path) as db:
        found = [(issue.line, issue.span_id) for issue in db.issues() if issue.code == "figure_out_of_range"]
        assert found == [(1, f"{1:016x}"), (2, f"{2:016x}")]
        told = next(issue for issue in db.issues() if issue.code == "figure_out_of_range")
        assert "input_tokens" in told.message
        usage = db.detail(db.runs()[0].run_id, 0).usage
        assert usage is not None
        assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (None, HUGE, 5)
        assert db.sources()[0].loaded == 2


def test_a_sum_beyond_64_bits_does_not_stop_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.jsonl"
    usage_file(path, {"input": HUGE, "input_cached_tokens": HUGE, "output": 5})
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    with load(path, stage="tree") as db:
        assert db.stage == "tree"
        assert [(run.input_tokens, run.output_tokens) for run in db.runs()] == [(None, 5)] * 2
