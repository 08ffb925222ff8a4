"""Google's Agent Development Kit: a session whose state is set, deleted and rewound, and what the kit itself held.

`own_states_adk.json` under `tests/memory` is the state after each event, as the session service gives it.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from google.adk.agents import LlmAgent
from google.adk.platform import time as platform_time
from google.adk.platform import uuid as platform_uuid
from google.adk.runners import InMemoryRunner
from google.adk.tools import ToolContext
from google.genai import types
from google_adk_sdk import OUT, WORLD, ScriptedLlm, calls, says

OWN = Path(__file__).resolve().parents[2] / "tests" / "memory" / "own_states_adk.json"


def note(key: str, text: str, tool_context: ToolContext) -> dict[str, Any]:
    """Remember something; an empty text forgets it."""
    tool_context.state[key] = text or None
    tool_context.state["temp:last"] = key
    return {"status": "success"}


def agent() -> LlmAgent:
    replies = [
        calls("note", key="seat", text="window"), calls("note", key="user:diet", text="vegan"), says("Noted."),
        calls("note", key="seat", text="aisle"), calls("note", key="app:fares", text="summer"), says("Changed."),
        calls("note", key="seat", text=""), says("Forgotten."),
        says("Where were we?"),
    ]  # fmt: skip
    model = ScriptedLlm(model="gemini-2.5-flash", replies=replies)
    return LlmAgent(
        name="memory_agent", model=model, instruction="Remember.", tools=[note], output_key="answer"
    )


async def main() -> None:
    runner = InMemoryRunner(agent=agent(), app_name="memory_desk")
    service = runner.session_service
    where = {"app_name": "memory_desk", "user_id": "ana", "session_id": WORLD.new_id()}
    await service.create_session(**where, state={"user:plan": "gold"})
    own: dict[str, Any] = {}
    turns: list[str] = []
    for question in ("A window seat, vegan", "No, the aisle", "Forget the seat"):
        WORLD.now_s += 30
        message = types.Content(role="user", parts=[types.Part(text=question)])
        async for event in runner.run_async(
            user_id="ana", session_id=where["session_id"], new_message=message
        ):
            session = await service.get_session(**where)
            own[event.id] = {key: value for key, value in session.state.items() if value is not None}
        turns.append(event.invocation_id)
    WORLD.now_s += 30
    await runner.rewind_async(
        user_id="ana", session_id=where["session_id"], rewind_before_invocation_id=turns[1]
    )
    session = await service.get_session(**where)
    own[session.events[-1].id] = {key: value for key, value in session.state.items() if value is not None}
    text = session.model_dump_json(by_alias=True, exclude_none=True, indent=2)
    text = json.dumps(
        {**json.loads(text), "events": events_with_nulls(session)}, indent=2, ensure_ascii=False
    )
    (OUT / "session-rewound.json").write_text(text + "\n", encoding="utf-8")
    OWN.write_text(json.dumps(own, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def events_with_nulls(session: Any) -> list[Any]:
    """Events as stored: without what is unknown, but with the nulls of deltas, which delete."""
    events = [event.model_dump(mode="json", by_alias=True, exclude_none=True) for event in session.events]
    for event, told in zip(session.events, events, strict=True):
        told["actions"]["stateDelta"] = event.actions.state_delta
    return events


if __name__ == "__main__":
    platform_time.set_time_provider(WORLD.time)
    platform_uuid.set_id_provider(WORLD.new_id)
    asyncio.run(main())
