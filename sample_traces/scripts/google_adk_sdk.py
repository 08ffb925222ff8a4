"""Google's Agent Development Kit: a session as the web interface exports it, and `adk run --jsonl` lines of another.

The model is a scripted `BaseLlm` in this process. Needs `google-adk` 2.13.0 in an environment of its own.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

from google.adk.agents import LlmAgent
from google.adk.models import BaseLlm, LlmRequest, LlmResponse
from google.adk.platform import time as platform_time
from google.adk.platform import uuid as platform_uuid
from google.adk.runners import InMemoryRunner
from google.adk.tools import LongRunningFunctionTool, ToolContext
from google.genai import types

OUT = Path(__file__).resolve().parent.parent / "google_adk"


class World:
    """A clock and ids that are the same in every run."""

    def __init__(self) -> None:
        self.now_s, self.ids = 1_790_000_000.0, 0

    def time(self) -> float:
        self.now_s += 0.000331
        return round(self.now_s, 6)

    def new_id(self) -> str:
        self.ids += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"google-adk-sample-{self.ids}"))


WORLD = World()


class ScriptedLlm(BaseLlm):
    """Plays replies in order: each takes the seconds it says."""

    replies: list[tuple[float, types.Content | None, dict[str, Any]]] = []  # noqa: RUF012 - a field of a pydantic model

    async def generate_content_async(
        self,
        llm_request: LlmRequest,
        stream: bool = False,  # noqa: ARG002 - the signature is given
    ) -> AsyncGenerator[LlmResponse, None]:
        seconds, content, more = self.replies.pop(0)
        WORLD.now_s += seconds
        given = sum(len(part.text or "") for item in llm_request.contents for part in item.parts or []) // 4
        said = sum(len(part.text or "x" * 40) for part in content.parts or []) // 4 if content else 0
        usage = types.GenerateContentResponseUsageMetadata(
            prompt_token_count=180 + given, candidates_token_count=said, thoughts_token_count=25,
            total_token_count=180 + given + said + 25,
        )  # fmt: skip
        yield LlmResponse(content=content, usage_metadata=usage, model_version="gemini-2.5-flash", **more)


def says(text: str, seconds: float = 1.4) -> tuple[float, types.Content, dict[str, Any]]:
    return seconds, types.Content(role="model", parts=[types.Part(text=text)]), {"finish_reason": "STOP"}


def calls(name: str, seconds: float = 0.9, **arguments: Any) -> tuple[float, types.Content, dict[str, Any]]:
    call = types.FunctionCall(name=name, args=arguments, id=f"adk-{WORLD.new_id()}")
    return (
        seconds,
        types.Content(role="model", parts=[types.Part(function_call=call)]),
        {"finish_reason": "STOP"},
    )


def find_trains(origin: str, destination: str, tool_context: ToolContext) -> dict[str, Any]:
    """Trains between two cities."""
    tries = tool_context.state.get("temp:tries", 0) + 1
    tool_context.state["temp:tries"] = tries
    WORLD.now_s += 6.0 if tries == 1 else 1.1
    if tries == 1:
        return {"status": "error", "error": "timetable did not answer within 6 s"}
    tool_context.state["trip"] = {"from": origin, "to": destination, "train": "NJ 466"}
    return {"status": "success", "trains": [{"name": "NJ 466", "leaves": "20:10", "price_eur": 79}]}


def ask_for_payment(amount_eur: float) -> dict[str, Any]:
    """Ask the traveller to approve a payment."""
    return {"status": "pending", "ticket": "pay-1", "amount_eur": amount_eur}


def agents(replies: list[Any]) -> LlmAgent:
    model = ScriptedLlm(model="gemini-2.5-flash", replies=replies)
    booking = LlmAgent(
        name="booking_agent", model=model, description="Books trains.", output_key="last_answer",
        instruction="Find a train, then ask for payment.",
        tools=[find_trains, LongRunningFunctionTool(ask_for_payment)],
    )  # fmt: skip
    return LlmAgent(name="travel_agent", model=model, instruction="Hand over.", sub_agents=[booking])


async def story(replies: list[Any], questions: list[str], see: Callable[[Any], None]) -> Any:
    runner = InMemoryRunner(agent=agents(replies), app_name="travel_desk")
    session = await runner.session_service.create_session(
        app_name="travel_desk", user_id="ana", session_id=WORLD.new_id(), state={"user:seat": "window"}
    )
    for question in questions:
        WORLD.now_s += 30
        message = types.Content(role="user", parts=[types.Part(text=question)])
        async for event in runner.run_async(user_id="ana", session_id=session.id, new_message=message):
            see(event)
    return await runner.session_service.get_session(
        app_name="travel_desk", user_id="ana", session_id=session.id
    )


async def main() -> None:
    OUT.mkdir(exist_ok=True)
    replies = [
        calls("transfer_to_agent", agent_name="booking_agent"),
        calls("find_trains", origin="Vienna", destination="Venice"),
        calls("find_trains", origin="Vienna", destination="Venice"),
        calls("ask_for_payment", amount_eur=79.0),
        says("I found the night train NJ 466 for 79 EUR. Please approve the payment."),
    ]
    session = await story(replies, ["A night train from Vienna to Venice on Friday, please"], lambda _: None)
    text = session.model_dump_json(by_alias=True, exclude_none=True, indent=2)
    (OUT / "session-night-train.json").write_text(text + "\n", encoding="utf-8")

    lines: list[str] = []
    stopped = (2.2, None, {"error_code": "MAX_TOKENS", "error_message": "the answer did not fit", "finish_reason": "MAX_TOKENS"})  # fmt: skip
    session = await story(
        [says("Hello! Where would you like to go?"), stopped],
        ["hi", "List every station between Vienna and Venice with its history"],
        lambda event: lines.append(event.model_dump(mode="json", by_alias=True, exclude_none=True)),
    )
    users = [
        e.model_dump(mode="json", by_alias=True, exclude_none=True)
        for e in session.events
        if e.author == "user"
    ]
    ordered = sorted([*lines, *users], key=lambda event: event["timestamp"])
    named = [json.dumps({"author": e["author"], "session_id": session.id, **e}) for e in ordered]
    (OUT / "run_answer_too_long.jsonl").write_text("\n".join(named) + "\n", encoding="utf-8")


if __name__ == "__main__":
    platform_time.set_time_provider(WORLD.time)
    platform_uuid.set_id_provider(WORLD.new_id)
    asyncio.run(main())
