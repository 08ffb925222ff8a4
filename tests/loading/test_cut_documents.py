"""A document that breaks off loads like one that was written with the whole records before the cut only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui import api

DOCUMENTS = {
    "atif/fix_retries.json": ("steps",),
    "swe_agent/slugs__slug-17.traj": ("trajectory",),
    "langfuse/refund_trace.json": ("observations",),
    "inspect_ai/memory-desk.json": ("samples", 0, "events"),
}


def shortened(value: Any, way: tuple[str | int, ...], count: int) -> Any:
    """The document up to the first `count` elements of the list to which the way leads."""
    if not way:
        return value[:count]
    if isinstance(value, list):
        return [shortened(value[0], way[1:], count)]
    before = list(value)[: list(value).index(str(way[0]))]
    return {key: value[key] for key in before} | {str(way[0]): shortened(value[way[0]], way[1:], count)}


def figures(db: api.TraceDB) -> list[tuple[object, ...]]:
    assert all(source.records == source.loaded + source.merged + source.skipped for source in db.sources())
    return [(run.run_id, run.name, run.spans, run.steps, run.total_tokens) for run in db.runs()]


@pytest.mark.parametrize("sample", DOCUMENTS)
def test_what_is_whole_before_the_cut_is_loaded(sample: str, tmp_path: Path) -> None:
    document, way = json.loads((SAMPLES / sample).read_text()), DOCUMENTS[sample]
    kept = 3 if way[0] != "samples" else 30
    whole = json.dumps(shortened(document, way, kept))
    begun = json.dumps(shortened(document, way, kept + 1))
    (tmp_path / "cut").mkdir()
    (tmp_path / "whole").mkdir()
    name = sample.partition("/")[2]
    body = next(at for at, (one, other) in enumerate(zip(whole, begun, strict=False)) if one != other)
    cut = body + (len(begun) - body) // 2
    (tmp_path / "cut" / name).write_text(begun[:cut])
    (tmp_path / "whole" / name).write_text(whole)
    with load(tmp_path / "cut" / name) as torn, load(tmp_path / "whole" / name) as shorter:
        assert figures(torn) == figures(shorter)
        assert figures(torn)
        (issue,) = (issue for issue in torn.issues() if issue.code == "torn_tail")
        assert (issue.skipped, issue.line) == (1, 1)
        assert issue.byte_offset is not None
        assert issue.byte_offset == body
        (source,) = torn.sources()
        assert source.skipped == 1


@pytest.mark.parametrize("sample", ["atif/fix_retries.json", "inspect_ai/memory-desk.json"])
def test_what_is_whole_before_damage_inside_a_document_is_loaded(sample: str, tmp_path: Path) -> None:
    document, way = json.loads((SAMPLES / sample).read_text()), DOCUMENTS[sample]
    whole = json.dumps(shortened(document, way, 30 if way[0] == "samples" else 3))
    text = json.dumps(document)
    at = next(at for at, (one, other) in enumerate(zip(whole, text, strict=False)) if one != other) + 1
    paths = [tmp_path / name for name in ("damaged.json", "whole.json")]
    paths[0].write_text(text[:at] + " @@ " + text[at:])
    paths[1].write_text(whole)
    with load(paths[0]) as damaged, load(paths[1]) as shorter:
        assert figures(damaged) == figures(shorter) != []
        (issue,) = (issue for issue in damaged.issues() if issue.code == "bad_json")
        assert (issue.skipped, issue.byte_offset) == (1, at - 1)
        assert [source.format for source in damaged.sources()] == [
            source.format for source in shorter.sources()
        ]
