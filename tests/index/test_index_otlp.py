"""OTLP lines: the index gives every span the columns and the place that the full reader gives it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import orjson
import pytest

from benchmarks import generate
from tests.index.compare import Indexed, hot, indexed, read_lines, read_rows
from tests.index.otlp_text import attribute, line, line_of, resource, scope, span
from tracetui.formats.otlp import FORMAT
from tracetui.reading import pieces
from tracetui.sql import conventions as tables
from tracetui.store import connection, index
from tracetui.store.index import IndexJob, can_index, index_source
from tracetui.store.index_attributes import hot_keys

VALUES = (
    "chat",
    "",
    "12",
    "-3",
    "007x",
    '"LLM"',
    "AGENT",
    7,
    0,
    2.0,
    0.00025,
    True,
    ["a"],
    "LangChain",
    "1e3",
)
MEMBERS = '{"input": 5, "output": 7, "total": 12, "input_cached_tokens": "3", "prompt_tokens": 1.5, "total_cost": 0.2}'


def same(path: Path, folder: Path) -> Indexed:
    """Index a file, and assert that the rows that it indexed are those of the format."""
    found = indexed(path, "otlp", "jsonl", folder)
    rest = frozenset(piece.line for piece in found.outcome.rest)
    assert hot(found.rows) == hot(read_rows(FORMAT, read_lines(path)), rest)
    assert found.outcome.records == found.outcome.spans + len(found.outcome.rest)
    assert found.outcome.spans == len(found.rows)
    return found


def written(folder: Path, *lines: bytes) -> Path:
    path = folder / "spans.jsonl"
    path.write_bytes(b"".join(lines))
    return path


@pytest.mark.parametrize("payload", ["light", "heavy"])
def test_generated_spans_have_the_same_columns_and_are_found_again(payload: str, tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    generate.write(path, "otlp", payload, 1_200)
    found = same(path, tmp_path)
    assert found.outcome.rest == ()
    octets = path.read_bytes()
    for row in found.rows:
        text = octets[row["byte_offset"] : row["byte_offset"] + row["byte_length"]]
        assert orjson.loads(text)["spanId"] == row["span_id"]
        assert text.endswith(b"}")


def test_files_with_defects_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    generate.write(path, "otlp", "light", 15_000, defects=True)
    found = same(path, tmp_path)
    octets = path.read_bytes()
    rest = [octets[piece.byte_offset : piece.byte_offset + piece.byte_length] for piece in found.outcome.rest]
    assert found.outcome.spans == 15_000
    assert rest[1] == b"{not json}"
    assert len(rest) == 3  # two bad lines and the torn last one
    for piece, text in zip(found.outcome.rest, rest, strict=True):
        assert octets.split(b"\n")[piece.line - 1] == text


def test_samples(samples: Path, tmp_path: Path) -> None:
    paths = sorted((samples / "otlp").glob("*.jsonl"))
    assert paths
    assert sum(same(path, tmp_path).outcome.spans for path in paths) > 0


def test_real_exports(real_traces: Path, tmp_path: Path) -> None:
    paths = [
        path for path in sorted(real_traces.glob("otlp_jsonl/*/*.json*")) if path.stat().st_size < 4_000_000
    ]
    assert paths
    assert sum(same(path, tmp_path).outcome.spans for path in paths) > 0


@pytest.mark.parametrize("head", [(), ("gen_ai.operation.name", "llm.cost.total")])
@pytest.mark.parametrize("samples", [1, 16])
def test_every_attribute_of_the_conventions_with_every_kind_of_value(
    head: tuple[str, ...], samples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all attributes rare, some in use from the beginning of the file, and all found to be in use."""
    monkeypatch.setattr(index, "_SAMPLES", samples)
    spans = [span({key: value}) for key in hot_keys() for value in (*VALUES, MEMBERS)]
    padding = span({"padding": "x" * (1 << 20)})
    first = [span(dict.fromkeys(head, "chat")), padding]
    path = written(tmp_path, line_of(*first), *map(line_of, spans))
    figures = {key for keys in (*tables.INTEGER_KEYS.values(), tables.COST_KEYS) for key in keys}
    figures |= {*tables.COUNT_MEMBERS, *tables.COST_MEMBERS_OF}
    asked = [key for key in hot_keys() for _ in (*VALUES, MEMBERS)]
    left = {piece.line for piece in same(path, tmp_path).outcome.rest} - {1}
    assert {asked[number - 2] for number in left if number is not None} == figures


