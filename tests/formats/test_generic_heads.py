"""Mappings guessed from more than the first rows, as they are shown; names in other words and orders."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.formats.guessed import columns, opened, spans, write_lines
from tracetui.api import mapping
from tracetui.formats.generic_guess import guess
from tracetui.formats.generic_names import kind_named, plain_name, unit_in
from tracetui.formats.generic_status import status_of
from tracetui.model import SpanKind, Status

_STEPS = 1_500


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path / "config"))


def _halves(count: int) -> list[dict[str, Any]]:
    begun = [{"id": f"s{n}", "event": "start", "ts": 1788000000 + n, "result": None} for n in range(count)]
    ended = [{"id": f"s{n}", "event": "end", "ts": 1788000000.5 + n, "result": "fine"} for n in range(count)]
    return begun + ended


def test_ends_far_from_their_begins_are_told(tmp_path: Path) -> None:
    rows = _halves(_STEPS)
    random.Random(7).shuffle(rows)  # an order, not a secret
    with opened(write_lines(tmp_path / "mine.jsonl", rows)) as db:
        (source,) = db.sources()
        assert (source.loaded, source.merged, source.skipped) == (_STEPS, _STEPS, 0)
        asked = "SELECT count(*), min(duration_ns), max(duration_ns) FROM spans WHERE output = 'fine'"
        assert db.read(asked).rows(0, 1) == [(_STEPS, 500_000_000, 500_000_000)]


def test_a_key_that_stands_first_in_a_later_row_is_seen(tmp_path: Path) -> None:
    rows: list[Any] = [{"step": n, "ts": 1788000000 + n} for n in range(100)]
    rows[70]["tool_name"] = "search"
    # and one of many that is broken changes nothing
    rows[90]["ts"] = "soon"
    with opened(write_lines(tmp_path / "mine.jsonl", rows)) as db:
        found = db.read("SELECT count(*), count(start_ns), any_value(kind) FROM spans WHERE line > 0").rows(
            0, 1
        )
        assert db.read("SELECT kind FROM spans WHERE tool_name = 'search'").rows(0, 9) == [("TOOL",)]
        assert found[0][1] >= 99


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_the_mapping_shown_is_the_one_that_rows_were_put_together_by(tmp_path: Path, ending: str) -> None:
    rows, path = _halves(4), tmp_path / f"mine.{ending}"
    if ending == "csv":
        lines = [";".join(rows[0]), *(";".join(str(cell or "") for cell in row.values()) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
    elif ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        write_lines(path, rows)
    with opened(path) as db:
        found = mapping.mapped_source(db, str(path))
        shown = mapping.preview(found.known, found.rows)
    assert (found.origin, len(found.rows)) == ("guessed", 8)
    assert (columns(found.known)["phase"], columns(found.known)["span_id"]) == ("event", "id")
    assert [(span.span_id, span.output) for span in shown] == [(f"s{n}", "fine") for n in range(4)]
    assert all(span.end_ns - span.start_ns == 500_000_000 for span in shown if span.start_ns and span.end_ns)


def test_a_mapping_that_a_database_holds_is_read_back_or_refused() -> None:
    known = guess(_halves(3))
    assert mapping.unpacked(mapping.packed(known)) == known
    for text in ("", "[]", "null", '{"fields": [["name"]], "columns": [], "inner": null}', '{"fields": 1}',
                 '{"fields": [["none", "a", null, 1, "b"]], "columns": [], "inner": null}',
                 '{"fields": [["name", 7, null, 1, "b"]], "columns": [], "inner": null}'):  # fmt: skip
        with pytest.raises(ValueError, match=r"JSON|mapping"):
            mapping.unpacked(text)


def test_german_columns_are_told() -> None:
    rows = [
        {"Lauf": "L1", "Vorgang": name, "Art": kind, "Zeitstempel": f"2026-11-01T10:00:0{n}", "Dauer (s)": "0,5", "Fehlermeldung": None,
         "Übergeordnet": None, "Schritt": n, "Ergebnis": "gut"}
        for n, (name, kind) in enumerate([("planen", "LLM-Aufruf"), ("suchen", "tool_exec")])
    ]  # fmt: skip
    assert columns(guess(rows)) == {
        "trace_id": "Lauf", "span_id": "Schritt", "parent_id": "Übergeordnet", "name": "Vorgang", "kind": "Art", "start": "Zeitstempel",
        "duration": "Dauer (s)", "output": "Ergebnis", "error": "Fehlermeldung",
    }  # fmt: skip
    found = [span for span in spans(*rows) if not span.is_derived]
    assert [(span.name, span.kind) for span in found] == [("planen", SpanKind.LLM), ("suchen", SpanKind.TOOL)]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *((word, SpanKind.TOOL) for word in ("tool_exec", "ToolCall", "tool.exec", "execute_tool", "on_tool_start")),
        *((word, SpanKind.LLM) for word in ("llm_request", "LLMCall", "call_llm", "model_call_failed")),
        *((word, None) for word in ("planning", "end", "run", "call", "request", "start_end", "")),
    ],
)  # fmt: skip
def test_words_for_kinds_of_steps(word: str, kind: SpanKind | None) -> None:
    assert kind_named(word) is kind


def test_units_stand_first_or_last() -> None:
    names = ("took_ms", "ms_spent", "secsElapsed", "Dauer (Sekunden)", "ms")
    assert [unit_in(plain_name(name))[1] for name in names] == ["ms", "ms", "s", "s", "ms"]
    assert columns(guess([{"op": "x", "ms_spent": 1}, {"op": "y", "ms_spent": 2}]))["duration"] == "ms_spent"


def test_truths_as_text_are_those_of_their_column() -> None:
    assert [status_of(word, "is_error") for word in (True, "true", "1", 1, "yes")] == [Status.ERROR] * 5
    assert [status_of(word, "erfolgreich") for word in ("ja", "1", True)] == [Status.OK] * 3
    assert [status_of(word, "success") for word in ("no", "false", 0)] == [Status.ERROR] * 3


def test_what_a_summary_names_is_no_call(tmp_path: Path) -> None:
    (row,) = [
        span for span in spans({"turn": 1, "model": "m-1", "tokens": 8, "topTool": "Bash"}, {}) if span.model
    ]
    assert (row.kind, row.tool_name) == (SpanKind.LLM, None)
    lone = tmp_path / "asked.json"
    lone.write_text(json.dumps({"question": "Who was it?", "answer": "The gardener."}), encoding="utf-8")
    with opened(lone) as db:
        assert [run.steps for run in db.runs()] == [1]


def test_rows_stand_under_their_names_in_a_document(tmp_path: Path) -> None:
    path = tmp_path / "asked.json"
    asked = {
        "one": {"prompt": "Who was it?", "response": "The gardener."},
        "two": {"prompt": "Where?", "response": "Here."},
    }
    path.write_text(json.dumps(asked), encoding="utf-8")
    with opened(path) as db:
        (source,) = db.sources()
        assert (source.records, source.loaded) == (2, 2)
        found = db.read("SELECT name, kind, input FROM spans WHERE kind = 'LLM' ORDER BY name").rows(0, 9)
        assert found == [("one", "LLM", "Who was it?"), ("two", "LLM", "Where?")]
    # objects whose keys are those of a step are one
    assert len(spans({"input": {"text": "a"}, "output": {"text": "b"}, "trace_id": "t"})) == 1


def test_objects_named_for_kinds_of_steps_are_steps_of_their_row(tmp_path: Path) -> None:
    model = {
        "model": "m-1",
        "prompt": "look it up",
        "completion": "",
        "prompt_tokens": 9,
        "completion_tokens": 2,
    }
    tool = {"name": "search", "args": {"q": "x"}, "result": "found", "duration_ms": 12}
    rows = [
        {"turn": n, "ts": 1788000000 + n, "llm": model, **({"tool": tool} if n else {})} for n in range(2)
    ]
    known = guess(rows)
    assert columns(known)["steps"] == "llm + tool"
    given = mapping.from_toml(mapping.to_toml(known))
    with opened(write_lines(tmp_path / "mine.jsonl", rows), mapping=mapping.to_toml(given)) as db:
        (run,) = db.runs()
        assert (run.steps, run.llm_calls, run.tool_calls, run.input_tokens) == (3, 2, 1, 18)
        asked = "SELECT tool_name, input, output, duration_ns FROM spans WHERE kind = 'TOOL'"
        assert db.read(asked).rows(0, 9) == [("search", '{"q":"x"}', "found", 12_000_000)]
