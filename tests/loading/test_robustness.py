"""Whatever the input is: it loads or is reported, the counts add up, and the parent outlives its worker."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SAMPLES, names_in
from tests.loading.dumps import load
from tracetui import api
from tracetui.errors import InputError, InterruptedByUser, QueryError, UsageError
from tracetui.read_model import Progress

MUTATED = (
    "otlp/openai_v2_log_events.jsonl",
    "openai_agents/support_handoff.jsonl",
    "openai_agents/travel_timeout_no_newlines.json",
    "langsmith/travel_timeout_batches.jsonl",
    "phoenix/approval_and_photo.jsonl",
    "phoenix/approval_and_photo.parquet",
    "otel_console/tour_weather_retry.json",
    "plain/invoice_check.jsonl",
    "bundles/mixed.zip",
    "bundles/support_handoff.jsonl.gz",
)
FOLDER = Path(__file__).parent

PLUGIN = """
import os, signal
from tracetui.formats.contract import Format, Match
from tracetui.model import Span

def sniff(head):
    if any(isinstance(v, dict) and v.get("fatal") == "a look" for v in head.values):
        os.kill(os.getpid(), signal.SIGKILL)
    return Match(100, "the key fatal") if any(isinstance(v, dict) and "fatal" in v for v in head.values) else None

def read(records, source):
    for record in records:
        if record.value["fatal"]:
            os.kill(os.getpid(), signal.SIGKILL)
        yield Span("t", record.value["id"], record.origin, name="step", start_ns=1, end_ns=2)

