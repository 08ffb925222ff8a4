"""AutoGen AgentChat: the result of a team whose tool fails once, with its own `ReplayChatCompletionClient`."""

from __future__ import annotations

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.base import Handoff
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.teams import Swarm
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, ModelFamily, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient
from fixed_world import write

MODEL = {
    "vision": False,
    "function_calling": True,
    "json_output": False,
    "structured_output": False,
    "family": ModelFamily.UNKNOWN,
}


def asks(number: int, name: str, arguments: str, text: str = "") -> CreateResult:
    """An answer that calls a tool."""
    call = FunctionCall(id=f"call_{number}", name=name, arguments=arguments)
    return CreateResult(
        finish_reason="function_calls",
        content=[call],
        usage=RequestUsage(prompt_tokens=80 + 40 * number, completion_tokens=18),
        cached=False,
        thought=text or None,
    )


def says(number: int, text: str) -> CreateResult:
    """An answer in words."""
    usage = RequestUsage(prompt_tokens=80 + 40 * number, completion_tokens=24)
    return CreateResult(finish_reason="stop", content=text, usage=usage, cached=False)


LOOKS = [
    asks(1, "tide_at", '{"port": "Cuxhafen"}', "I look the tide up."),
    asks(2, "tide_at", '{"port": "Cuxhaven"}', "The name was misspelt."),
    asks(3, "transfer_to_skipper", "{}"),
]
DECIDES = [says(4, "High water is at 14:20. We cast off at 13:50. DONE")]


async def tide_at(port: str) -> str:
    """Time of the next high water at a port."""
    if port != "Cuxhaven":
        raise KeyError(f"no such port: {port}")
    return "14:20"


async def sail() -> str:
    """The team's result as JSON."""
    pilot = AssistantAgent(
        "pilot",
        ReplayChatCompletionClient(list(LOOKS), model_info=MODEL),
        tools=[tide_at],
        handoffs=[Handoff(target="skipper")],
        reflect_on_tool_use=False,
        max_tool_iterations=4,
        system_message="You look tides up, then hand over to the skipper.",
    )
    skipper = AssistantAgent("skipper", ReplayChatCompletionClient(list(DECIDES), model_info=MODEL))
    ends = TextMentionTermination("DONE") | MaxMessageTermination(20)
    team = Swarm([pilot, skipper], termination_condition=ends)
    return (await team.run(task="When do we cast off at Cuxhaven?")).model_dump_json(indent=1)


def main() -> None:
    write("autogen/cast_off.json", asyncio.run(sail()) + "\n")


if __name__ == "__main__":
    main()
