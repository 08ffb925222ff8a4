"""Gemini CLI itself, against the stub model: the chat file of a run, and what it prints as stream-json."""

from __future__ import annotations

import json

from cli_world import World, new_world, program
from fixed_world import write
from stub_server import Call, Reply, serving

CHECK = Call("run_shell_command", {"command": "python3 check.py", "description": "Run the check"})
SETTINGS = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "privacy": {"usageStatisticsEnabled": False},
    "telemetry": {"enabled": False},
}
PROMPT = "check.py fails. Make it pass."


def story(world: World) -> list[Reply]:
    """A file is looked for in the wrong place, found, and mended."""
    till = str(world.project / "till.py")
    change = {
        "file_path": till,
        "instruction": "Do not divide.",
        "old_string": "    return sum(prices) / len(prices)",
        "new_string": "    return sum(prices)",
    }
    return [
        Reply("I run the check first.", calls=(CHECK,)),
        Reply(calls=(Call("read_file", {"file_path": str(world.project / "src/till.py")}),), cached=0.9),
        Reply("Not there, then.", calls=(Call("read_file", {"file_path": till}),), cached=0.9),
        Reply("It divides where it should not.", calls=(Call("replace", change), CHECK), cached=0.9),
        Reply("total() divided by the number of prices. It no longer does, and check.py passes.", cached=0.9),
    ]


def ask(world: World) -> str:
    """One prompt, without a terminal; what Gemini CLI prints."""
    folder = world.home / ".gemini"
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    with serving(story(world)) as server:
        return world.run(
            program("GEMINI"), "-p", PROMPT, "--output-format", "stream-json", "--yolo", "-m", "gemini-2.5-pro",
            GEMINI_API_KEY="none", GOOGLE_GEMINI_BASE_URL=server.address, GEMINI_CLI_TRUST_WORKSPACE="true",
        )  # fmt: skip


def main() -> None:
    with new_world() as world:
        told = ask(world)
        (chat,) = (world.home / ".gemini/tmp").rglob("chats/*.jsonl")
        write("gemini_cli/session-kiosk.jsonl", world.told(chat.read_text(encoding="utf-8")))
        write("gemini_cli/stream_kiosk.jsonl", world.told(told))


if __name__ == "__main__":
    main()
