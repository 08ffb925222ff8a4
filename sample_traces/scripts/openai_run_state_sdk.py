"""OpenAI Agents SDK: the `RunState` of a run that pauses because a tool needs a person's approval."""

from __future__ import annotations

import asyncio
import json

from fixed_world import CLOCK, write, without_network_settings

without_network_settings()

from agents import Agent, OpenAIResponsesModel, RunConfig, Runner, function_tool  # noqa: E402

from openai_agents_sdk import FileProcessor, begin  # noqa: E402
from stub_model import Call, Reply  # noqa: E402


@function_tool
def get_booking(number: str) -> str:
    """Look a booking up."""
    if number != "K-118":
        raise ValueError(f"no booking {number}")
    return json.dumps({"number": number, "cabin": "north", "paid_eur": 240})


@function_tool(needs_approval=True)
def cancel_booking(number: str, refund_eur: float) -> str:
    """Cancel a booking and pay back."""
    return f"{number} cancelled, {refund_eur} EUR paid back"


async def main() -> None:
    replies = [
        Reply(calls=(Call("get_booking", {"number": "K118"}),), seconds=0.8),
        Reply("With a hyphen, then.", (Call("get_booking", {"number": "K-118"}),), seconds=0.7),
        Reply("Found. I cancel it.", (Call("cancel_booking", {"number": "K-118", "refund_eur": 240}),), seconds=0.9),
    ]
    stub = begin("run_state", "2026-05-06T08:15:00", replies, FileProcessor())
    model = OpenAIResponsesModel(model="gpt-4o-mini", openai_client=stub.async_client())
    agent = Agent(name="Cabins", instructions="Help.", model=model, tools=[get_booking, cancel_booking])
    config = RunConfig(workflow_name="Cabin desk", group_id="guest-7")
    result = await Runner.run(agent, "Please cancel booking K118.", run_config=config)
    CLOCK.advance(1.0)
    text = json.dumps(result.to_state().to_json(), indent=1)
    write("openai_run_state/cabin_waits_for_approval.json", text + "\n")


if __name__ == "__main__":
    asyncio.run(main())