FORMAT = Format("fatal", "kills its reader", "the key fatal", "a test", sniff, read)
"""


def check_accounts(db: api.TraceDB) -> None:
    for source in db.sources():
        assert source.records == source.loaded + source.merged + source.skipped, source
        assert min(source.records, source.loaded, source.merged, source.skipped) >= 0, source
    for run in db.runs():
        tree = db.tree(run.run_id)
        assert len(tree) >= run.spans
        assert db.detail(run.run_id, tree.failed).run_id == run.run_id


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(MUTATED), st.data())
def test_any_damage_to_a_sample_loads_or_is_reported(tmp_path: Path, name: str, data: st.DataObject) -> None:
    octets = bytearray((SAMPLES / name).read_bytes())
    if data.draw(st.booleans(), label="cut"):
        octets = octets[: data.draw(st.integers(0, len(octets)), label="length")]
    for _ in range(data.draw(st.integers(0, 4), label="flips")):
        if octets:
            octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / Path(name).name
    path.write_bytes(octets)
    with contextlib.suppress(InputError), load(path) as db:
        check_accounts(db)


def test_a_source_that_is_named_twice_is_listed_as_often_and_read_once() -> None:
    path = SAMPLES / "openai_agents/travel_timeout.jsonl"
    with load(path, path) as db:
        assert [source.loaded for source in db.sources()] == [14, 0]
        assert [issue.code for issue in db.issues()].count("named_twice") == 1


def test_nothing_but_bad_records_is_an_error_with_the_first_reasons(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"a": \n{"b": \n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    assert "bad.jsonl:1" in caught.value.message
    assert caught.value.exit_code == 3


def test_an_unknown_document_is_skipped_whole_with_its_keys(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"colour": 1,\n "size": 2}', encoding="utf-8")
    (tmp_path / "good.jsonl").write_bytes((SAMPLES / "openai_agents/support_handoff.jsonl").read_bytes())
    with load(tmp_path) as db:
        odd = next(source for source in db.sources() if source.source.endswith("odd.json"))
        assert (odd.format, odd.records, odd.skipped) == (None, 1, 1)
        issue = next(issue for issue in db.issues() if issue.source == odd.source)
        assert (issue.code, issue.skipped) == ("unknown_shape", 1)
        assert "colour" in issue.message


def plain(span_id: str, **fields: object) -> str:
    return json.dumps({"tracetui": 1, "trace_id": "t", "span_id": span_id, "name": span_id, **fields})


def test_oddities_of_times_and_ids_are_reported_with_line_and_span(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    lines = [
        plain("root", start=1_000_000_000_000_000_000, end=1_000_000_000_000_001_000),
        plain("backwards", parent_id="root", start=1_000_000_000_000_000_500, end=1_000_000_000_000_000_400),
        plain("endless", parent_id="root", start=1_000_000_000_000_000_500),
        plain("early", parent_id="root", start=999_999_999_999_999_000, end=1_000_000_000_000_000_100),
        plain("lost", parent_id="nobody", start=1_000_000_000_000_000_600, end=1_000_000_000_000_000_700),
        plain("a", parent_id="b", start=1_000_000_000_000_000_600, end=1_000_000_000_000_000_700),
        plain("b", parent_id="a", start=1_000_000_000_000_000_610, end=1_000_000_000_000_000_700),
        plain("twin", parent_id="root", start=1_000_000_000_000_000_620, end=1_000_000_000_000_000_700),
        plain(
            "twin", parent_id="root", start=1_000_000_000_000_000_630, end=1_000_000_000_000_000_700
        ).replace('"name": "twin"', '"name": "other"'),
        plain("twice", parent_id="root", start=1_000_000_000_000_000_640),
        plain("twice", parent_id="root", end=1_000_000_000_000_000_700),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    with load(path) as db:
        found = {(issue.code, issue.line, issue.span_id) for issue in db.issues()}
        assert {
            ("end_before_start", 2, "backwards"), ("missing_end", 3, "endless"), ("clock_skew", 4, "early"),
            ("orphan", 5, "lost"), ("cycle", 6, "a"), ("duplicate_id", 9, "twin"),
        } <= found  # fmt: skip
        (source,) = db.sources()
        assert (source.records, source.loaded, source.merged) == (11, 10, 1)
        (run,) = db.runs()
        assert run.spans == 10
        durations = dict(map(tuple, db.read("SELECT span_id, duration_ns FROM spans").rows(0, 99)))
        assert durations["backwards"] is None
        assert durations["endless"] is None
        assert durations["twice"] == 60


def test_figures_that_no_column_holds_are_unknown_not_fatal(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    usage = {"input_tokens": 2**63 - 1, "output_tokens": 2**63 - 1}
    calls = [
        plain(f"call-{number}", parent_id="root", start=1_000_000_000_000_000_000, kind="LLM", usage=usage)
        for number in range(12)
    ]
    path.write_text(
        "\n".join([plain("root", start=1_000_000_000_000_000_000, session_id="s"), *calls]), encoding="utf-8"
    )
    with load(path) as db:
        (run,) = db.runs()
        assert (run.spans, run.llm_calls) == (13, 12)
        assert (run.input_tokens, run.total_tokens) == (None, None)
        assert len(db.tree(run.run_id)) == 13
        # left out of what adds up, and told; what was reported is still there
        assert db.read("SELECT input_tokens, total_tokens FROM llm_calls").rows(0, 1) == [(None, None)]
        reported = "SELECT DISTINCT input_tokens, total_tokens FROM usage_reported"
        assert db.read(reported).rows(0, 9) == [(2**63 - 1, None)]
        assert [issue.code for issue in db.issues()].count("usage_anomaly") == 12
        assert db.read("SELECT total_tokens FROM sessions").rows(0, 1) == [(None,)]


def test_ids_of_different_sources_do_not_collide_where_a_format_has_no_global_ids(tmp_path: Path) -> None:
    for name in ("one.jsonl", "two.jsonl"):
        (tmp_path / name).write_text(plain("root", start=1_000_000_000_000_000_000), encoding="utf-8")
    with load(tmp_path) as db:
        assert len({run.run_id for run in db.runs()}) == 2
        assert [run.spans for run in db.runs()] == [1, 1]


def test_a_trace_that_is_split_over_files_is_one_run(tmp_path: Path) -> None:
    lines = (SAMPLES / "otlp/travel_agent_timeout.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        (tmp_path / f"part-{number}.jsonl").write_text(line, encoding="utf-8")
    with load(tmp_path) as db:
        (run,) = db.runs()
        assert run.spans == 18
        assert run.failed_name == "search_flights"


def test_the_same_export_twice_is_merged_not_doubled(tmp_path: Path) -> None:
    octets = (SAMPLES / "otlp/travel_agent_timeout.jsonl").read_bytes()
    (tmp_path / "a.jsonl").write_bytes(octets)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(octets))
    with load(tmp_path) as db, load(tmp_path / "a.jsonl") as once:
        assert [source.merged for source in db.sources()] == [0, 18]
        assert db.run().total_tokens == once.run().total_tokens
        position = db.step_position(db.run().run_id, 13)
        assert len(db.detail(db.run().run_id, position).events) == 1


_TRACE, _CALL = "04ac704eb278c493146dd09e22f5ead1", "e02e73d87cb840a1"
_SAYS_LITTLE: list[dict[str, object]] = [
    {"traceId": _TRACE, "id": _CALL, "name": "", "timestamp": 1_771_319_524_000_993, "duration": 2_100_662},
    {
        "trace": {"id": _TRACE, "name": "trip", "timestamp": "2026-02-17T09:12:04.000Z"},
        "observations": [{
            "id": _CALL, "traceId": _TRACE, "type": "SPAN", "name": "chat gpt-4o",
            "startTime": "2026-02-17T09:12:04.000Z", "endTime": "2026-02-17T09:12:06.101Z",
        }],
    },
]  # fmt: skip


@pytest.mark.parametrize("other", _SAYS_LITTLE, ids=["zipkin", "langfuse"])
@pytest.mark.parametrize("order", ["told first", "told last"])
def test_an_export_that_says_less_takes_nothing_away(
    tmp_path: Path, other: dict[str, object], order: str
) -> None:
    told = tmp_path / ("a.jsonl" if order == "told first" else "c.jsonl")
    told.write_bytes((SAMPLES / "otlp/travel_agent_timeout.jsonl").read_bytes())
    (tmp_path / "b.json").write_text(json.dumps(other), encoding="utf-8")
    asked = "SELECT kind, status, name, model, parent_id FROM spans WHERE step IS NOT NULL ORDER BY span_id"
    with load(tmp_path) as db, load(told) as alone:
        assert sum(source.merged for source in db.sources()) == 1
        assert db.run().steps == alone.run().steps == 15
        assert db.read(asked).rows(0, 99) == alone.read(asked).rows(0, 99)


@pytest.fixture
def fatal_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A third-party format, found by its entry point, that kills the process that reads certain records."""
    site = tmp_path / "site"
    (site / "fatal-1.dist-info").mkdir(parents=True)
    (site / "fatal_format.py").write_text(PLUGIN, encoding="utf-8")
    (site / "fatal-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: fatal\nVersion: 1\n")
    (site / "fatal-1.dist-info" / "entry_points.txt").write_text(
        "[tracetui.formats]\nfatal = fatal_format:FORMAT\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    return site


def test_a_record_that_kills_the_worker_is_named_and_the_rest_is_loaded(
    fatal_format: Path, tmp_path: Path
) -> None:
    assert fatal_format.is_dir()
    traces = tmp_path / "traces"
    traces.mkdir()
    lines = [json.dumps({"fatal": number == 2, "id": str(number)}) for number in range(4)]
    (traces / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (traces / "b.jsonl").write_bytes((SAMPLES / "openai_agents/travel_timeout.jsonl").read_bytes())
    with load(traces, in_process=False) as db:
        first, second = db.sources()
        assert first.loaded == 2
        died = next(issue for issue in db.issues() if issue.code == "reader_died")
        assert (died.source, died.line, died.skipped) == (first.source, 3, 1)
        assert second.loaded == 14


def test_a_source_that_kills_the_worker_at_first_sight_is_left_out(
    fatal_format: Path, tmp_path: Path
) -> None:
    assert fatal_format.is_dir()
    traces = tmp_path / "traces"
    traces.mkdir()
    (traces / "a.jsonl").write_bytes((SAMPLES / "openai_agents/travel_timeout.jsonl").read_bytes())
    (traces / "b.jsonl").write_text('{"fatal": "a look"}', encoding="utf-8")
    with load(traces, in_process=False) as db:
        first, second = db.sources()
        assert (first.loaded, second.records, second.container) == (14, 0, "unread")
        assert [(issue.code, issue.source) for issue in db.issues() if issue.source == second.source] == [
            ("reader_died", second.source)
        ]


def test_names_that_are_not_utf_8_are_loaded(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"odd-\xff.jsonl")
    path.write_bytes((SAMPLES / "openai_agents/travel_timeout.jsonl").read_bytes())
    for place in (path, tmp_path):
        with load(place, in_process=False) as db:
            assert db.run().failed_step is not None


def test_updates_that_nobody_wants_any_more_end_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    endless = tmp_path / "endless.jsonl"
    os.mkfifo(endless)
    paths = [str(SAMPLES / "openai_agents/travel_timeout.jsonl"), str(endless)]
    updates = iter(api.begin(paths, api.LoadOptions(cached=False)).updates())
    assert isinstance(next(updates), Progress)
    updates.close()  # type: ignore[attr-defined]  # a generator
    assert names_in(tmp_path / "cache") == set()


def test_cancelling_before_the_start_loads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    opening = api.begin([str(SAMPLES / "openai_agents")], api.LoadOptions(cached=False))
    opening.cancel()
    with pytest.raises(InterruptedByUser):
        list(opening.updates())
    assert names_in(tmp_path / "cache") == set()


def test_cancelling_ends_the_worker_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    source = tmp_path / "endless.jsonl"
    os.mkfifo(source)
    opening = api.begin([str(source)], api.LoadOptions(cached=False))
    threading.Timer(1.0, opening.cancel).start()
    with pytest.raises(InterruptedByUser):
        list(opening.updates())
    assert names_in(tmp_path / "cache") == set()


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM runs", "COPY runs TO '/tmp/x'", "ATTACH 'x.duckdb'", "PRAGMA database_list", "SET threads = 1",
        "SELECT 1; SELECT 2", "CREATE TABLE x AS SELECT 1", "EXPLAIN DELETE FROM runs", "INSTALL httpfs", "CALL foo()",
        "WITH x AS (INSERT INTO runs VALUES (1) RETURNING *) SELECT * FROM x", "FROM read_text('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'", "",
    ],
)  # fmt: skip
def test_sql_that_does_more_than_read_the_traces_is_refused(query: str) -> None:
    with load(SAMPLES / "otel_console") as db, pytest.raises(QueryError):
        db.read(query)