def test_lines_with_attributes_that_no_sample_showed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read again with their headers; a line that is odd besides goes to the full reader, once."""
    monkeypatch.setattr(index, "_SAMPLES", 1)
    monkeypatch.setattr(index, "_SAMPLE_BYTES", 1)
    usual, other = {"padding": 1}, {"gen_ai.usage.input_tokens": 5, "gen_ai.operation.name": "chat"}
    escaped = line_of(span(other)).replace(b"gen_ai.operation.name", b"gen_ai\\u002eoperation.name")
    torn = line_of(span(other))[:-10] + b"\n"
    path = written(
        tmp_path, line_of(span(usual)), line_of(span(other), span(usual)), escaped, torn,
        line_of(span({"gen_ai.usage.input_tokens": "many"})), line_of(span(other)),
    )  # fmt: skip
    found = same(path, tmp_path)
    assert [piece.line for piece in found.outcome.rest] == [4, 5]
    assert [(row["line"], row["kind"]) for row in found.rows] == [
        (1, "UNKNOWN"), (2, "LLM"), (2, "UNKNOWN"), (3, "LLM"), (6, "LLM"),
    ]  # fmt: skip
    assert len({row["span_key"] for row in found.rows}) == 5
    offsets = [row["byte_offset"] for row in found.rows]  # in the order of their keys
    assert offsets == sorted(offsets)
    octets = path.read_bytes()
    for row in found.rows:
        text = octets[row["byte_offset"] : row["byte_offset"] + row["byte_length"]]
        assert orjson.loads(text)["spanId"] == row["span_id"]
    with duckdb.connect(str(tmp_path / f"{path.name}.duckdb"), read_only=True) as reading:
        told = reading.execute(
            "SELECT count(*) FROM store.spans JOIN store.headers USING (header_key, source_key)"
        ).fetchall()
    assert told == [(5,)]


def test_reading_lines_again_can_be_stopped_and_goes_on_from_where_the_file_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_SAMPLES", 1)
    monkeypatch.setattr(index, "_SAMPLE_BYTES", 1)
    usual, other = span({"input.value": "x" * 9_000}), span({"gen_ai.operation.name": "chat"})
    lines = [line_of(*([other if at % 3 else usual] * 150)) for at in range(12)]
    path = written(tmp_path, *lines)
    job = IndexJob(str(path), "otlp", "jsonl", 1, 0, 1)
    told: list[tuple[int, ...]] = []
    with connection.create(tmp_path / "again.duckdb") as writing:
        assert index_source(writing, job, lambda *done: told.append(done)).spans == 1_800
    assert told == sorted(told)
    again = [at for at, done in enumerate(told) if done[0] == path.stat().st_size][1:]
    assert len(again) == 2 * 4  # four stretches of lines, looked through for keys and then read

    for last in (again[0], again[-1]):
        with connection.create(tmp_path / f"stopped-{last}.duckdb") as writing:
            with pytest.raises(KeyboardInterrupt):
                index_source(writing, job, _stopping_after(last))
            assert writing.execute("SELECT count(*) FROM store.spans").fetchall() == [(0,)]


def _stopping_after(calls: int) -> index.Progress:
    left = iter(range(calls))

    def progress(_done: int, _rows: int) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return progress


def test_several_attributes_of_one_column(tmp_path: Path) -> None:
    """Each span on a line of its own, since one with a figure that is none takes its line to the full reader."""
    texts, integers = [*tables.TEXT_KEYS.values()], [*tables.INTEGER_KEYS.values()]
    pairs = (("", "b"), (True, 5), ("x", "3"), (1.5, 2.0), (4, "3"), ("0", 6))
    groups = [(keys, 0) for keys in texts] + [(keys, 4) for keys in integers] + [(tables.COST_KEYS, 3)]
    spans, left = [], []
    for keys, unread in groups:
        for at, values in enumerate(pairs):
            for order in (keys, tuple(reversed(keys))):
                spans.append(span(dict(zip(order, values, strict=False))))
                left += [len(spans)] if at < unread else []
    spans.append(
        span({"llm.request.type": "odd", "traceloop.span.kind": "tool", "traceloop.entity.name": "t"})
    )
    spans.append(span({"openinference.span.kind": "TOOL"}, name="handoff to refunds"))
    spans.append(span({}, name="execute_event_loop_cycle"))
    found = same(written(tmp_path, *map(line_of, spans)), tmp_path)
    assert [piece.line for piece in found.outcome.rest] == left


def test_statuses_errors_and_interrupts(tmp_path: Path) -> None:
    def exception(**said: object) -> dict[str, object]:
        return {
            "name": "exception",
            "attributes": [attribute(f"exception.{key}", v) for key, v in said.items()],
        }

    codes = (0, 1, 2, "STATUS_CODE_ERROR", "Ok", "odd", "2", None)
    messages = (None, "", "ValueError: no", "a\nb", "Traceback (most recent call last):\n  x\nKeyError: 'k'\n",
                "langgraph.errors.GraphInterrupt(1)", "\u2028 first \u2028second", " \r\n ")  # fmt: skip
    events: tuple[list[object], ...] = ([], [exception(type="KeyError", message="k")], [exception(type="x.NodeInterrupt")],
              [exception(type="A"), exception(message="m"), {"name": "other"}], [exception(type=5)])  # fmt: skip
    spans = [
        span({}, status={"code": code, "message": message}, events=raised)
        for code in codes for message in messages for raised in events
    ]  # fmt: skip
    spans += [
        span({"error.type": "GraphInterrupt"}),
        span({"error.type": "T", "error.message": "from attribute"}),
    ]
    spans += [
        span({"error.message": "m"}, status={"code": 2}),
        span({"gen_ai.tool.status": "Error", "error.message": "m"}, status={"code": 1}),
        span({}, status=None),
        span({}, endTimeUnixNano=None),
    ]
    assert same(written(tmp_path, line_of(*spans)), tmp_path).outcome.rest == ()


def test_ids_and_times_in_other_forms_are_left_to_the_full_reader(tmp_path: Path) -> None:
    odd = (
        {"spanId": "EEE19B7EC3C1B174"},
        {"traceId": "W47/95gDgQPSabYzgT/GDA=="},
        {"startTimeUnixNano": "1.76e18"},
        {"parentSpanId": "x"},
        {"spanId": ""},
        {"traceId": "0" * 32},
    )
    path = written(tmp_path, *(line_of(span({}, **fields)) for fields in odd), line_of(span()))
    found = same(path, tmp_path)
    assert [piece.line for piece in found.outcome.rest] == [1, 2, 3, 4, 5, 6]
    regular = (
        {"startTimeUnixNano": "0"},
        {"parentSpanId": "0" * 16},
        {"startTimeUnixNano": 1},
        {"kind": "SPAN_KIND_CLIENT"},
    )
    found = same(written(tmp_path, *(line_of(span({}, **fields)) for fields in regular)), tmp_path)
    assert found.outcome.rest == ()


def test_resources_scopes_schemas_and_links(tmp_path: Path) -> None:
    linked = span(
        {},
        links=[
            {"traceId": "a" * 32, "spanId": "b" * 16},
            {"traceId": "c" * 32, "attributes": [attribute("]", "}]")]},
        ],
    )
    production: dict[str, object] = {"deployment.environment.name": "production", "service.version": "2"}
    lines = (
        line(
            resource(
                scope(span(), linked),
                scope(linked, span(), name="other", schemaUrl="https://a/b"),
                attributes=production,
            ),
            resource(
                scope(span({"langfuse.environment": "own"})),
                attributes={"langfuse.release": 3},
                schemaUrl="u",
            ),
        ),
        b"\n",
        line(resource(scope(span()))),
        line(resource(scope(), attributes=production)),
    )
    found = same(written(tmp_path, *lines), tmp_path)
    assert [row["environment"] for row in found.rows] == ["production"] * 4 + ["own", None]
    assert len({row["header_key"] for row in found.rows}) == 4
    assert [piece.line for piece in found.outcome.rest] == [4]


def test_headers_say_where_resource_and_scope_stand(tmp_path: Path) -> None:
    path = written(tmp_path, line(resource(scope(span(), name="é"), attributes={"service.version": 7})))
    with connection.create(tmp_path / "headers.duckdb") as writing:
        index_source(writing, IndexJob(str(path), "otlp", "jsonl", 1, 0, 1), lambda _done, _rows: None)
        ((resource_at, resource_size, scope_at, scope_size),) = writing.execute(
            "SELECT resource_offset, resource_length, scope_offset, scope_length FROM store.headers"
        ).fetchall()
    octets = path.read_bytes()
    assert (
        orjson.loads(octets[resource_at : resource_at + resource_size])["attributes"][0]["key"]
        == "service.version"
    )
    assert orjson.loads(octets[scope_at : scope_at + scope_size]) == {"name": "é"}


def test_lines_longer_than_a_chunk_and_longer_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = line_of(*(span({"input.value": "x" * 900}) for _ in range(5_000)))
    assert len(many) > pieces.CHUNK_BYTES
    monkeypatch.setattr(pieces, "LONGEST_LINE_BYTES", len(many) - 1)
    too_long = line_of(span({"input.value": "x" * 20_000_000}))
    found = indexed(written(tmp_path, line_of(span()), too_long, line_of(span())), "otlp", "jsonl", tmp_path)
    assert (found.outcome.spans, [piece.line for piece in found.outcome.rest]) == (2, [2])
    assert found.outcome.rest[0].byte_length == len(too_long) - 1
    assert [row["line"] for row in found.rows] == [1, 3]
    assert same(written(tmp_path, many, many[:-1]), tmp_path).outcome.spans == 10_000


def test_a_progress_that_raises_leaves_nothing_behind(tmp_path: Path) -> None:
    path = written(
        tmp_path, *(line_of(*(span({"input.value": "x" * 9_000}) for _ in range(200))) for _ in range(9))
    )

    def cancel(done: int, _rows: int) -> None:
        if done > 5_000_000:
            raise KeyboardInterrupt

    with connection.create(tmp_path / "cancelled.duckdb") as writing:
        with pytest.raises(KeyboardInterrupt):
            index_source(writing, IndexJob(str(path), "otlp", "jsonl", 1, 0, 1), cancel)
        assert writing.execute("SELECT count(*) FROM store.spans").fetchall() == [(0,)]


def test_only_regular_heads_are_indexed() -> None:
    regular = line_of(span({"a": "b"}), span())
    assert can_index(regular * 3, "otlp")
    assert can_index(regular[:-20], "otlp")
    assert not can_index(regular, "langsmith")
    assert not can_index(orjson.dumps(orjson.loads(regular), option=orjson.OPT_INDENT_2), "otlp")
    assert not can_index(b'{"resourceLogs":[]}\n' * 9 + regular, "otlp")
    assert not can_index(line_of({**span(), "attributes": {"plain": "object"}}, span()), "otlp")


def test_too_little_memory_costs_a_second_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "spans.jsonl"
    generate.write(path, "otlp", "light", 3_000)
    monkeypatch.setattr(index, "_MEMORY", "1MB")  # nothing can be done with so little
    with connection.create(tmp_path / "little.duckdb") as writing:
        before = writing.execute("SELECT current_setting('memory_limit')").fetchall()
        outcome = index_source(
            writing, IndexJob(str(path), "otlp", "jsonl", 1, 0, 1), lambda _done, _rows: None
        )
        assert (outcome.spans, outcome.rest) == (3_000, ())
        assert writing.execute("SELECT count(*) FROM store.spans").fetchall() == [(3_000,)]
        assert writing.execute("SELECT current_setting('memory_limit')").fetchall() == before


@pytest.mark.parametrize("time", ["9214646400000000000", "9214646400000000001", "9223372036854775807"])
def test_times_at_the_end_of_int64(time: str, tmp_path: Path) -> None:
    late = {**span({}), "endTimeUnixNano": time}
    found = same(written(tmp_path, line_of(span({})), line_of(late)), tmp_path)
    assert len(found.outcome.rest) == (time != "9214646400000000000")


def test_broken_text_in_an_answer_that_tells_charges_is_left_to_the_full_reader(tmp_path: Path) -> None:
    told = {
        "llm.token_count.prompt": 10,
        "output.value": '{"service_tier": "flex", "type": "web_search_call"}',
    }
    lines = [line_of(span(told)) for _ in range(12)]
    for at, octets in enumerate((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f")):
        lines[at * 2] = lines[at * 2].replace(b"flex", b"flex" + octets)
    found = indexed(written(tmp_path, *lines), "otlp", "jsonl", tmp_path)
    assert (found.outcome.spans, [piece.line for piece in found.outcome.rest]) == (8, [1, 3, 5, 7])
    assert {row["service_tier"] for row in found.rows} == {"flex"}
