"""JSON behind a prefix on each line is read; other text is refused with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tracetui
from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui.api import LoadOptions
from tracetui.errors import InputError

_ROWS = [{"event": "llm_call", "prompt": f"question {n}"} for n in range(4)]


@pytest.mark.parametrize(
    "prefix", ["agent-1  | ", "2026-01-01T00:00:00.123456789Z stdout F ", "[x] {y} INFO: ", "data: "]
)
def test_a_known_format_is_read_behind_a_prefix(tmp_path: Path, prefix: str) -> None:
    sample = SAMPLES / "langsmith" / "release_notes_cli.jsonl"
    path = tmp_path / "container.log"
    path.write_text("".join(prefix + line for line in sample.read_text().splitlines(keepends=True)))
    with load(path) as db, load(sample) as alone:
        (source,) = db.sources()
        assert (source.format, source.container, source.skipped) == ("langsmith", "prefixed jsonl", 0)
        assert [run.spans for run in db.runs()] == [run.spans for run in alone.runs()]
        place = "SELECT record, byte_offset FROM raw_records ORDER BY line LIMIT 1"
        ((record, byte_offset),) = db.read(place).rows(0, 1)
        assert path.read_bytes()[byte_offset:].startswith(str(record).encode())


def test_rows_have_the_time_of_their_prefix(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    lines = [f"2026-01-01 10:00:0{n},500 INFO agent: {json.dumps(row)}" for n, row in enumerate(_ROWS)]
    path.write_text("\n".join(["starting", *lines, ""]))
    with load(path) as db:
        (source,) = db.sources()
        assert (source.records, source.loaded, source.skipped) == (5, 4, 1)
        asked = (
            "SELECT name, strftime(started_at, '%H:%M:%S.%g') FROM spans WHERE input IS NOT NULL ORDER BY 2"
        )
        assert [row[1] for row in db.read(asked).rows(0, 9)] == [f"10:00:0{n}.500" for n in range(4)]
        assert "prefixed_lines" in {issue.code for issue in db.issues()}


@pytest.mark.parametrize(
    "prefix",
    [
        "[1234] ", "[1767225600] ", "[    0.123456] agent: ", "[2026-01-01] INFO ", "[1] [INFO] ", "INFO ctx={} ",
        'INFO ctx={"request": {"n": 1}} - ', "[7] {} ",
    ],
)  # fmt: skip
def test_what_looks_like_json_in_a_prefix_is_no_row(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(f"{prefix}{json.dumps(row)}\n" for row in _ROWS))
    with load(path) as db:
        (source,) = db.sources()
        assert (source.container, source.records, source.skipped) == ("prefixed jsonl", 4, 0)
        asked = "SELECT input FROM spans WHERE input IS NOT NULL ORDER BY 1"
        assert [row[0] for row in db.read(asked).rows(0, 9)] == [row["prompt"] for row in _ROWS]


def test_lists_one_after_another_are_no_prefixes(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("[1, 2] [3]\n[4]\n")
    (tmp_path / "more.json").write_text("".join(f"[{json.dumps(row)}] {json.dumps(row)}\n" for row in _ROWS))
    for name, records in (("rows.json", 4), ("more.json", 8)):
        with load(tmp_path / name) as db:
            assert [(source.container, source.records) for source in db.sources()] == [
                ("concatenated json", records)
            ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("one {\"a\": 1}\n", "behind a prefix"),
        ("Thought: x\nAction: y\nObservation: z\n", "what an agent printed"),
        ("a {b}\nc {d}\n", "neither JSON nor CSV"),
    ],
)  # fmt: skip
def test_other_text_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "app.log"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        tracetui.open(path, options=LoadOptions(in_process=True, cached=False))
