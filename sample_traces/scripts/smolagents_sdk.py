"""smolagents: the memory of a `ToolCallingAgent` whose tool fails once, with a stub model in-process."""

from __future__ import annotations

import json
from typing import Any

from fixed_world import ROOT, without_paths
from smolagents import Model, ToolCallingAgent, tool
from smolagents.models import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
    TokenUsage,
)

REPLIES: list[tuple[str, dict[str, Any]]] = [
    ("convert", {"amount": 10, "unit": "miles"}),
    ("convert", {"amount": 10, "unit": "mile"}),
    ("final_answer", {"answer": "10 miles are 16.09 km"}),
]


class Stub(Model):
    """Plays the replies back."""

    def __init__(self) -> None:
        super().__init__()
        self.model_id = "stub-model"
        self.asked = 0

    def generate(self, *_messages: Any, **_: Any) -> ChatMessage:
        name, arguments = REPLIES[self.asked]
        self.asked += 1
        call = ChatMessageToolCallFunction(name=name, arguments=arguments)
        return ChatMessage(
            role=MessageRole.ASSISTANT,
            content=None,
            tool_calls=[ChatMessageToolCall(id=f"call_{self.asked}", type="function", function=call)],
            token_usage=TokenUsage(input_tokens=100 * self.asked, output_tokens=12),
        )


@tool
def convert(amount: float, unit: str) -> str:
    """Convert a distance to kilometres.

    Args:
        amount: How much.
        unit: The unit, singular.
    """
    if unit != "mile":
        raise ValueError(f"unknown unit {unit}")
    return f"{amount * 1.609:.2f} km"


def main() -> None:
    agent = ToolCallingAgent(tools=[convert], model=Stub(), verbosity_level=0)
    agent.run("How many kilometres are 10 miles?")
    steps = agent.memory.get_full_steps()
    folder = ROOT / "smolagents"
    folder.mkdir(exist_ok=True)
    for step in steps:
        for message in step.get("model_input_messages") or []:
            if message["role"] == "system":
                message["content"] = [{"type": "text", "text": "You convert units with the tools you have."}]
    text = without_paths(json.dumps(steps, indent=1, default=str))
    (folder / "convert_miles.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
