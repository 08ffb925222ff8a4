"""However a source is loaded, whole at once or index first, its runs, trees and steps are the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import SAMPLES, names_in
from tests.loading.dumps import dump, load
from tracetui import api
from tracetui.errors import NotLoadedError
from tracetui.store import build, cache

INDEXED = (
    "otlp/travel_agent_timeout.jsonl",
    "otlp/plain_checkout.jsonl",
    "phoenix/approval_and_photo.parquet",
)


@pytest.fixture
def index_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Index sources of any size, as if they were big."""
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)


def without_sources(text: str) -> list[str]:
    """A dump without sources and issues, which tell how they were read."""
    return [line for line in text.splitlines() if not line.startswith(("source ", "issue "))]


@pytest.mark.parametrize("name", INDEXED)
@pytest.mark.usefixtures("index_everything")
def test_an_indexed_source_shows_what_a_whole_one_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with load(SAMPLES / name, stage="tree") as indexed:
        assert indexed.stage == "tree"
        assert [source.grade for source in indexed.sources()] == ["index"]
        found = without_sources(dump(indexed, SAMPLES))
        counts = [(s.records, s.loaded + s.merged, s.skipped) for s in indexed.sources()]
    monkeypatch.undo()
    with load(SAMPLES / name) as whole:
        assert whole.stage == "full"
        assert found == without_sources(dump(whole, SAMPLES))
        assert counts == [(s.records, s.loaded + s.merged, s.skipped) for s in whole.sources()]


