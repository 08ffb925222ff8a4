"""Real exports: all of them open, and nothing in a well-formed one is reported."""

from __future__ import annotations

from pathlib import Path

from tests.reading.opening import check_places, read_all

SMALL_BYTES = 500_000
KNOWN_BAD = ("malformed__invalid_json.jsonl",)


def test_every_real_export_is_read_whole(real_traces: Path) -> None:
    small = [
        path
        for path in sorted(real_traces.rglob("*"))
        if path.is_file() and path.stat().st_size < SMALL_BYTES
    ]
    opened = read_all(*small)
    assert len(opened.sources) > 100
    lost = [issue for issue in opened.issues if issue.skipped and not issue.source.endswith(KNOWN_BAD)]
    assert lost == []
    refused = [issue for issue in opened.issues if issue.source not in opened.sources]
    assert {issue.code for issue in refused} <= {"not_json", "empty", "hidden_file"}
    for name, source in opened.sources.items():
        assert opened.records[name], name
        if source.path:
            check_places(source.path.read_bytes(), opened.records[name][:50])
