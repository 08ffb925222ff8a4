"""Claude Code itself, against the stub model: a session with a sub-agent, continued once, and a stream that runs out
of turns."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from cli_world import World, new_world, program
from fixed_world import ROOT, write
from stub_server import Call, Reply, serving

FLOW = "b2f4c7d0-5e61-4d0a-9c3b-81d7f0a6e915"
SESSION = "7c1d0e52-3a94-4c1f-8b6e-2f60a4d11c08"
AGENT = {
    "description": "Find callers of total",
    "subagent_type": "Explore",
    "prompt": "Which files call total() of till.py? Answer with their names.",
    "run_in_background": False,
}
BROKEN, MENDED = "return sum(prices) / len(prices)", "return sum(prices)"
CHECK = Call("Bash", {"command": "python3 check.py", "description": "Run the check"})


def first_story(world: World) -> list[Reply]:
    """The replies to the session's first prompt."""
    till = str(world.project / "till.py")
    return [
        Reply("I run the check first.", calls=(CHECK,)),
        Reply("Before I change it: who else calls this?", calls=(Call("Task", AGENT),), cached=0.9),
        Reply(calls=(Call("Bash", {"command": "grep -rn 'total(' .", "description": "Find calls"}),)),
        Reply("Only check.py calls total().", cached=0.9),
        Reply(calls=(Call("Read", {"file_path": till}),), cached=0.9),
        Reply(
            "It divides where it should not.",
            calls=(Call("Edit", {"file_path": till, "old_string": BROKEN, "new_string": MENDED}),),
            cached=0.9,
        ),
        Reply(calls=(CHECK,), cached=0.9),
        Reply("total() divided by the number of prices. It no longer does, and check.py passes.", cached=0.9),
    ]


PUSH = [
    Reply(calls=(Call("Bash", {"command": "git push", "description": "Push"}),), cached=0.9),
    Reply("I may not push. Please run `git push` yourself.", cached=0.9),
]
BUSY = Reply("Overloaded", status=529, error_code="overloaded_error")
LOST = [BUSY, Reply(calls=(CHECK,)), Reply("Once more.", calls=(CHECK,), cached=0.9)]
SCRIPT = """export const meta = {name: 'callers', description: 'Who calls total', phases: [{title: 'Scan'}]}
phase('Scan')
const calls = await agent('Which files call total()?', {label: 'calls'})
const tests = await agent('Which files test it?', {label: 'tests'})
return {calls, tests}
"""
WORKFLOW = [
    Reply("A workflow, then.", calls=(Call("Workflow", {"script": SCRIPT}),)),
    *(
        Reply(text)
        for text in ("It runs.", "Only check.py.", "check.py as well.", "check.py calls and tests it.")
    ),
]
LONGEST_LISTING = 300
ALLOWED = ("Workflow", "Bash(python3 check.py)", "Bash(grep:*)", "Read", "Edit", "Task")


def ask(world: World, replies: list[Reply], prompt: str, *more: str) -> str:
    """One prompt, without a terminal."""
    settings = {"ANTHROPIC_API_KEY": "none", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1"}
    with serving(replies, first=20 * ("--resume" in more)) as server:
        return world.run(
            program("CLAUDE"), "-p", prompt, "--model", "claude-sonnet-4-6", "--output-format", "stream-json",
            "--verbose", "--allowedTools", *ALLOWED, *more,
            ANTHROPIC_BASE_URL=server.address, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1", **settings,
        )  # fmt: skip


def shortened(lines: str) -> str:
    """A session without the long lists of skills and agents that the program gives its model."""
    kept = []
    for line in map(json.loads, lines.splitlines()):
        attached = line.get("attachment", {})
        for key in ("content", "addedLines"):
            if len(str(attached.get(key))) > LONGEST_LISTING:
                attached[key] = "(shortened)"
        kept.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
    return "\n".join(kept) + "\n"


def logs(world: World) -> dict[str, str]:
    """Every log of the sessions of a world, by its place below the project's folder."""
    projects = world.home / ".claude/projects"
    found = {}
    for path in sorted((*projects.rglob("*.jsonl"), *projects.rglob("wf_*.json"))):
        text = path.read_text(encoding="utf-8")
        name = "/".join(path.relative_to(projects).parts[1:])
        found[name] = world.told(shortened(text) if path.suffix == ".jsonl" else text)
    return found


def pack(target: Path, members: dict[str, str]) -> None:
    """A zip of texts; journals of workflows are told by their sessions, so they stand in one bundle."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in members.items():
            bundle.writestr(zipfile.ZipInfo(name), text)


def main() -> None:
    with new_world() as world:
        ask(world, first_story(world), "check.py fails. Make it pass.", "--session-id", SESSION)
        ask(world, PUSH, "Good. Push it.", "--resume", SESSION)
        for name, text in logs(world).items():
            write(f"claude_code/{name}", text)
    with new_world() as world:
        ask(world, WORKFLOW, "Use a workflow to find who calls and who tests total().", "--session-id", FLOW)
        pack(ROOT / "claude_code/workflow_callers.zip", logs(world))
    with new_world() as world:
        told = ask(world, LOST, "check.py fails. Make it pass.", "--max-turns", "2")
        write("claude_stream/kiosk_max_turns.jsonl", world.told(told))


if __name__ == "__main__":
    shutil.rmtree(ROOT / "claude_code" / SESSION, ignore_errors=True)
    main()
