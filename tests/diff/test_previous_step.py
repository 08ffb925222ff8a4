"""Which step counts as the one before: the last call of the same agent, a handed over conversation, or none."""

from __future__ import annotations

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui.api import TraceDB


def previous(db: TraceDB, run_id: str, step: int) -> int | None:
    """Step number of the step before, by the door."""
    found = db.previous_step(run_id, db.step_position(run_id, step))
    return None if found is None else db.detail(*found).step


def test_the_first_call_of_an_agent_that_works_for_another_has_none_before() -> None:
    with load(SAMPLES / "otlp" / "travel_agent_timeout.jsonl") as db:
        found = {step: previous(db, db.run().run_id, step) for step in (1, 4, 6, 8, 10, 11, 12, 13, 15)}
    # 8, 10 and 12 are another agent's calls, 11 and 13 are one tool's, 15 is the workflow's own
    assert found == {1: None, 4: 1, 6: 4, 8: None, 10: 8, 11: 9, 12: 10, 13: 11, 15: None}


def test_an_agent_that_was_handed_the_conversation_goes_on_from_the_call_before() -> None:
    with load(SAMPLES / "openai_agents" / "support_handoff.jsonl") as db:
        (run,) = [run for run in db.runs() if run.steps == 7]
        found = {step: previous(db, run.run_id, step) for step in (1, 3, 5, 7)}
    assert found == {
        1: None,
        3: 1,
        5: 3,
        7: 5,
    }  # 1 is the triage's, the others are of the agent it handed over to
