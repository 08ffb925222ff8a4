"""Strands Agents: the folder that `FileSessionManager` keeps of an agent whose tool fails once, with a stub model."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import AsyncIterator
from typing import Any

from fixed_world import ROOT, without_paths
from strands import Agent, tool
from strands.agent.conversation_manager import NullConversationManager
from strands.models.model import Model
from strands.session.file_session_manager import FileSessionManager

REPLIES: list[dict[str, Any]] = [
    {"text": "I look at the plan.", "tool": ("platform_of", {"train": "RJ 63 "})},
    {"text": "Once more without the blank.", "tool": ("platform_of", {"train": "RJ 63"})},
    {"text": "RJ 63 leaves from platform 7."},
    {"text": "You are welcome."},
]


class Stub(Model):
    """Plays the replies back."""

    def __init__(self) -> None:
        self._asked = itertools.count()

    def update_config(self, **_: Any) -> None: ...

    def get_config(self) -> dict[str, Any]:
        return {"model_id": "stub-model"}

    async def structured_output(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        raise NotImplementedError
        yield

    async def stream(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        number = next(self._asked)
        reply = REPLIES[number]
        yield {"messageStart": {"role": "assistant"}}
        yield {"contentBlockStart": {"start": {}}}
        yield {"contentBlockDelta": {"delta": {"text": reply["text"]}}}
        yield {"contentBlockStop": {}}
        if "tool" in reply:
            name, arguments = reply["tool"]
            start = {"toolUse": {"toolUseId": f"tooluse_{number}", "name": name}}
            yield {"contentBlockStart": {"start": start}}
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(arguments)}}}}
            yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "tool_use" if "tool" in reply else "end_turn"}}
        usage = {"inputTokens": 100 + 40 * number, "outputTokens": 20, "totalTokens": 120 + 40 * number}
        yield {"metadata": {"usage": usage, "metrics": {"latencyMs": 0}}}


@tool
def platform_of(train: str) -> str:
    """Platform of a train.

    Args:
        train: Its number.
    """
    if train != train.strip():
        raise KeyError(train)
    return "7"


def main() -> None:
    folder = ROOT / "strands_session"
    shutil.rmtree(folder, ignore_errors=True)
    keeper = FileSessionManager(session_id="station-desk", storage_dir=str(folder))
    agent = Agent(
        model=Stub(),
        tools=[platform_of],
        system_prompt="You know the platforms.",
        agent_id="clerk",
        state={"station": "Graz"},
        session_manager=keeper,
        conversation_manager=NullConversationManager(),
        callback_handler=None,
    )
    agent("Where does RJ 63 leave from?")
    agent.state.set("last_train", "RJ 63")
    agent("Thank you!")
    for path in folder.rglob("*.json"):
        path.write_text(without_paths(path.read_text()), encoding="utf-8")


if __name__ == "__main__":
    main()
