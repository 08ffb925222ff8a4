"""Google's Agent Development Kit: a session that the kit compacts itself, and what its model was given at each call.

`own_contents_adk.json` under `tests/memory` has the texts of every prompt but the instruction, as the kit built it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from google.adk.agents import LlmAgent
from google.adk.apps.app import App, EventsCompactionConfig
from google.adk.apps.llm_event_summarizer import LlmEventSummarizer
from google.adk.models import LlmRequest, LlmResponse
from google.adk.platform import time as platform_time
from google.adk.platform import uuid as platform_uuid
from google.adk.runners import InMemoryRunner
from google.adk.tools import ToolContext
from google.genai import types
from google_adk_memory import events_with_nulls
from google_adk_sdk import OUT, WORLD, ScriptedLlm, calls, says

OWN = Path(__file__).resolve().parents[2] / "tests" / "memory" / "own_contents_adk.json"


class RecordingLlm(ScriptedLlm):
    """Also keeps the text of what it was given."""

    given: list[list[str]] = []  # noqa: RUF012 - a field of a pydantic model

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        self.given.append(["".join(map(_text, item.parts or [])) for item in llm_request.contents])
        async for response in super().generate_content_async(llm_request, stream):
            yield response


def _text(part: types.Part) -> str:
    if part.function_call:
        return f"call {part.function_call.name}"
    return f"result {part.function_response.name}" if part.function_response else part.text or ""


def look_up(city: str, tool_context: ToolContext) -> dict[str, Any]:
    """What a stay costs."""
    tool_context.state["city"] = city
    return {"status": "success", "night_eur": 92}


def app(model: ScriptedLlm) -> App:
    summaries = [
        says("The user goes to Graz on Friday; a night there costs 92 EUR (look_up)."),
        says("One night in Graz, a quiet room, late check-in is possible until 23:00."),
    ]
    summarizer = LlmEventSummarizer(llm=ScriptedLlm(model="gemini-2.5-flash-lite", replies=summaries))
    agent = LlmAgent(name="stay_agent", model=model, instruction="Help with stays.", tools=[look_up])
    compaction = EventsCompactionConfig(summarizer=summarizer, compaction_interval=2, overlap_size=1)
    return App(name="stay_desk", root_agent=agent, events_compaction_config=compaction)


async def main() -> None:
    replies = [
        calls("look_up", city="Graz"), says("A night in Graz is 92 EUR."), says("Friday it is."),
        says("I noted a quiet room."), says("Until 23:00."), says("One night in Graz, 92 EUR, quiet, arriving late."),
    ]  # fmt: skip
    model = RecordingLlm(model="gemini-2.5-flash", replies=replies)
    runner = InMemoryRunner(app=app(model))
    service = runner.session_service
    where = {"app_name": "stay_desk", "user_id": "ben", "session_id": WORLD.new_id()}
    await service.create_session(**where)
    questions = (
        "What is a night in Graz?", "I come on Friday", "A quiet room, please", "How late may I come?", "Sum it up",
    )  # fmt: skip
    for question in questions:
        WORLD.now_s += 30
        message = types.Content(role="user", parts=[types.Part(text=question)])
        async for _ in runner.run_async(user_id="ben", session_id=where["session_id"], new_message=message):
            pass
    session = await service.get_session(**where)
    text = json.loads(session.model_dump_json(by_alias=True, exclude_none=True))
    text["events"] = events_with_nulls(session)
    (OUT / "session-compacted.json").write_text(
        json.dumps(text, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    OWN.write_text(json.dumps(model.given, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    platform_time.set_time_provider(WORLD.time)
    platform_uuid.set_id_provider(WORLD.new_id)
    asyncio.run(main())
