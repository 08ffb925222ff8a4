"""What is replayed is the framework's own state, at every checkpoint of samples that real frameworks wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui.api.memory import RunMemory
from tracetui.formats.times import to_ns
from tracetui.model import PartType, SpanKind

HISTORIES = sorted((SAMPLES / "langgraph").glob("history_*.json"))


def held(memory: RunMemory, seq: int, store: str = "state") -> dict[str, Any]:
    return {
        state.key: json.loads(state.value or "null") for state in memory.state(seq) if state.store == store
    }


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_langgraph_thread_holds_what_each_checkpoint_says(path: Path) -> None:
    checkpoints = {
        to_ns(each["created_at"]): each["values"] for each in json.loads(path.read_text(encoding="utf-8"))
    }
    with load(path) as db:
        memory = db.memory(db.run().run_id)
        changes = memory.changes()
        for at_ns, values in checkpoints.items():
            seq = max(change.seq for change in changes if (change.at_ns or 0) <= (at_ns or 0))
            assert held(memory, seq) == values
    assert len(checkpoints) > 5


def test_a_langgraph_key_says_who_wrote_it_and_which_writers_met() -> None:
    with load(SAMPLES / "langgraph" / "history_memory.json") as db:
        memory = db.memory(db.run().run_id)
        best = [(each.op, each.actor, each.after) for each in memory.history("best")][:7]
    assert best == [
        ("set", "input", '""'),
        ("write", "rail", '"rail"'),
        ("write", "air", '"air"'),
        ("set", "rail", '"rail"'),
        ("write", "judge", '"rail"'),
        ("set", "update_state", '"bus"'),
        ("write", "rail", '"rail"'),
    ]


def test_an_adk_model_is_given_what_the_kit_gave_it_after_compactions() -> None:
    own = json.loads((Path(__file__).parent / "own_contents_adk.json").read_text(encoding="utf-8"))
    with load(SAMPLES / "google_adk" / "session-compacted.json") as db:
        run = db.run().run_id
        tree = db.tree(run)
        calls = [at for at, kind in enumerate(tree.kind) if kind is SpanKind.LLM]
        views = [[each.message for each in db.detail(run, at).messages] for at in calls]
    words = {PartType.TOOL_CALL: "call look_up", PartType.TOOL_RESULT: "result look_up"}
    given = [[words.get(part.type, part.content) for each in view for part in each.parts] for view in views]
    assert [texts[:-1] for texts in given] == own  # the last is the answer


def test_an_adk_session_ends_with_its_own_state_and_tells_what_no_event_wrote() -> None:
    path = SAMPLES / "google_adk" / "session-night-train.json"
    own = json.loads(path.read_text(encoding="utf-8"))["state"]
    with load(path) as db:
        memory = db.memory(db.run().run_id)
        assert held(memory, 10**6) == own
        (seat,) = memory.history("user:seat")
    assert (seat.step, seat.actor, seat.fidelity, seat.scope) == (0, None, "inferred", "user")


def test_an_adk_session_holds_after_each_event_what_its_own_service_held_also_after_a_rewind() -> None:
    path = SAMPLES / "google_adk" / "session-rewound.json"
    own = json.loads((Path(__file__).parent / "own_states_adk.json").read_text(encoding="utf-8"))
    events = {each["id"]: to_ns(each["timestamp"]) for each in json.loads(path.read_text("utf-8"))["events"]}
    with load(path) as db:
        memory = db.memory(db.run().run_id)
        changes = memory.changes()
        for event, state in own.items():
            seq = max(change.seq for change in changes if (change.at_ns or 0) <= (events[event] or 0))
            assert held(memory, seq) == state
        assert [c.actor for c in changes if c.op in ("set", "delete")][-3:] == [
            "memory_agent",
            "rewind",
            "rewind",
        ]
    assert len(own) == 14


def test_inspect_samples_end_with_their_own_store_though_every_span_tells_it_again() -> None:
    (path,) = (SAMPLES / "inspect_ai").glob("*order-desk*.eval")
    with load(path) as db:
        stores = {
            run.name: held(db.memory(run.run_id), 10**6, "store") for run in db.runs() if "sample" in run.name
        }
        orders = [change.after for change in db.memory(run_named(db, "order-4")).history("last_order")]
    assert next(store for name, store in stores.items() if "order-1" in name) == {
        "customer": "Ada",
        "last_order": "4711",
    }
    assert orders == ['"4713"', '"0000"']


def test_an_inspect_sample_holds_after_each_span_what_its_solver_saw_also_in_parallel() -> None:
    own = json.loads((Path(__file__).parent / "own_states_inspect.json").read_text(encoding="utf-8"))
    names, actors = ("inner", "outer", "forgets", "quick"), ("inner", "outer", "forgets", "quick or slow")
    with load(SAMPLES / "inspect_ai" / "memory-desk.json") as db:
        memory = db.memory(run_named(db, "m-1"))
        told = [change for change in memory.changes() if change.store == "store"]
        for name, actor in zip(names, actors, strict=True):
            seq = max(change.seq for change in told if change.actor == actor)
            assert held(memory, seq, "store") == own[name]
        assert held(memory, 10**6, "store") == own["slow"]
    assert {str(change.actor): str(change.fidelity) for change in told} == {
        "inner": "net", "outer": "net", "forgets": "net", "quick or slow": "inferred",
    }  # fmt: skip
    assert next(change.before for change in told if change.key == "left") == "10"


def run_named(db: Any, words: str) -> str:
    return next(str(run.run_id) for run in db.runs() if words in run.name)
