"""Every bundled sample loads as expected, its counts add up, and writing and reading it again changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.loading.dumps import dump, load
from tracetui import api

EXPECTED = Path(__file__).parent / "expected"
PAYLOAD_VIEWS = (
    "steps",
    "llm_calls",
    "messages",
    "tool_calls",
    "tools_offered",
    "links",
    "scores",
    "exceptions",
    "state_changes",
)


def sample_files() -> list[Path]:
    """Each sample file; the parts of a partitioned export, or of a session, together as their folder."""
    skipped = {"scripts", "bulk", "strands_session"}
    files = [
        path
        for path in sorted(SAMPLES.rglob("*"))
        if path.is_file()
        and path.suffix not in (".md", ".py")
        and not skipped & set(path.relative_to(SAMPLES).parts)
    ]
    return [*files, SAMPLES / "langsmith" / "bulk", SAMPLES / "strands_session"]


def sets_of_samples() -> list[list[Path]]:
    """All samples in few sets, without two of a format in one, as those may hold the same run."""
    by_folder: dict[str, list[Path]] = {}
    for path in sample_files():
        folder = path.relative_to(SAMPLES).parts[0]
        by_folder.setdefault(path.name if folder == "bundles" else folder, []).append(path)
    bundles = [by_folder.pop(path.name) for path in sorted((SAMPLES / "bundles").iterdir())]
    sets = zip_longest(*by_folder.values())
    return [*([path for path in paths if path is not None] for paths in sets), *bundles]


def name_of(path: Path) -> str:
    return "__".join(path.relative_to(SAMPLES).parts)


@pytest.fixture(scope="module", params=sample_files(), ids=name_of)
def sample(request: pytest.FixtureRequest) -> Iterator[tuple[Path, api.TraceDB]]:
    """One sample after another, loaded once for both tests."""
    with load(request.param) as db:
        yield request.param, db


def test_a_sample_loads_as_expected(sample: tuple[Path, api.TraceDB]) -> None:
    path, db = sample
    found = dump(db, SAMPLES)
    expected = EXPECTED / f"{name_of(path)}.txt"
    if os.environ.get("TRACETUI_UPDATE_EXPECTED"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_counts_of_a_sample_add_up_and_parents_exist_or_are_reported(
    sample: tuple[Path, api.TraceDB],
) -> None:
    _, db = sample
    for source in db.sources():
        assert source.records == source.loaded + source.merged + source.skipped
        query = "SELECT outcome, count(*) FROM raw_records WHERE source = ? GROUP BY outcome"
        rows: Any = db.read(query, [source.source]).rows(0, 9)
        outcomes: dict[str, int] = dict(rows)
        # what a reader could not even cut out of the source has an issue instead of a raw record
        unread = source.records - sum(outcomes.values())
        assert (outcomes.get("loaded", 0), outcomes.get("merged", 0)) == (source.loaded, source.merged)
        assert outcomes.get("skipped", 0) + unread == source.skipped
    placed = db.read("SELECT count(*) FROM spans WHERE NOT is_synthetic").rows(0, 1)[0][0]
    assert placed == sum(source.spans for source in db.sources())
    assert placed == sum(run.spans for run in db.runs())
    missing = db.read(
        "SELECT span_id FROM spans AS s WHERE recorded_parent_id IS NOT NULL AND NOT EXISTS ("
        " SELECT 1 FROM spans AS p WHERE p.trace_id = s.trace_id AND p.span_id = s.recorded_parent_id"
        " AND NOT p.is_synthetic)"
    ).rows(0, 1000)
    reported = {issue.span_id for issue in db.issues() if issue.code in ("orphan", "cycle")}
    assert {span_id for (span_id,) in missing} <= reported


@pytest.mark.parametrize("paths", sets_of_samples(), ids=lambda paths: f"{name_of(paths[0])} and others")
def test_samples_written_and_read_again_are_the_same(paths: list[Path], tmp_path: Path) -> None:
    with load(*paths) as db:
        before = contents(db)
        for out in (tmp_path / "out.jsonl", tmp_path / "out.parquet"):
            api.export(db, out)
            with load(out) as copy:
                after = contents(copy)
            for view, rows in before.items():
                assert after[view] == rows, (out.suffix, view)


def contents(db: api.TraceDB) -> dict[str, list[str]]:
    """Rows of the views without what names the file; attributes compared by value."""
    queries = {
        "runs": "SELECT * EXCLUDE (source, format, metadata, incomplete) FROM runs",
        "spans": "SELECT * EXCLUDE (source, line, attributes, resource, scope, metadata) FROM spans",
        "attributes": "SELECT run_id, position, t.key, t.value::VARCHAR::JSON::VARCHAR FROM spans, json_each(attributes) AS t"
        " WHERE t.type NOT IN ('DOUBLE', 'ARRAY', 'OBJECT')",
        "events": "SELECT run_id, span_id, happened_at, name, position FROM events",
        **{view: f"FROM {view}" for view in PAYLOAD_VIEWS},
    }
    return {name: sorted(map(str, db.read(query).rows(0, 10**6))) for name, query in queries.items()}
