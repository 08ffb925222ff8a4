"""A note that hundreds of records give is told a hundred times, then summed up; no record is lost from the count."""

from __future__ import annotations

import json
from pathlib import Path

from tests.loading.dumps import load


def test_hundreds_of_metrics_give_a_hundred_notes_and_one_for_the_rest(tmp_path: Path) -> None:
    span = {
        "traceId": "a" * 32,
        "spanId": "b" * 16,
        "name": "x",
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
    }
    metrics = [{"name": f"m{number}"} for number in range(350)]
    path = tmp_path / "all.jsonl"
    lines = [
        {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]},
    ]
    path.write_text("\n".join(json.dumps(item) for item in lines), encoding="utf-8")
    with load(path) as db:
        (source,) = db.sources()
        messages = [issue.message for issue in db.issues() if issue.code == "metric"]
    assert (source.records, source.loaded, source.skipped) == (351, 1, 350)
    assert len(messages) == source.issues == 101
    assert "the same of 250 more records" in messages


def test_a_parent_made_of_many_rows_is_not_out_of_order_and_missing_ends_are_one_note(tmp_path: Path) -> None:
    rows = [{"when": 1790000000 + number, "what": "x"} for number in range(600)]
    made = tmp_path / "made.jsonl"
    made.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    told = tmp_path / "told.jsonl"
    last_first = [{"id": "a", "parent_id": "b", "what": "x"}, {"id": "b", "parent_id": None, "what": "y"}]
    told.write_text("\n".join(map(json.dumps, last_first)), encoding="utf-8")
    with load(made, told) as db:
        late = [issue.message for issue in db.issues() if issue.code == "children_out_of_order"]
        endless = [issue.message for issue in db.issues() if issue.code == "missing_end"]
    assert late == ["a span stands before its parent"]
    assert endless == ["the source does not say when 600 spans ended"]
