"""Rows of any shape: guessed mappings, given ones, saved ones; what a row becomes; nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.guessed import columns, opened, spans, write_lines
from tests.formats.json_values import json_values
from tests.formats.reading import entries_of
from tracetui.api import mapping
from tracetui.errors import UsageError
from tracetui.formats.generic import FORMAT
from tracetui.formats.generic_guess import guess
from tracetui.formats.generic_map import FIELDS, SourceMap, from_toml, to_toml
from tracetui.model import ImportIssue, JsonValue, SpanKind, Status

VALUES = json_values(st.sampled_from(["start", "id", "name", "status"]))
ROWS: list[Any] = [
    {"step_no": 1, "parent_step": None, "what": "plan", "when_ms": 1790000000000, "took": 1200, "llm": "gpt-4o", "outcome": "ok"},
    {"step_no": 2, "parent_step": 1, "what": "search", "when_ms": 1790000001200, "took": 300, "llm": None, "outcome": "failed"},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path / "config"))


def test_names_and_values_tell_what_columns_are() -> None:
    assert columns(guess(ROWS)) == {
        "span_id": "step_no", "parent_id": "parent_step", "name": "what", "start": "when_ms", "duration": "took",
        "model": "llm", "status": "outcome",
    }  # fmt: skip
    assert all(0 < entry.confidence < 100 and entry.why for entry in guess(ROWS).fields)


@pytest.mark.parametrize(
    ("row", "field", "unit"),
    [
        ({"startTime": "2026-01-02T03:04:05Z"}, "start", None),
        ({"Start Time": 1790000000}, "start", None),
        ({"start_us": 1790000000000000}, "start", "us"),
        ({"elapsed_seconds": 2.5}, "duration", "s"),
        ({"latency": 250}, "duration", "ms"),
        ({"x": "2026-01-02 03:04:05"}, "start", None),
    ],
)
def test_units_of_times(row: dict[str, Any], field: str, unit: str | None) -> None:
    found = guess([row, row]).of(field)
    assert found is not None
    assert found.unit == unit


def test_values_that_do_not_fit_are_not_taken() -> None:
    rows = [
        {"start": "tomorrow", "input_tokens": "many", "id": 1},
        {"start": "never", "input_tokens": "few", "id": 1},
    ]
    assert columns(guess(rows)) == {}


def test_ids_need_only_differ_within_a_run() -> None:
    rows = [
        {"run_id": run, "step_id": step, "parent_step": 1 if step > 1 else None}
        for run in "ab"
        for step in (1, 2, 3)
    ]
    assert columns(guess(rows)) == {"trace_id": "run_id", "span_id": "step_id", "parent_id": "parent_step"}


def test_runs_ends_and_tokens_by_short_names() -> None:
    rows: list[Any] = [
        {
            "RunKey": run,
            "step_no": 1,
            "opened": 1763700000.25,
            "closed": 1763700001.75,
            "tok_in": 120,
            "tok_out": 20,
        }
        for run in ("r1", "r2")
    ]
    rows.append({**rows[0], "step_no": 2, "tok_in": None, "tok_out": None})
    assert columns(guess(rows)) == {
        "trace_id": "RunKey", "span_id": "step_no", "start": "opened", "end": "closed",
        "input_tokens": "tok_in", "output_tokens": "tok_out",
    }  # fmt: skip
    early = [{**row, "closed": 1763600000} for row in rows]
    assert "end" not in columns(guess(early))
    assert "trace_id" not in columns(guess(rows[:2]))  # each its own: no run is shared


@pytest.mark.parametrize("is_text", [False, True])
def test_columns_that_only_their_values_give_away(is_text: bool) -> None:
    rows: list[Any] = [
        {"knoten": "n1", "ober": None, "los": 1_760_000_000_123, "aus": 1_760_000_004_123, "sorte": "agent"},
        {"knoten": "n2", "ober": "n1", "los": 1_760_000_000_200, "aus": 1_760_000_001_200, "sorte": "llm"},
        {
            "knoten": "n3",
            "ober": "n1",
            "los": 1_760_000_001_300,
            "aus": 1_760_000_002_300,
            "sorte": "Tool Call",
        },
    ]
    if is_text:  # as in a CSV file
        rows = [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
    found = columns(guess(rows))
    assert found == {
        "span_id": "knoten", "parent_id": "ober", "start": "los", "end": "aus", "kind": "sorte"
    }  # fmt: skip


PAIRED: list[Any] = [
    {"ts": 1763700000, "event": "agent_start", "call_id": "a"},
    {"ts": 1763700001, "event": "tool_call", "call_id": "b", "tool": "search", "args": "x"},
    {"ts": 1763700002, "event": "progress", "call_id": "b"},
    {"ts": 1763700003, "event": "tool_result", "call_id": "b", "result": "none", "error": "boom"},
    {"ts": 1763700004, "event": "agent_end", "call_id": "a"},
    {"ts": 1763700005, "event": "agent_start", "call_id": "c"},
]


def test_rows_that_begin_and_end_a_step_are_one(tmp_path: Path) -> None:
    known = columns(guess(PAIRED))
    assert (known["phase"], known["span_id"]) == ("event", "call_id")
    with opened(write_lines(tmp_path / "mine.jsonl", PAIRED)) as db:
        (source,) = db.sources()
        assert (source.records, source.loaded, source.merged, source.skipped) == (6, 4, 2, 0)
        assert {issue.code for issue in db.issues()} == {"guessed_columns", "merged_records", "missing_end"}
        asked = "SELECT span_id, name, kind, status, duration_ns // 1000000000, input, output FROM spans WHERE line IS NOT NULL AND span_id <> 'rows' ORDER BY line"
        assert db.read(asked).rows(0, 9) == [
            ("a", "agent", "AGENT", "unset", 4, None, None),
            ("b", "search", "TOOL", "error", 2, "x", "none"),
            ("row-3", "progress", "UNKNOWN", "unset", None, None, None),
            ("c", "agent", "AGENT", "unfinished", None, None, None),
        ]


def test_rows_out_of_order_are_the_same_steps_by_whatever_names(tmp_path: Path) -> None:
    begun: list[dict[str, Any]] = [
        {"jobRef": job, "nodeRef": f"{job}/{own}", "upRef": up and f"{job}/{up}", "what": what, "phase": "begin", "clock": at + 1767225600000}
        for job, at in (("a", 0), ("b", 60_000))
        for own, up, what in (("1", None, "plan"), ("2", "1", "search"))
    ]  # fmt: skip
    ended = [
        {
            **row,
            "phase": "end",
            "clock": row["clock"] + 5_000,
            "err": "boom" if row["nodeRef"] == "b/2" else None,
        }
        for row in begun
    ]
    with opened(write_lines(tmp_path / "mine.jsonl", [*ended[::-1], *begun])) as db:
        asked = (
            "SELECT span_id, parent_id, name, status, duration_ns // 1000000000, run_id FROM spans ORDER BY 1"
        )
        assert db.read(asked).rows(0, 9) == [
            ("a/1", None, "plan", "unset", 5, "a"), ("a/2", "a/1", "search", "unset", 5, "a"),
            ("b/1", None, "plan", "unset", 5, "b"), ("b/2", "b/1", "search", "error", 5, "b")]  # fmt: skip
        shown = mapping.mapped_source(db, db.sources()[0].source).known
    (tmp_path / "own.csv").write_text("id,phase,ts\na,end,1767225605000\na,begin,1767225600000\n")
    with opened(tmp_path / "own.csv") as db:
        assert mapping.mapped_source(db, db.sources()[0].source).known.of("start") is not None
    assert columns(shown) == {
        "trace_id": "jobRef", "span_id": "nodeRef", "parent_id": "upRef", "name": "what", "phase": "phase",
        "start": "clock", "error": "err",
    }  # fmt: skip


def test_ends_wait_only_for_what_begins_before_them() -> None:
    known = SourceMap().with_field("phase", "phase").with_field("span_id", "id").with_field("start", "ts")
    rows = [
        {"phase": word, "id": "x", "ts": 1767225600 + at}
        for word, at in (("end", 1), ("begin", 2), ("end", 3))
    ]
    found = [span for span in spans(*rows, known=known) if not span.is_derived]
    assert [span.origin.line for span in found] == [1, 2, 3]
    rows = [rows[2], {"phase": "end", "id": "alone", "ts": 1767225600}, rows[1]]
    found = [span for span in spans(*rows, known=known) if not span.is_derived]
    assert [(span.origin.line, span.span_id) for span in found] == [(3, "x"), (1, "x"), (2, "alone")]


def test_rows_without_ids_are_paired_where_one_step_can_be_meant() -> None:
    rows = [{"event": f"tool_{word}", "tool": tool} for word in ("start", "end") for tool in ("a", "b")]
    ids = [span.span_id for span in spans(*rows) if not span.is_derived]
    assert ids == ["row-1", "row-2", "row-1", "row-2"]
    known = SourceMap().with_field("phase", "event")
    unsure = [span.span_id for span in spans(*rows, known=known) if not span.is_derived]
    assert unsure == ["row-1", "row-2", "row-3", "row-4"]


def test_an_id_that_is_used_again_is_another_step() -> None:
    rows = [{"phase": word, "id": "x"} for word in ("begin", "finish") * 2]
    ids = [span.span_id for span in spans(*rows) if not span.is_derived]
    assert ids == ["x", "x", "x~2", "x~2"]
    apart = [{"status": word, "id": number} for number, word in enumerate(("running", "done"))]
    assert "phase" not in columns(guess(apart))


def test_numbers_that_differ_are_no_ids() -> None:
    rows: list[Any] = [{"nr": 1, "kunde": 2}, {"nr": 2, "kunde": 1}, {"nr": 3, "kunde": None}]
    assert columns(guess(rows)) == {}


def test_units_at_the_end_of_short_names() -> None:
    row = {
        "id": "a",
        "parent": "",
        "t0_ms": "1763700000000",
        "dur_ms": "5000",
        "op": "plan",
        "text_in": "x",
        "text_out": "y",
    }
    known = guess([row])
    assert columns(known) == {
        "span_id": "id", "parent_id": "parent", "start": "t0_ms", "duration": "dur_ms", "name": "op",
        "input": "text_in", "output": "text_out",
    }  # fmt: skip
    (span,) = spans(row)
    assert (span.start_ns, span.end_ns) == (1_763_700_000_000_000_000, 1_763_700_005_000_000_000)
    assert not {"input", "output"} & columns(guess([{"in": 3, "out": 5}])).keys()


def test_sessions_are_runs_where_nothing_else_is() -> None:
    rows = [{"conversation_id": name, "what": "x"} for name in "aab"]
    found = spans(*rows)
    assert [(span.trace_id, span.session_id) for span in found if not span.is_derived] == [
        ("a", "a"),
        ("a", "a"),
        ("b", "b"),
    ]


def test_how_long_a_row_with_one_time_took_is_unknown() -> None:
    (row,) = spans({"ts": 1763700000, "what": "x", "trace_id": "a"})
    assert (row.start_ns, row.end_ns) == (1_763_700_000_000_000_000, None)


def test_keys_inside_objects_are_found() -> None:
    known = guess([{"usage": {"prompt_tokens": 3}, "meta": {"model": "m"}}] * 2)
    assert columns(known) == {"model": "meta.model", "input_tokens": "usage.prompt_tokens"}
    deep = {
        "meta": {"conversation": {"id": "c"}},
        "evt": {"payload": {"request": {"model": {"name": "none"}}, "response": "a"}, "stats": {"tok": {"in": 3}}},
        "response": {"usage": {"completion_tokens": 2}},
    }  # fmt: skip
    found = guess([deep, deep])
    assert columns(found) == {
        "trace_id": "meta.conversation.id", "session_id": "meta.conversation.id", "input": "evt.payload.request",
        "output": "response", "input_tokens": "evt.stats.tok.in", "output_tokens": "response.usage.completion_tokens",
    }  # fmt: skip
    said = [span for span in spans(deep, deep) if not span.is_derived]
    assert [(span.trace_id, span.usage and span.usage.input_tokens, span.attributes) for span in said] == [
        ("c", 3, deep)
    ] * 2
    many = {
        f"a{n}": {f"b{n}": {f"c{n}": {"d": {"model": "m"}} for n in range(60)} for n in range(60)}
        for n in range(60)
    }
    assert columns(guess([many])) == {}


def test_a_row_becomes_a_span() -> None:
    plan, search = spans(*ROWS)
    assert (plan.name, plan.kind, plan.model, plan.status) == ("plan", SpanKind.LLM, "gpt-4o", Status.OK)
    assert (plan.start_ns, plan.end_ns) == (1_790_000_000_000_000_000, 1_790_000_001_200_000_000)
    assert (search.parent_id, search.status) == ("1", Status.ERROR)
    assert search.attributes == ROWS[1]


@pytest.mark.parametrize(
    ("row", "status"),
    [({"success": True}, Status.OK), ({"is_error": True}, Status.ERROR), ({"status": 503}, Status.ERROR), ({"status": 200}, Status.OK),
     ({"status": "running"}, Status.UNFINISHED), ({"status": "paused"}, Status.INTERRUPTED), ({"status": "odd"}, Status.UNSET),
     ({"status": "ok", "error": "boom"}, Status.ERROR), ({"error": None, "id": 1}, Status.UNSET)],
)  # fmt: skip
def test_status(row: dict[str, Any], status: Status) -> None:
    assert spans(row)[-1].status is status


def test_words_for_how_a_step_ended_are_no_output() -> None:
    rows: list[Any] = [
        {"run": "r", "sort": sort, "out": "b", "result": word, "exc": said}
        for sort, word, said in (
            ("llm", "OK", None),
            ("tool", "EXCEPTION", "KeyError"),
            ("orchestrate", "OK", None),
        )
    ]
    assert columns(guess(rows)) == {
        "trace_id": "run", "kind": "sort", "output": "out", "status": "result", "error": "exc"
    }  # fmt: skip
    found = [(span.kind, span.status, span.error_message) for span in spans(*rows) if not span.is_derived]
    assert found == [
        (SpanKind.LLM, Status.OK, None), (SpanKind.TOOL, Status.ERROR, "KeyError"),
        (SpanKind.UNKNOWN, Status.OK, None)]  # fmt: skip
    answers = [{"question": "is it so, do you think?", "result": word} for word in ("true", "false")]
    assert columns(guess(answers))["output"] == "result"


def test_durations_without_times_are_told() -> None:
    (issue,) = [
        entry for entry in entries_of(FORMAT, {"name": "x", "took": 3}) if isinstance(entry, ImportIssue)
    ]
    assert issue.code == "times_incomplete"


def test_how_long_a_row_without_times_took_is_known_everywhere(tmp_path: Path) -> None:
    rows = [{"trace_id": name, "model": "m", "took_s": took} for name, took in (("a", 2), ("b", 3))]
    with opened(write_lines(tmp_path / "mine.jsonl", rows)) as db:
        assert [run.duration_ns for run in db.runs()] == [2 * 10**9, 3 * 10**9]
        assert db.tree("a").lasted_ns(0) == db.detail("a", 0).lasted_ns == 2 * 10**9
        asked = "SELECT sum(duration_ns) FROM steps UNION ALL SELECT sum(duration_ns) FROM llm_calls"
        assert db.read(asked).rows(0, 2) == [(5 * 10**9,)] * 2


def test_rows_without_parents_stand_under_one_run() -> None:
    root, *rows = spans({"run_id": "a", "event": "x"}, {"run_id": "a", "event": "y"})
    assert (root.is_derived, root.trace_id) == (True, "a")
    assert {row.parent_id for row in rows} == {root.span_id}


def test_rows_of_as_many_runs_are_runs_themselves() -> None:
    assert [(row.trace_id, row.parent_id) for row in spans({"run_id": "a"}, {"run_id": "b"})] == [
        ("a", None),
        ("b", None),
    ]


def test_a_mapping_is_the_same_after_writing_and_reading() -> None:
    odd = 'a"b\\c\n\u202e#'
    known = SourceMap((), (odd, "x")).with_field("start", odd, "ms").with_field("name", "x")
    assert from_toml(to_toml(known)) == known
    assert {entry.column for entry in from_toml(to_toml(guess(ROWS))).fields} == {
        entry.column for entry in guess(ROWS).fields
    }


@pytest.mark.parametrize(
    "text", ["[", "x = 1", "fields = 1", "[fields]\nodd = 'x'", "[fields]\nname = 3", "[fields]\nstart = {column = 'x', unit = 'years'}",
             "columns = 3\n[fields]", "steps = 1\n[fields]", "[fields]\n[steps]\nsteps = 'x'"]
)  # fmt: skip
def test_a_wrong_mapping_says_what_is_wrong(text: str) -> None:
    with pytest.raises(UsageError):
        from_toml(text)


@pytest.mark.parametrize(
    ("own", "up", "name"),
    [("step", "parent", None), ("operation", "parent", "operation"), ("vorgang", "eltern", "vorgang"), ("node", "up", "node")],
)  # fmt: skip
def test_names_by_which_rows_name_their_parents_are_ids(own: str, up: str, name: str | None) -> None:
    rows: list[Any] = [{own: "s0", "tokens": 3}, {own: "s1", up: "s0"}, {own: "s2", up: "s1"}]
    known = guess(rows)
    told = {entry.field: entry.column for entry in known.fields}
    assert (told.get("span_id"), told.get("parent_id"), told.get("name")) == (own, up, name)
    titled = guess([{**row, "title": f"look {n}"} for n, row in enumerate(rows)])
    ids = {entry.field: entry.column for entry in titled.fields}
    assert (ids["span_id"], ids["name"]) == (own, "title")


def test_names_that_rows_share_or_do_not_name_are_no_ids() -> None:
    shared: list[Any] = [{"name": "a"}, {"name": "b", "parent": "a"}, {"name": "b", "parent": "a"}]
    unknown: list[Any] = [{"name": "a"}, {"name": "b", "parent": "z"}]
    own: list[Any] = [{"id": "1", "name": "a"}, {"id": "2", "name": "b", "parent": "1"}]
    assert [entry.field for entry in guess(shared).fields] == ["name"]
    assert [entry.field for entry in guess(unknown).fields] == ["name"]
    assert {entry.field: entry.column for entry in guess(own).fields}["span_id"] == "id"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[fileds]\nname = 'x'", r"there is no 'fileds' \(did you mean fields\?\); .* columns, \[fields\], \[steps\]"),
        ("[fields]\nname = 'x'\n[step]\nname = 'y'", r"no 'step' \(did you mean steps\?\)"),
        ("odd = 1\n[fields]\nname = 'x'", "there is no 'odd'; a mapping holds"),
        ("[fields]\nspanid = 'x'", r"no field 'spanid' \(did you mean span_id\?\)"),
    ],
)  # fmt: skip
def test_a_table_or_field_that_there_is_not_is_refused_by_name(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        from_toml(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_whatever_the_rows_each_becomes_a_span(values: list[Any], inner: list[Any]) -> None:
    for rows in (
        values,
        [dict.fromkeys(("start", "id", "input", "status", "error", "tokens"), value) for value in inner],
    ):
        guess(rows)
        found = [span for span in spans(*rows) if not span.is_derived]
        assert len(found) >= len(rows)


# --- through the public door -----------------------------------------------------------------------------------


def test_lines_no_format_knows_are_loaded_and_it_is_said(tmp_path: Path) -> None:
    with opened(write_lines(tmp_path / "mine.jsonl", ROWS)) as db:
        (source,) = db.sources()
        assert (source.format, source.format_version, source.records, source.loaded) == (
            "generic",
            "guessed",
            2,
            2,
        )
        assert source.why_detected is not None
        assert "guessed" in source.why_detected
        assert "guessed_columns" in [issue.code for issue in db.issues()]
        assert db.read("SELECT count(*) FROM raw_records").rows(0, 1)[0][0] == 2


def test_wide_tables_load_row_by_row(tmp_path: Path) -> None:
    wide: list[dict[str, int]] = [{f"c{number}": row * number for number in range(300)} for row in range(5)]
    pq.write_table(pa.Table.from_pylist(wide), tmp_path / "wide.parquet")
    cells = [list(wide[0]), *([str(value) for value in row.values()] for row in wide)]
    text = "\n".join(",".join(row) for row in cells)
    (tmp_path / "wide.csv").write_text(text)
    (tmp_path / "one.csv").write_text("word\none\ntwo\n")
    with opened(tmp_path / "one.csv") as db:
        assert [(source.records, source.loaded) for source in db.sources()] == [(2, 2)]
    for name in ("wide.parquet", "wide.csv"):
        with opened(tmp_path / name) as db:
            (source,) = db.sources()
            assert (source.format, source.records, source.loaded, source.skipped) == ("generic", 5, 5, 0)
            found = db.read(
                "SELECT attributes FROM spans WHERE NOT is_synthetic AND attributes IS NOT NULL LIMIT 1"
            ).rows(0, 1)
            assert len(json.loads(str(found[0][0]))) == 300


def test_a_given_mapping_is_used_for_sources_that_have_its_columns(tmp_path: Path) -> None:
    known = SourceMap().with_field("name", "outcome").with_field("start", "when_ms", "ms")
    path = write_lines(tmp_path / "mine.jsonl", ROWS)
    with opened(path, mapping=to_toml(known)) as db:
        assert db.sources()[0].format_version == "given"
        names = {row[0] for row in db.read("SELECT name FROM spans").rows(0, 9)}
        assert {"ok", "failed"} <= names
    other = SourceMap().with_field("name", "no_such_column")
    with pytest.raises(UsageError, match="no source has the column 'no_such_column'"):
        opened(path, mapping=to_toml(other))


def test_a_saved_mapping_is_used_next_time(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "mine.jsonl", ROWS)
    with opened(path) as db:
        found = mapping.mapped_source(db, db.sources()[0].source)
    assert found.origin == "guessed"
    assert list(found.rows) == ROWS
    corrected = found.known.with_field("name", "outcome")
    assert [span.name for span in mapping.preview(corrected, found.rows)] == ["ok", "failed"]
    mapping.save(corrected)
    with opened(path) as db:
        assert db.sources()[0].format_version == "saved"
        assert mapping.mapped_source(db, db.sources()[0].source).known.of("name") == corrected.of("name")
    more = write_lines(tmp_path / "more.jsonl", [{**row, "extra": 1} for row in ROWS])
    with opened(more) as db:
        assert db.sources()[0].format_version == "saved"


def test_a_broken_saved_mapping_is_reported_and_left(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "mine.jsonl", ROWS)
    mapping.save(guess(ROWS)).write_text("[fields", encoding="utf-8")
    with opened(path) as db:
        assert "bad_map" in [issue.code for issue in db.issues()]
        assert db.sources()[0].format_version == "guessed"


def test_known_formats_are_read_as_before(tmp_path: Path) -> None:
    line = {"tracetui": 1, "trace_id": "t", "span_id": "s", "name": "x"}
    with opened(write_lines(tmp_path / "plain.jsonl", [line, line])) as db:
        assert db.sources()[0].format == "plain"


def test_a_lone_document_that_is_no_step_stays_unknown(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", ROWS)
    (tmp_path / "settings.json").write_text(json.dumps({"theme": "dark", "size": 3}, indent=1))
    with opened(tmp_path) as db:
        assert {source.source.rpartition("/")[2]: source.format for source in db.sources()} == {
            "a.jsonl": "generic",
            "settings.json": None,
        }


_THINGS: list[JsonValue] = [{"name": "a", "price": 1}, {"name": "b", "price": 2}]
_JOBS: list[JsonValue] = [{"name": "get", "uses": "checkout"}, {"run": "make"}]
_CALLS: list[JsonValue] = [{"name": "a", "price": 1, "tokens": 9}, {"name": "b", "price": 2, "tokens": 4}]


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ({"id": "x", "status": "ok", "type": "invoice", "items": _THINGS}, None),
        ({"name": "ci", "steps": _JOBS}, None),
        ({"name": "ci", "status": "ok", "steps": _JOBS}, None),
        ({"a": {"price": 1}, "b": {"price": 2}}, None),
        ({"host": "h", "items": _CALLS}, 3),
        ({"host": "h", "items": [{"name": "a", "type": "llm"}, {"name": "b", "type": "tool"}]}, 0),
        ({"host": "h", "items": [{"name": "a", "ms": 3}, {"name": "b", "ms": 3}]}, 0),
    ],
)  # fmt: skip
def test_a_document_with_a_list_of_things_is_none_of_steps(
    tmp_path: Path, document: JsonValue, cost: int | None
) -> None:
    write_lines(tmp_path / "a.jsonl", _THINGS)
    (tmp_path / "doc.json").write_text(json.dumps(document))
    with opened(tmp_path) as db:
        formats = {source.source.rpartition("/")[2]: source.format for source in db.sources()}
        assert formats == {"a.jsonl": "generic", "doc.json": None if cost is None else "generic"}
        assert sum(float(run.cost_usd or 0) for run in db.runs()) == (cost or 0)


def test_every_field_is_explained() -> None:
    assert all(FIELDS.values())


def test_runs_questions_and_answers_are_told_by_their_values() -> None:
    rows = [
        {
            "corr": f"0000{at // 2}000-0000-4000-8000-0000000000aa",
            "asked": "Where is my parcel, please?",
            "told": "It is at the depot now.",
        }
        for at in range(4)
    ]
    found = {entry.field: entry for entry in guess(rows).fields}
    assert {field: entry.column for field, entry in found.items()} == {
        "trace_id": "corr",
        "input": "asked",
        "output": "told",
    }
    words = [{"state": "New York", "colour": "red", "said": "a b"} for _ in range(3)]
    assert guess(words).of("trace_id") is None
    assert guess(words).of("input") is None


def test_why_a_column_is_taken_for_parents_is_told_once() -> None:
    rows: list[JsonValue] = [
        {"id": "a", "before": None},
        {"id": "b", "before": "a"},
        {"id": "c", "before": "a"},
    ]
    parent = guess(rows).of("parent_id")
    assert parent is not None
    assert parent.why.count("ids of other rows") == 1


def test_a_table_with_names_of_opentelemetry_but_no_trace_is_one_of_rows(tmp_path: Path) -> None:
    row = {"run_id": "r", "span_id": "a", "span_name": "ask", "start_time_unix_nano": 1767225600000000000}
    path = write_lines(tmp_path / "own.jsonl", [row, {**row, "span_id": "b", "parent_span_id": "a"}])
    with opened(path) as db:
        assert [(run.format, run.spans, run.name) for run in db.runs()] == [("generic", 2, "ask")]


def test_names_of_everyday_logs_and_what_their_values_tell() -> None:
    spans_of = {"trace": "a", "label": "x", "begin": "2026-01-01T00:00:00Z", "secs": 1.5, "payload": "p"}
    table: list[Any] = [{"span": "1", "parent": None, **spans_of}, {"span": "2", "parent": "1", **spans_of}]
    known = guess(table)
    assert columns(known) == {
        "trace_id": "trace", "span_id": "span", "parent_id": "parent", "name": "label", "start": "begin",
        "duration": "secs", "input": "payload",
    }  # fmt: skip
    assert (found := known.of("duration")) is not None
    assert found.unit == "s"
    numbered: list[Any] = [
        {"uid": 0, "up": None, "what": "root"},
        {"uid": 1, "up": 0, "what": "a"},
        {"uid": 2, "up": 0},
    ]
    assert columns(guess(numbered)) == {"span_id": "uid", "parent_id": "up", "name": "what"}


def test_events_tell_kinds() -> None:
    found = spans(
        *({"step_id": each, "event": each, "model": "m"} for each in ("agent_start", "llm_call", "tool_call"))
    )
    assert [span.kind for span in found if not span.is_derived] == [
        SpanKind.AGENT,
        SpanKind.LLM,
        SpanKind.TOOL,
    ]


def test_what_user_and_assistant_said_is_no_id() -> None:
    (run, said) = spans(*[{"data": {"conversation": "c", "user": "hello", "assistant": "hi"}}, 3])[:2]
    assert (said.name, said.input, said.output, said.user_id, run.name) == (
        "hello",
        "hello",
        "hi",
        None,
        "hello",
    )
