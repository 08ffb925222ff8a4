"""Lines of the plain format: the same columns as the full reader gives, and everything odd left to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

import tracetui
from benchmarks import generate
from tests.index.compare import Indexed, hot, indexed, read_lines, read_rows
from tracetui.api import LoadOptions
from tracetui.formats.plain import FORMAT
from tracetui.reading.pieces import Piece
from tracetui.store.index import can_index


def same(path: Path, folder: Path) -> Indexed:
    """Index a file, and assert that the rows that it indexed are those of the format."""
    found = indexed(path, "plain", "jsonl", folder)
    rest = frozenset(piece.line for piece in found.outcome.rest)
    assert hot(found.rows) == hot(read_rows(FORMAT, read_lines(path)), rest)
    assert found.outcome.records == found.outcome.spans + len(found.outcome.rest)
    return found


def written(folder: Path, *lines: object) -> Path:
    path = folder / "spans.jsonl"
    path.write_bytes(
        b"".join(line if isinstance(line, bytes) else orjson.dumps(line) + b"\n" for line in lines)
    )
    return path


def span(**fields: Any) -> dict[str, Any]:
    """A line with the least that it needs."""
    return {"trace_id": "t", "span_id": "s", "name": "n", "start": "2026-03-12T09:00:00Z", **fields}


@pytest.mark.parametrize("defects", [False, True])
def test_generated_spans_have_the_same_columns_and_are_found_again(defects: bool, tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    generate.write(path, "plain", "light", 3_000, defects=defects)
    found = same(path, tmp_path)
    octets = path.read_bytes()
    assert found.outcome.spans == 3_000
    assert bool(found.outcome.rest) == defects
    for row in found.rows:
        text = octets[row["byte_offset"] : row["byte_offset"] + row["byte_length"]]
        assert orjson.loads(text)["span_id"] == row["span_id"]
    for piece in found.outcome.rest:
        assert octets.split(b"\n")[piece.line - 1] == octets[piece.byte_offset :][: piece.byte_length]


def test_regular_lines(tmp_path: Path) -> None:
    usage = {"input_tokens": 1, "output_tokens": "2", "cost_usd": "0.1234567890125", "total_tokens": None}
    lines = [
        span(),
        span(
            kind="llm",
            status="ERROR",
            error_type="T",
            error_message="m\nn",
            end="2026-03-12T09:00:01.123456789Z",
        ),
        span(kind="Odd", kind_original="kept", usage=usage, ttft_ns=5, took_ns=2**63 - 1),
        *(
            span(usage={"input_tokens": 9, "output_tokens": 1, "cache_read_tokens": 4, **more})
            for more in ({}, {"total_tokens": 10}, {"total_tokens": 14}, {"semantics": "unknown"})
        ),
        *(
            span(usage={"input_tokens": 9, "cache_write_5m_tokens": 4, "cache_write_1h_tokens": tokens})
            for tokens in (5, 6)
        ),
        span(kind="odd", usage=orjson.dumps(usage).decode(), start=1_760_000_000_000_000_001),
        *(span(usage={"cost_usd": cost}) for cost in (1e-13, "5e-13", -1e-13, "0.0000000000005", 6e-13, 0)),
        span(name="", agent="", parent_id="", environment=7, record="span", tracetui=1),
        {"trace_id": 5, "span_id": 6},
        b"\n",
        b" \t \r\n",
        b'  {"trace_id": "t", "span_id": "u"} \r\n',
    ]
    assert same(written(tmp_path, *lines), tmp_path).outcome.rest == ()


def test_odd_lines_are_left_to_the_full_reader(tmp_path: Path) -> None:
    lines: list[object] = [
        span(start=1_760_000_000),
        span(start="yesterday"),
        span(end=1.5),
        span(start="2026-03-12T09:00:00+02:00"),
        span(status="fine"),
        span(ttft_ns="soon"),
        span(took_ns=-1),
        span(usage={"input_tokens": "many"}),
        span(usage=[1]),
        span(record="score"),
        {"trace_id": "t"},
        {"trace_id": "t", "span_id": ""},
        [span()],
        7,
        b"{torn\n",
        b'{"trace_id": "t", "span_id": "\xff"}\n',
    ]
    found = same(written(tmp_path, *lines, span()), tmp_path)
    assert (found.outcome.spans, [piece.line for piece in found.outcome.rest]) == (1, list(range(1, 17)))


@pytest.mark.parametrize(
    "bad", [b"{torn\n", b'{"trace_id": "t", "span_id": "\xff"}\n', b'{"trace_id": "t"} 1\n', b"\0\n"]
)
def test_one_line_that_is_not_json(bad: bytes, tmp_path: Path) -> None:
    found = same(written(tmp_path, span(), bad, span()), tmp_path)
    assert (found.outcome.spans, [piece.line for piece in found.outcome.rest]) == (2, [2])


@pytest.mark.parametrize("tail", [b'{"trace_id": "t", "span', b'{"trace_id": "\xc3', b"[1, 2"])
def test_the_line_that_is_cut_off_is_left_to_the_full_reader(tail: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, span(), span(), tail)
    size = path.stat().st_size
    found = same(path, tmp_path)
    assert found.outcome.spans == 2
    assert found.outcome.rest == (Piece(size - len(tail), len(tail), 3),)


def test_samples_that_were_exported(samples: Path, tmp_path: Path) -> None:
    paths = sorted(samples.glob("o*/*.jsonl"))
    assert paths
    for number, path in enumerate(paths):
        exported = tmp_path / f"{number}.jsonl"
        with tracetui.open(path, options=LoadOptions(in_process=True, cached=False)) as db:
            assert tracetui.export(db, exported) > 0
        assert same(exported, tmp_path).outcome.spans > 0


def test_only_regular_heads_are_indexed() -> None:
    line = orjson.dumps(span()) + b"\n"
    assert can_index(line * 3, "plain")
    assert not can_index(line[:-1], "plain")
    assert not can_index(b"[" + line, "plain")
    assert not can_index(orjson.dumps(span(record="score")) + b"\n" + line, "plain")


def test_times_at_the_end_of_int64(tmp_path: Path) -> None:
    found = same(
        written(tmp_path, span(), span(end=9_214_646_400_000_000_001), span(end=2**63 - 1)), tmp_path
    )
    assert [piece.line for piece in found.outcome.rest] == [2, 3]


def test_charges_and_tiers_in_raw_usage_are_noted_until_the_run_is_read(tmp_path: Path) -> None:
    raws = ('{"server_tool_use": {"web_search_requests": 2}}', '{"service_tier": "batch"}', "{}")
    lines = [span(span_id=raw, usage={"input_tokens": 1, "raw": raw}) for raw in raws]
    rows = indexed(written(tmp_path, *lines), "plain", "jsonl", tmp_path).rows
    told = {row["span_id"]: (row["other_charges"], row["service_tier"]) for row in rows}
    charges = "those that its answer tells, read when its run is opened"
    assert told == dict(zip(raws, ((charges, None), (None, "batch"), (None, None)), strict=True))
