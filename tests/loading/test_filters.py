"""The filter language through the door that screens and commands use, on bundled samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui import api
from tracetui.analysis.filter_grammar import parse
from tracetui.errors import FilterError
from tracetui.store.filters import run_condition, span_condition


@pytest.fixture(scope="module")
def db() -> Iterator[api.TraceDB]:
    with load(SAMPLES / "otlp", SAMPLES / "openai_agents") as found:
        yield found


def names(db: api.TraceDB, text: str) -> set[str]:
    runs = db.runs(text)
    assert db.run_count(text) == len(runs)
    return {run.name for run in runs}


def test_an_empty_filter_lets_everything_through(db: api.TraceDB) -> None:
    assert len(db.runs("  ")) == len(db.runs()) == db.run_count()


def test_fields_agree_with_the_runs_themselves(db: api.TraceDB) -> None:
    runs = db.runs()
    expected = {
        "status:error": {run.run_id for run in runs if run.status == "error"},
        "status:failed,ok": {run.run_id for run in runs if run.status in ("error", "ok")},
        "-status:error": {run.run_id for run in runs if run.status != "error"},
        "status:!=error": {run.run_id for run in runs if run.status != "error"},
        "latency:>10s": {run.run_id for run in runs if (run.duration_ns or 0) > 10**10},
        "latency:..10s": {
            run.run_id for run in runs if run.duration_ns is not None and run.duration_ns <= 10**10
        },
        "steps:5..10": {run.run_id for run in runs if 5 <= (run.steps or 0) <= 10},
        "tokens:>=1k": {run.run_id for run in runs if (run.total_tokens or 0) >= 1000},
        "model:gpt-4o*": {run.run_id for run in runs if any(m.startswith("gpt-4o") for m in run.models)},
        "format:=otlp": {run.run_id for run in runs if run.format == "otlp"},
        "error:timeout": {
            run.run_id for run in runs if "timeout" in f"{run.error_type} {run.error_message}".lower()
        },
        "NOT error:*": {run.run_id for run in runs if not (run.error_type or run.error_message)},
        "tool:search_flights OR tool:=nothing": {
            run.run_id for run in runs
            if db.read("SELECT count(*) FROM tool_calls WHERE run_id = ? AND name LIKE '%search_flights%'",
                      [run.run_id]).rows(0, 1) != [(0,)]
        },
    }  # fmt: skip
    for text, wanted in expected.items():
        assert {run.run_id for run in db.runs(text)} == wanted, text
    assert all(wanted for text, wanted in expected.items()), expected


def test_words_brackets_and_quotes(db: api.TraceDB) -> None:
    assert names(db, "workflow TimeoutError") == names(db, "plan_trip status:error") != set()
    assert names(db, '("travel agent" OR research) -status:ok') <= names(db, "status:error")
    assert names(db, "started:2026-03-10") == names(db, "started:>=2026-03-10 started:<2026-03-11")


@pytest.mark.parametrize(
    "said",
    [
        "2026-02-17", "2026-02-17T09", "2026-02-17T09Z", "2026-02-17T09:12", "2026-02-17T09:12Z", "2026-02-17T09:12:04",
        "2026-02-17T09:12:04Z", "2026-02-17T10:12+01:00", "2026-02-17T10:12:04+0100", "2026-02-17T04-05",
        "2026-02-17T09:12:04.000Z", "2026-02-17T09:12:04.000331Z", "2026-02-17T14:42:04.000331000+05:30",
        "2026-02-17T09:11..2026-02-17T09:12Z", ">=2026-02-17T09:12:04Z", "<=2026-02-17T09:12:04.00Z", '"2026-02-17 09:12:04"',
    ],
)  # fmt: skip
def test_a_time_stands_for_what_it_leaves_open(db: api.TraceDB, said: str) -> None:
    run = "run:04ac704eb278c493146dd09e22f5ead1"  # started at 09:12:04.000331 UTC
    assert db.run_count(f"{run} started:{said}") == 1
    assert db.run_count(f"{run} -started:{said}") == 0


@pytest.mark.parametrize(
    "said",
    [
        "2026-02-18", "2026-02-17T08", "2026-02-17T10Z", "2026-02-17T09:12+01:00", "2026-02-17T09:12:04.001Z", ">2026-02-17T09:12",
        "<2026-02-17T09:12:04Z", "2026-02-17T09:12:04.000331001Z", "2026-02-17T09:13..", ">2026-02-17T09:12:04.000331Z",
    ],
)  # fmt: skip
def test_other_times_are_other_times(db: api.TraceDB, said: str) -> None:
    assert db.run_count(f"run:04ac704eb278c493146dd09e22f5ead1 started:{said}") == 0


def test_fractions_of_counts_are_compared_as_they_are(db: api.TraceDB) -> None:
    run = "run:04ac704eb278c493146dd09e22f5ead1"  # 15 steps, 3969 tokens
    holds = [
        "steps:15.0", "steps:!=15.5", "steps:>14.5", "steps:>=14.5", "steps:<15.5", "steps:<=15.5", "steps:14.5..15.5",
        "tokens:3.969k", "tokens:<3.9695k", "latency:23625226000ns", "latency:<23625226000.5ns",
    ]  # fmt: skip
    fails = [
        "steps:15.5", "steps:14.5", "steps:>=15.5", "steps:>15.5", "steps:<14.5", "steps:<=14.5", "steps:15.2..15.8",
        "tokens:3.9695k", "latency:23625226000.5ns", "latency:>=23625226000.5ns",
    ]  # fmt: skip
    assert [text for text in holds if db.run_count(f"{run} {text}") != 1] == []
    assert [text for text in fails if db.run_count(f"{run} {text}") != 0] == []


def test_texts_attributes_and_scores_of_spans(db: api.TraceDB) -> None:
    assert names(db, "text:SEARCH_flights") == names(db, 'text:"search_flights"') != set()
    found = db.runs("attr.gen_ai.request.model:gpt*")
    held = db.read(
        "SELECT DISTINCT run_id FROM spans WHERE attributes->>'$.\"gen_ai.request.model\"' LIKE 'gpt%'"
    )
    assert {run.run_id for run in found} == {run_id for (run_id,) in held.rows(0, 10**6)} != set()
    assert {run.run_id for run in db.runs("attr.gen_ai.usage.input_tokens:>100000000")} == set()
    scored = db.read("SELECT DISTINCT run_id, name FROM scores WHERE run_id IS NOT NULL").rows(0, 100)
    for run_id, name in scored:
        assert run_id in {run.run_id for run in db.runs(f'score.{name}:"" OR score.{name}:*')}


def test_a_star_in_text_stands_for_anything(db: api.TraceDB) -> None:
    whole = names(db, "text:search_flights")
    for same in (
        "text:search_flights*",
        "text:*SEARCH_flights",
        "text:search_fl*ghts",
        "text:qq*zz,sear*h_flights",
    ):
        assert names(db, same) == whole, same
    for none in (
        'text:"search_flights*"',
        "text:search%fl*ghts",
        "text:sear_h*flights",
        "text:search\\_fl*ghts",
    ):
        assert names(db, none) == set(), none
    assert db.run_count("text:*") == db.run_count()
    run = db.runs("text:search_flights")[0]
    assert (
        db.matching(run.run_id, "text:search_fl*ghts") == db.matching(run.run_id, "text:search_flights") != []
    )


def test_text_without_a_star_within_stays_no_pattern() -> None:
    assert run_condition("text:*refund*") == run_condition("text:refund") == run_condition('text:"refund"')
    assert "LIKE" not in run_condition("text:refund*").sql


def test_spans_of_a_run(db: api.TraceDB) -> None:
    run = db.runs("status:error travel", limit=1)[0]
    tree = db.tree(run.run_id)
    assert db.matching(run.run_id, "kind:tool") == [at for at in range(len(tree)) if tree.kind[at] == "TOOL"]
    assert db.matching(run.run_id, "status:error kind:tool latency:>8s")
    assert db.matching(run.run_id, "run:nothing") == []
    assert db.matching(run.run_id, "attr.a..b:1") == []
    assert db.matching(run.run_id, "") == list(range(len(tree)))


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("statuss:error", 0, "Did you mean status?"),
        ("a status:eror", 9, "Did you mean error?"),
        ("latency:>fast", 9, ""),
        ("cost:>", 6, ""),
        ("name:>b", 6, ""),
        ("status:>ok", 8, ""),
        ('say "hello', 4, ""),
        ("(a b", 0, ""),
        ("a)", 1, ""),
        ("()", 0, ""),
        ("a OR", 2, ""),
        ("-", 1, ""),
        ("tokens:99999999999999999999999", 7, ""),
        ("steps:1_0", 6, ""),
        ("steps:>１", 7, ""),
        ("cost:>1_0", 6, ""),
        ("cost:٣", 5, ""),
        ("cost:nan", 5, ""),
        ("latency:１s", 8, ""),
        ("attr.a:>1_0", 8, ""),
        ("meta.a:1..٣", 7, ""),
        ("score.a:>nan", 9, ""),
        ("score.a:<1e999", 9, ""),
        ("started:yesterday", 8, "2026-03-10T10:20:04.5+01:00"),
        ("x started:>20260217", 11, ""),
        ("started:2026-02-30", 8, ""),
        ("started:2026-02-17T0912", 8, ""),
        ("started:2026-02-17Z", 8, ""),
        ("started:2026-02-17T09:12+25:00", 8, ""),
        ("started:2026-02-17T09:12:04.1234567890", 8, ""),
        ("started:２０２６-02-17", 8, ""),
        ("attr.:x", 5, ""),
        ("score..:>1", 6, ""),
        ("not status:error", 0, "Write NOT"),
        ("a and b", 2, "Write AND"),
        ("x cost>0.1", 6, "Did you mean cost:>0.1?"),
        ("-status=error", 7, "Did you mean status:error?"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(text: str, position: int, hint: str) -> None:
    if text == "-":
        assert run_condition(text).values == {"f0": "-"}
        return
    with pytest.raises(FilterError) as caught:
        run_condition(text)
    assert (caught.value.position, hint in caught.value.hint) == (position, True)
    assert caught.value.message.splitlines()[1:] == [f"  {text}", f"  {' ' * position}^"]


def test_a_filter_can_be_read_as_sql() -> None:
    assert run_condition("status:error -name:o'neil").readable() == (
        "(r.status IN ('error') AND NOT coalesce((contains(lower(r.name), lower('o''neil'))), false))"
    )


@given(st.text(alphabet="ab:\"'()-,.<>=* |ORNTstaucpl0119ms", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_filter_or_a_filter_error(text: str) -> None:
    for condition in (run_condition, span_condition):
        position = 0
        try:
            condition(text)
        except FilterError as error:
            position = error.position
        assert 0 <= position <= len(text)


@given(st.lists(st.sampled_from(["status:error", "kind:tool", "tokens:>1", "x", "-env:dev", "score.a:>0.5",
                                 "attr.a.b:1..2", "meta.k:v", "text:y", "(a OR model:g*)", "started:2026-03-10"]),
                min_size=1, max_size=6))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_every_filter_runs(db: api.TraceDB, terms: list[str]) -> None:
    text = " ".join(terms)
    assert parse(text) is not None
    assert db.run_count(text) <= db.run_count()
    db.matching(db.runs()[0].run_id, text)


def test_quoted_words_are_looked_for_as_they_stand(db: api.TraceDB) -> None:
    assert names(db, '"cost>0.1" x=y') == set()


def test_a_hostile_value_stays_a_value(db: api.TraceDB, tmp_path: Path) -> None:
    assert names(db, 'name:"x\' OR 1=1 --"') == set()


@pytest.mark.parametrize(
    "text",
    [
        "status:error", "-status:error latency:>1s", "name:travel*", "source:otlp started:2026-03-10", "format:=otlp",
        "started:2026-02-17T09:12:04.000331Z", "tool:search_flights", "model:gpt* -agent:nobody", "step:>3 kind:tool", "text:timeout", "text:search_fl*ghts", "workflow", "cost:>0.001",
        "attr.gen_ai.request.model:gpt*", "score.correctness:*", "meta.customer:x", "tag:x", "run:'it''s'", "errors:>0",
    ],
)  # fmt: skip
def test_the_query_behind_a_filter_asks_the_views_for_the_same(db: api.TraceDB, text: str) -> None:
    query = db.runs_query(text)
    assert "store." not in query
    found = db.read(query)
    assert {row[0] for row in found.rows(0, 10**4)} == {run.run_id for run in db.runs(text)}
    run = db.runs()[0]
    query = db.spans_query(run.run_id, text)
    assert "store." not in query
    ids = {db.detail(run.run_id, position).span_id for position in db.matching(run.run_id, text)}
    found = db.read(query)
    at = list(found.columns).index("span_id")
    assert {row[at] for row in found.rows(0, 10**4)} == ids
