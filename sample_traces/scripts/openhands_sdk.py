"""OpenHands: the folder of one conversation, as its SDK keeps it, packed as a zip; the model's transport is a stub."""

from __future__ import annotations

import io
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fixed_world import CLOCK, ROOT, Ids, without_network_settings

NAME = "openhands/conversation.zip"
FIXED_DATE = (2026, 6, 2, 9, 0, 0)
REPLIES: list[tuple[str, str, dict[str, Any]]] = [
    ("I look the port up.", "look", {"port": "Mallaig Pier"}),
    ("The port has another name.", "look", {"port": "Mallaig"}),
    ("", "finish", {"message": "The last ferry leaves Mallaig at 16:40."}),
]


def transport(**asked: Any) -> Any:
    """What litellm would have answered: the next reply, with usage estimated from the text."""
    from litellm.types.utils import ModelResponse

    number = sum(1 for message in asked["messages"] if message["role"] == "assistant")
    text, tool, arguments = REPLIES[number]
    CLOCK.advance(1.5 + number)
    function = {"name": tool, "arguments": json.dumps(arguments)}
    call = {"id": f"call_{number + 1}", "type": "function", "function": function}
    read = len(json.dumps([asked["messages"], asked.get("tools")])) // 4
    written = len(text + function["arguments"]) // 4
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    message = {"role": "assistant", "content": text, "tool_calls": [call]}
    choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
    return ModelResponse(id=f"chatcmpl-{number + 1}", model="gpt-4o-mini", choices=[choice], usage=usage)


def converse() -> None:
    """One conversation; it is kept below `kept/` in the current folder."""
    from openhands.sdk import LLM, Action, Agent, Conversation, Observation, Tool
    from openhands.sdk.llm import llm as transports
    from openhands.sdk.tool import ToolDefinition, ToolExecutor, register_tool

    class LookAction(Action):
        port: str

    class LookObservation(Observation):
        pass

    class Timetable(ToolExecutor[LookAction, LookObservation]):
        def __call__(self, action: LookAction, *_: Any, **__: Any) -> LookObservation:
            CLOCK.advance(0.4)
            if action.port != "Mallaig":
                text = f"no such port: {action.port}; did you mean Mallaig?"
                return LookObservation.from_text(text, is_error=True)
            return LookObservation.from_text("08:20, 10:55, 16:40")

    class LookTool(ToolDefinition[LookAction, LookObservation]):
        @classmethod
        def create(cls, *_: Any, **__: Any) -> Sequence[LookTool]:
            return [
                cls(
                    description="Departures of ferries from a port.",
                    action_type=LookAction,
                    observation_type=LookObservation,
                    executor=Timetable(),
                )
            ]

    register_tool("LookTool", LookTool)
    transports.litellm_completion = transport
    CLOCK.install("openhands")
    Ids("openhands").install("openhands")
    model = LLM(model="openai/gpt-4o-mini", api_key="none", usage_id="agent")
    agent = Agent(llm=model, tools=[Tool(name="LookTool")], system_prompt="You look up ferries.")
    Path("desk").mkdir()
    conversation = Conversation(agent=agent, workspace="desk", persistence_dir="kept", visualizer=None)
    conversation.send_message("When does the last ferry leave Mallaig?")
    conversation.run()


def packed(folder: Path) -> bytes:
    """The files of the folder but for its hidden ones, in a zip of fixed dates."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                info = zipfile.ZipInfo(str(path.relative_to(folder)), FIXED_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
    return buffer.getvalue()


def main() -> None:
    without_network_settings()
    os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENHANDS_SUPPRESS_BANNER": "1", "TZ": "UTC"}
    CLOCK.set("2026-06-02T09:00:00")
    time.time = CLOCK.time  # models of the SDK hold on to it while they are imported
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        converse()
        os.chdir(ROOT)
        (ROOT / NAME).write_bytes(packed(Path(folder) / "kept"))
    print(f"{NAME}: {(ROOT / NAME).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
