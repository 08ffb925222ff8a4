"""Pydantic AI: the message history of an agent whose tool asks for another try, with a function as its model."""

from __future__ import annotations

import json

from fixed_world import ROOT
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

UNITS = ["miles", "mile"]


def answer(messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
    asked = sum(isinstance(message, ModelResponse) for message in messages)
    if asked < len(UNITS):
        call = ToolCallPart("convert", {"amount": 10, "unit": UNITS[asked]}, tool_call_id=f"call_{asked + 1}")
        return ModelResponse(parts=[ThinkingPart("The tool knows."), call])
    return ModelResponse(parts=[TextPart("10 miles are 16.09 km.")])


def convert(amount: float, unit: str) -> str:
    """Convert a distance to kilometres."""
    if unit != "mile":
        raise ModelRetry(f"unknown unit {unit}; give it in the singular")
    return f"{amount * 1.609:.2f} km"


def main() -> None:
    agent = Agent(
        FunctionModel(answer, model_name="stub-model"),
        instructions="Convert units.",
        tools=[convert],
        retries=2,
    )
    messages = json.loads(agent.run_sync("How many kilometres are 10 miles?").all_messages_json())
    folder = ROOT / "pydantic_ai"
    folder.mkdir(exist_ok=True)
    (folder / "convert_miles.json").write_text(json.dumps(messages, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