@pytest.mark.parametrize("name", [name for name in INDEXED if name.endswith(".jsonl")])
def test_spans_of_several_records_are_put_together_from_an_index(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (SAMPLES / name).read_text("utf-8").splitlines(keepends=True)
    assert lines[-1].endswith("\n")
    path = tmp_path / "again.jsonl"
    path.write_text("".join([*lines, *lines]), encoding="utf-8")
    with load(path) as whole:
        expected = without_sources(dump(whole, tmp_path))
        (source,) = whole.sources()
        assert source.merged > 0
        issues = [(issue.code, issue.line, issue.message) for issue in whole.issues()]
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    with load(path, stage="tree") as indexed:
        (found,) = indexed.sources()
        assert (found.grade, found.records, found.loaded, found.merged, found.skipped) == (
            "index", source.records, source.loaded, source.merged, source.skipped)  # fmt: skip
        assert without_sources(dump(indexed, tmp_path)) == expected
        assert [(issue.code, issue.line, issue.message) for issue in indexed.issues()] == issues


_BEGINS = {
    "name": "chat",
    "kind": "LLM",
    "start": "2026-01-01T00:00:00Z",
    "model": "gpt-4o",
    "input": "how far is it?",
}
_ENDS = {
    "end": "2026-01-01T00:00:02Z",
    "status": "ok",
    "output": "far",
    "usage": {"input_tokens": 7, "output_tokens": 2},
}


_TOLD: Mapping[str, Sequence[Mapping[str, object]]] = {
    "in order": [_BEGINS, _ENDS],
    "the end first": [_ENDS, _BEGINS],
    "three times": [{**_BEGINS, **_ENDS}] * 3,
    "odd usage": [_BEGINS, {**_ENDS, "usage": {"input_tokens": "some"}}],  # for the full reader
    "odd time": [{**_BEGINS, "start": "yesterday"}, _ENDS],
    "failed": [_BEGINS, {"end": "2026-01-01T00:00:02Z", "status": "error", "error_type": "TimeoutError"}],
}


def test_spans_that_several_records_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = '{"trace_id": "t", "span_id": "root", "name": "agent"}\n'
    lines = [
        json.dumps({"trace_id": "t", "span_id": span_id, "parent_id": "root", **part}) + "\n"
        for span_id, parts in _TOLD.items()
        for part in parts
    ]
    (tmp_path / "spans.jsonl").write_text("".join([agent, *lines]))
    whole = _shown(tmp_path, "full")
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    assert _shown(tmp_path, "tree") == (["index"], *whole[1:])


def test_a_span_that_several_files_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (SAMPLES / INDEXED[1]).read_text("utf-8")
    for name in ("0.jsonl", "1.jsonl"):
        (tmp_path / name).write_text(text, "utf-8")
    whole = _shown(tmp_path, "full")
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    assert _shown(tmp_path, "tree") == (["index", "index"], *whole[1:])
    spaced = "".join(json.dumps(json.loads(line)) + "\n" for line in text.splitlines())
    (tmp_path / "1.jsonl").write_text(spaced, "utf-8")  # is read whole, and so is the other file then
    assert _shown(tmp_path, "tree") == (["full", "full"], *whole[1:])


def _shown(folder: Path, stage: str) -> tuple[object, ...]:
    """The grades of the sources, their accounts, and all else."""
    with load(folder, stage=stage) as db:
        sources = db.sources()
        accounts = [(each.records, each.loaded, each.merged, each.skipped) for each in sources]
        return [each.grade for each in sources], accounts, without_sources(dump(db, folder))


@pytest.mark.usefixtures("index_everything")
def test_a_question_that_needs_payloads_is_refused_not_answered_from_part() -> None:
    with load(SAMPLES / INDEXED[0], stage="tree") as db:
        assert db.sql("SELECT count(*) FROM spans WHERE kind = 'LLM'").rows(0, 1)[0][0] == 7
        for query in ("SELECT input FROM spans", "FROM messages", "FROM raw_records", "SELECT * FROM events"):
            with pytest.raises(NotLoadedError):
                db.sql(query)
        with pytest.raises(NotLoadedError):
            list(db.stored_spans())


@pytest.mark.usefixtures("index_everything")
def test_the_tree_of_a_large_source_tells_tiers_and_that_answers_tell_charges(tmp_path: Path) -> None:
    searched = {"type": "web_search_call", "action": {"type": "search"}}
    answers = (
        {"output": [searched]},
        {"service_tier": "flex", "output": []},
        {"usage": {"server_tool_use": {"web_search_requests": 0}, "inference_geo": "not_available"}},
    )
    usage = {"llm.token_count.prompt": 1_000, "llm.token_count.completion": 100, "llm.model_name": "gpt-5"}
    spans = [
        {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": f"{at:016x}", "name": "chat",
         "startTimeUnixNano": f"179000000{at}000000000", "endTimeUnixNano": f"179000000{at}500000000",
         "attributes": [{"key": key, "value": {"stringValue": str(value)}} for key, value in told.items()]}
        for at, answer in enumerate(answers, start=1)
        for told in ({**usage, "openinference.span.kind": "LLM", "output.value": json.dumps(answer)},)
    ]  # fmt: skip
    otlp, parquet = tmp_path / "a.jsonl", tmp_path / "a.parquet"
    line = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": spans}]}]}
    otlp.write_text(json.dumps(line, separators=(",", ":")) + "\n", encoding="utf-8")
    columns = {
        "context.trace_id": [span["traceId"] for span in spans],
        "context.span_id": [span["spanId"] for span in spans],
        "name": ["chat"] * 3,
        "span_kind": ["LLM"] * 3,
        **{f"attributes.{key}": [value] * 3 for key, value in usage.items()},
        "attributes.output.value": [json.dumps(answer) for answer in answers],
    }
    pq.write_table(pa.table(columns), parquet)
    query = "SELECT service_tier, other_charges IS NOT NULL, is_partly_priced FROM llm_calls ORDER BY span_id"
    for path in (otlp, parquet):
        with load(path, stage="tree") as db:
            assert db.stage == "tree"
            db.reprice([])
            assert db.read(query).rows(0, 9) == [
                (None, True, True),
                ("flex", False, False),
                (None, False, False),
            ]
        with load(path) as whole:
            rows = whole.read(
                "SELECT service_tier, web_searches, other_charges FROM llm_calls ORDER BY span_id"
            )
            assert rows.rows(0, 9) == [(None, 1, None), ("flex", None, None), (None, None, None)]


@pytest.mark.usefixtures("index_everything")
def test_calls_whose_answers_cannot_be_read_cost_a_lower_bound(tmp_path: Path) -> None:
    columns = {
        "context.trace_id": ["5b8efff798038103d269b633813fc60c"], "context.span_id": [f"{1:016x}"], "name": ["chat"],
        "span_kind": ["LLM"], "attributes.llm.token_count.prompt": [1_000], "attributes.llm.token_count.completion": [9],
        "attributes.llm.model_name": ["gpt-5"], "attributes.output.value": ["an answer that is damaged later"],
    }  # fmt: skip
    path = tmp_path / "damaged.parquet"
    pq.write_table(
        pa.table(columns), path, compression="none", use_dictionary=False, write_statistics=False, write_page_checksum=True
    )  # fmt: skip
    content = path.read_bytes()
    path.write_bytes(content.replace(b"an answer that is damaged", b"an answer that IS damaged", 1))
    with load(path, stage="tree") as db:
        db.reprice([])
        assert db.stage == "tree"
        rows = db.read("SELECT other_charges, is_partly_priced FROM llm_calls").rows(0, 9)
    assert rows == [("those that its answer tells, which cannot be read", True)]


@pytest.mark.usefixtures("index_everything")
def test_the_first_stage_lists_runs_and_reads_a_run_when_it_is_opened() -> None:
    with load(SAMPLES / INDEXED[0], stage="index") as db:
        assert db.stage == "index"
        (run,) = db.runs()
        assert (run.spans, str(run.status), run.steps) == (18, "error", None)
        tree = db.tree(run.run_id)
        assert tree.labels[tree.label[tree.failed]] == "search_flights"
        assert db.detail(run.run_id, tree.failed).error_type == "TimeoutError"
        with pytest.raises(NotLoadedError):
            db.sql("SELECT position FROM spans")
        with pytest.raises(NotLoadedError):
            db.span_position("any")


@pytest.mark.usefixtures("index_everything")
def test_a_trace_of_several_roots_opens_from_the_first_stage(tmp_path: Path) -> None:
    path = tmp_path / "roots.jsonl"
    lines = [
        {"tracetui": 1, "trace_id": "t", "span_id": span_id, "name": span_id, "start": 10**18 + number}
        for number, span_id in enumerate("abc")
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    with load(path, stage="index") as db:
        assert [run.run_id for run in db.runs()] == ["t"]
        tree = db.tree("t")
        assert db.detail("t", tree.failed).span_id == "a"
        assert db.search("t", "a") == [0]


@pytest.mark.usefixtures("index_everything")
def test_a_big_source_is_opened_first_and_completed_later() -> None:
    stages = [
        (type(update).__name__, update.db.stage)
        for update in api.begin(
            [str(SAMPLES / INDEXED[0])], api.LoadOptions(in_process=True, cached=False)
        ).updates()
        if isinstance(update, api.Opened | api.Completed)
    ]
    assert stages == [("Opened", "index"), ("Opened", "tree"), ("Opened", "full"), ("Completed", "full")]


def test_a_kept_database_of_a_large_input_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "CACHED_FROM_BYTES", 0)
    source = tmp_path / "run.jsonl"
    source.write_bytes((SAMPLES / INDEXED[0]).read_bytes())
    options = api.LoadOptions(in_process=True)
    for _ in range(2):
        with api.open(source, options=options) as db:
            assert db.run().failed_step == 13
    (kept,) = cache.entries()
    assert kept.path.stat().st_mode & 0o077 == 0
    assert kept.path.parent.stat().st_mode & 0o077 == 0
    source.write_bytes(source.read_bytes() + b"\n")
    with api.open(source, options=options) as db:
        assert db.run().failed_step == 13
    assert len(cache.entries()) == 2
    assert list((tmp_path / "cache").glob("session-*")) == []


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trace whose database was kept, whatever its size."""
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "CACHED_FROM_BYTES", 0)
    source = tmp_path / "run.jsonl"
    source.write_bytes((SAMPLES / INDEXED[0]).read_bytes())
    with api.open(source, options=api.LoadOptions(in_process=True)):
        assert len(cache.entries()) == 1
    return source


@pytest.mark.parametrize("damage", ["garbage", "cut", "log"])
def test_a_kept_database_that_is_not_whole_is_built_anew(kept: Path, damage: str) -> None:
    (entry,) = cache.entries()
    if damage == "log":
        log = entry.path.with_name(f"{entry.path.name}.wal")
        log.write_bytes(b"crafted")
    else:
        entry.path.write_bytes(b"x" * 9000 if damage == "garbage" else entry.path.read_bytes()[:9000])
    (entry.path.parent / f"{entry.path.name}.spill-1").mkdir()
    with api.open(kept, options=api.LoadOptions(in_process=True)) as db:
        assert db.run().failed_step == 13
    assert names_in(entry.path.parent) == {entry.path.name, f"{entry.path.name}.runs.json"}


@pytest.mark.parametrize("damage", [b"", b"x" * 9000], ids=["empty", "garbage"])
def test_a_damaged_empty_database_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    for _ in range(2):
        with api.open(SAMPLES / "otlp", options=api.LoadOptions(in_process=True, cached=False)) as db:
            assert db.run_count() > 1
        (empty,) = (tmp_path / "cache").glob("empty-*")
        empty.write_bytes(damage)


def test_the_first_runs_of_a_kept_database_come_before_it_is_open(kept: Path) -> None:
    first, *rest = api.begin([str(kept)], api.LoadOptions(in_process=True)).updates()
    assert isinstance(first, api.FirstRuns)
    (opened, completed) = rest
    assert isinstance(opened, api.Opened)
    assert isinstance(completed, api.Completed)
    with completed.db as db:
        assert first == api.FirstRuns(tuple(db.runs()), db.run_count())


@pytest.mark.parametrize(
    "page", ["", "[]", '{"total": 1, "runs": [{"cost_usd": "x"}]}', '{"total": 1, "runs": [7]}']
)
def test_first_runs_that_cannot_be_read_are_left_out(kept: Path, page: str) -> None:
    (entry,) = cache.entries()
    (beside,) = entry.path.parent.glob("*.json")
    beside.write_text(page)
    updates = list(api.begin([str(kept)], api.LoadOptions(in_process=True)).updates())
    assert [type(update).__name__ for update in updates] == ["Opened", "Completed"]
    for update in updates:
        if isinstance(update, api.Completed):
            update.db.close()


@pytest.mark.parametrize("version", ["VERSION", "SCHEMA_VERSION"])
def test_a_database_kept_by_another_version_is_not_used(
    version: str, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = cache.entries()
    assert cache.find(entry.path.stem) == entry.path
    monkeypatch.setattr(f"tracetui.store.cache.{version}", -1)
    with api.open(kept, options=api.LoadOptions(in_process=True)):
        assert len(cache.entries()) == 2


def test_a_database_kept_by_another_duckdb_is_made_anew(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = cache.entries()
    monkeypatch.setattr("duckdb.__version__", "1.9.9")
    assert cache.find(entry.path.stem) is None
    assert cache.entries() == []


def test_a_folder_with_a_broken_link_is_loaded_and_not_kept(kept: Path) -> None:
    (kept.parent / "folder").mkdir()
    (kept.parent / "folder" / "run.jsonl").write_bytes(kept.read_bytes())
    (kept.parent / "folder" / "broken.jsonl").symlink_to("nowhere")
    with api.open(kept.parent / "folder", options=api.LoadOptions(in_process=True)) as db:
        assert db.run().failed_step == 13
    assert len(cache.entries()) == 1
