"""mini-SWE-agent: the trajectory of its `DefaultAgent` in a folder of its own, with its own deterministic model."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from cli_world import World, new_world
from fixed_world import write

REPLIES = [
    ("I run the check first.", "python3 check.py"),
    ("It should not divide.", "sed -i 's|/ len(prices)||' tills.py && python3 check.py"),
    ("The name was wrong.", "sed -i 's| / len(prices)||' till.py && python3 check.py"),
    ("Done.", "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && cat till.py"),
]


def run(world: World) -> str:
    """The trajectory of the run, as the agent saves it."""
    # its settings would otherwise be read from and written to the user's folder
    os.environ |= {"MSWEA_GLOBAL_CONFIG_DIR": str(world.home / "settings"), "MSWEA_SILENT_STARTUP": "1"}
    from minisweagent.agents.default import DefaultAgent
    from minisweagent.environments.local import LocalEnvironment
    from minisweagent.models.test_models import DeterministicToolcallModel, make_toolcall_output

    class Model(DeterministicToolcallModel):
        """Its answers are of when they are asked for."""

        def query(self, messages: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
            answer = super().query(messages, **more)
            answer["extra"]["timestamp"] = time.time()
            return answer

    outputs = []
    for number, (text, command) in enumerate(REPLIES, 1):
        function = {"name": "bash", "arguments": f'{{"command": "{command}"}}'}
        call = {"id": f"call_{number}", "type": "function", "function": function}
        action = {"command": command, "tool_call_id": call["id"]}
        answer = make_toolcall_output(text, [call], [action])
        answer["extra"]["cost"] = 0.004
        outputs.append(answer)
    saved = world.home / "kiosk.traj.json"
    agent = DefaultAgent(
        Model(outputs=outputs),
        LocalEnvironment(cwd=str(world.project)),
        system_template="You are a helpful assistant that can interact with a computer.",
        instance_template="Please solve this issue: {{task}}",
        output_path=saved,
    )
    agent.run("check.py fails. Make it pass.")
    return Path(saved).read_text(encoding="utf-8")


def main() -> None:
    with new_world() as world:
        write("mini_swe_agent/kiosk.traj.json", world.told(run(world)) + "\n")


if __name__ == "__main__":
    main()
