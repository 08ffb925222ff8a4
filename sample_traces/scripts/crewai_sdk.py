"""CrewAI: the log of tasks, the output of a crew and the events of the bus, with a stub model in-process."""

from __future__ import annotations

import json
from typing import Any

from crewai import Agent, BaseLLM, Crew, Task
from crewai.events import BaseEventListener, crewai_event_bus
from crewai.events.base_events import BaseEvent
from crewai.events.types.llm_events import LLMCallType
from crewai.llms.base_llm import llm_call_context
from crewai.tools import tool
from fixed_world import ROOT, without_paths

FOLDER = ROOT / "crewai"
LEFT_OUT = {"agent", "task", "tools", "crew", "callbacks", "state"}
"""What the objects of CrewAI hold of each other; ids and names stand in the event."""

REPLIES = [
    'Thought: I look the berry up.\nAction: price_of\nAction Input: {"berry": "currants"}',
    'Thought: In the singular.\nAction: price_of\nAction Input: {"berry": "currant"}',
    "Thought: I know it now.\nFinal Answer: Currants are 4.20 a kilo.",
    "Thought: A line for the board.\nFinal Answer: Today: currants, 4.20 a kilo!",
]


class Stub(BaseLLM):
    """Plays the replies back."""

    asked: int = 0

    def call(self, messages: Any, *_: Any, **__: Any) -> str:
        reply, tokens = REPLIES[self.asked], 400 + 60 * self.asked
        self.asked += 1
        with llm_call_context():
            self._emit_call_started_event(messages)
            usage = {"prompt_tokens": tokens, "completion_tokens": 20, "total_tokens": tokens + 20}
            kind = LLMCallType.LLM_CALL
            self._emit_call_completed_event(reply, kind, messages=messages, usage=usage, finish_reason="stop")
        self._track_token_usage_internal(usage)
        return reply

    def supports_function_calling(self) -> bool:
        return False


@tool("price_of")
def price_of(berry: str) -> str:
    """Price of a kilo of berries; `berry` in the singular."""
    if berry.endswith("s"):
        raise ValueError(f"no berry called {berry}")
    return "4.20"


class Writer(BaseEventListener):
    """Keeps every event as a line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        super().__init__()

    def setup_listeners(self, crewai_event_bus: Any) -> None:
        for kind in every_event(BaseEvent):
            crewai_event_bus.on(kind)(self.keep)

    def keep(self, _source: Any, event: BaseEvent) -> None:
        self.lines.append(json.dumps(event.to_json(exclude=LEFT_OUT), default=str))


def every_event(kind: type[BaseEvent]) -> list[type[BaseEvent]]:
    return [found for child in kind.__subclasses__() for found in (child, *every_event(child))]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    log = FOLDER / "berry_tasks.json"
    log.unlink(missing_ok=True)
    writer = Writer()
    seller = Agent(role="Seller", goal="Know prices", backstory="At the market.", llm=Stub(model="stub-model"),
                   tools=[price_of])  # fmt: skip
    price = Task(name="price", description="What do currants cost?", expected_output="A price", agent=seller)
    board = Task(
        name="board", description="Write a line for the board.", expected_output="A line", agent=seller
    )
    crew = Crew(name="berry-stand", agents=[seller], tasks=[price, board], output_log_file=str(log))
    result = crew.kickoff()
    crewai_event_bus.flush()
    (FOLDER / "berry_events.jsonl").write_text(
        without_paths("\n".join(writer.lines)) + "\n", encoding="utf-8"
    )
    text = json.dumps(result.model_dump(mode="json"), indent=1)
    (FOLDER / "berry_output.json").write_text(without_paths(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