@pytest.mark.parametrize(
    "query",
    [
        "FROM runs", "SELECT 1 AS a;", "SUMMARIZE runs", "DESCRIBE runs", "EXPLAIN SELECT * FROM runs",
        "EXPLAIN ANALYZE FROM runs", "PIVOT spans ON kind USING count(*) GROUP BY run_id",
        "WITH a AS (SELECT 1 AS x) SELECT x FROM a", "SELECT run_id -- a remark\nFROM runs",
        "SELECT 1 -- the end", "-- first\n/* then */ SELECT ';' AS a;;",
    ],
)  # fmt: skip
def test_sql_that_reads_is_answered(query: str) -> None:
    with load(SAMPLES / "otel_console") as db:
        result = db.read(query)
        assert result.row_count > 0
        assert len(result.rows(0, 1)[0]) == len(result.columns)


def test_a_run_is_named_by_any_unique_prefix() -> None:
    with load(SAMPLES / "openai_agents") as db:
        assert db.run("trace_6e10").name == "Plan a trip to Oslo"
        with pytest.raises(UsageError, match="several"):
            db.run("trace_")
        with pytest.raises(UsageError, match="no run"):
            db.run("nothing")


def test_a_worker_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    source = tmp_path / "endless.jsonl"
    os.mkfifo(source)
    script = "import sys; from tracetui import api; list(api.begin([sys.argv[1]]).updates())"
    parent = subprocess.Popen([sys.executable, "-c", script, str(source)], start_new_session=True)
    with source.open("wb"):  # opens once the worker reads
        (worker,) = _children(parent.pid)
        parent.kill()
        parent.wait()
        _wait_until(lambda: not Path(f"/proc/{worker}").exists())


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("the condition never held")


