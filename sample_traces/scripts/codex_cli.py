"""Codex itself, against the stub model: the rollout of a run that works, and what `codex exec --json` prints of one that
fails."""

from __future__ import annotations

import json
from pathlib import Path

from cli_world import World, new_world, program
from fixed_world import write
from stub_server import Call, Reply, serving

CHECK = Call("exec_command", {"cmd": "python3 check.py"})
MEND = Call("exec_command", {"cmd": "sed -i 's| / len(prices)||' till.py && python3 check.py"})
WORKS = [
    Reply("I run the check first.", calls=(CHECK,)),
    Reply(calls=(Call("exec_command", {"cmd": "cat till.py"}),), cached=0.9),
    Reply("It divides where it should not.", calls=(MEND,), cached=0.9),
    Reply("total() divided by the number of prices. It no longer does, and check.py passes.", cached=0.9),
]
FAILS = [
    Reply("I run the check first.", calls=(CHECK,)),
    Reply("The request was refused by a filter.", status=400, error_code="invalid_request_error"),
]
SETTINGS = """model = "gpt-5.1-codex"
model_provider = "stub"
[model_providers.stub]
name = "stub"
base_url = "{}/v1"
wire_api = "responses"
env_key = "STUB_KEY"
request_max_retries = 0
stream_max_retries = 0
"""
PROMPT = "check.py fails. Make it pass."


def ask(world: World, replies: list[Reply]) -> str:
    """One prompt, without a terminal; what Codex prints."""
    with serving(replies) as server:
        (world.home / ".codex").mkdir()
        (world.home / ".codex/config.toml").write_text(SETTINGS.format(server.address), encoding="utf-8")
        flags = ("exec", "--json", "--skip-git-repo-check", "--sandbox", "danger-full-access")
        return world.run(program("CODEX"), *flags, PROMPT, STUB_KEY="none").replace(
            server.address, "http://stub"
        )


def shortened(rollout: Path) -> str:
    """A rollout without the long instructions that the program gives its model."""
    kept = []
    for line in map(json.loads, rollout.read_text(encoding="utf-8").splitlines()):
        payload = line["payload"]
        if "base_instructions" in payload:
            payload["base_instructions"] = {"text": "You are a coding agent. (shortened)"}
        if payload.get("role") == "developer":
            payload["content"] = [{"type": "input_text", "text": "(shortened)"}]
        kept.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
    return "\n".join(kept) + "\n"


def main() -> None:
    with new_world() as world:
        ask(world, WORKS)
        (rollout,) = (world.home / ".codex/sessions").rglob("*.jsonl")
        write("codex_rollout/rollout-kiosk.jsonl", world.told(shortened(rollout)))
    with new_world() as world:
        write("codex_exec/kiosk_refused.jsonl", world.told(ask(world, FAILS)))


if __name__ == "__main__":
    main()