def test_ctrl_c_ends_a_running_query(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tracetui", "sql", "SELECT count(*) FROM range(1000000000000)"]
    source = SAMPLES / "otel_console" / "tour_weather_retry.json"
    started = tmp_path / "cache"
    query = subprocess.Popen(
        [*command, str(source)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**os.environ, "TRACETUI_CACHE": str(started)},
    )  # fmt: skip
    _wait_until(lambda: any(started.glob("session-*/traces.duckdb")))
    time.sleep(1)  # the query begins a moment after the database is there
    query.send_signal(signal.SIGINT)
    _, complaints = query.communicate(timeout=60)
    assert query.returncode == 130
    assert b"interrupted" in complaints


def test_a_time_beyond_what_sql_can_hold_is_reported_and_everything_else_answers(tmp_path: Path) -> None:
    late = {
        "traceId": "a" * 32,
        "spanId": "b" * 16,
        "name": "late",
        "startTimeUnixNano": "1700000000000000000",
    }
    late["endTimeUnixNano"] = str(2**63 - 1)
    batch = {"resourceSpans": [{"scopeSpans": [{"spans": [late]}]}]}
    (tmp_path / "late.jsonl").write_text(json.dumps(batch), encoding="utf-8")
    with load(tmp_path) as db:
        assert [issue.span_id for issue in db.issues() if issue.code == "bad_time"] == ["b" * 16]
        assert [source.spans for source in db.sources()] == [1]
        assert db.read("SELECT ended_at FROM spans").rows(0, 1) == [(None,)]


def test_no_module_of_the_folder_one_stands_in_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers are other processes of Python, which would look for modules beside a customer's files first."""
    for module in ("json", "orjson", "duckdb", "tracetui"):
        (tmp_path / f"{module}.py").write_text(
            f"open({str(tmp_path / 'ran')!r}, 'a').close()\n", encoding="utf-8"
        )
    (tmp_path / "a.jsonl").write_text(
        '{"tracetui": 1, "trace_id": "t", "span_id": "s", "name": "n"}\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    with load("a.jsonl", in_process=False) as db:
        result = db.open_queries().run("SELECT name FROM spans")
        assert result.rows(0, 1) == [("n",)]
    assert not (tmp_path / "ran").exists()
