"""Every real export loads without raising, its counts add up, and its format is that of its folder or there is a reason."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from tests.loading.dumps import load

FORMATS = {
    "agentcore": {"otlp"},
    "claude_agent_sdk": {"claude_stream"},
    "inspect": {"inspect_ai"},
    "inspect_scout": {"inspect_ai"},
    "langwatch_span_fixtures": {"otlp", "langwatch"},
    "otlp_jsonl": {"otlp"},
    "otel_live_spans": {"otel_console"},
    "openai_agents": {"openai_agents", "openai_run_state"},
    "vercel_ai_sdk": {"otel_console"},
}
"""Formats of a folder that is not called by its format."""

REASONS = {
    "atif/*_atof.jsonl": "events that ATIF trajectories are made from: a format of their own",
    "coding_agents_misc/*": "files of many tools, written by hand to be edge cases",
    "custom_jsonl/*": "logs of home-made agents, which are guessed",
    "google_adk/*final_state.json": "the state after a run, without its events",
    "langfuse_chatml/*": "messages as a test expects them, without the trace that they come from",
    "langsmith/*validator.json": "rules of a checker of exports, no export",
    "langsmith/*worked-examples.json": "rules of a checker of exports, no export",
    "langsmith/*anthropic_managed*": "recorded answers of another vendor's API",
    "langwatch_span_fixtures/*": "recorded answers of model APIs, a format of their own",
    "openhands/*": "a log of chat messages alone",
    "otel_live_spans/*extractors__fixtures__*": "pieces of logs of coding agents and of messages",
}
"""Files that open as another format, as a guess, or not at all."""


def test_every_real_export_loads_as_its_format(real_traces: Path) -> None:
    folders = sorted(path for path in real_traces.iterdir() if path.is_dir())
    faults: list[str] = []
    # all at once: a folder of which nothing can be loaded would be an error of its own
    with load(*folders) as db:
        sources = db.sources()
    for source in sources:
        name = str(Path(source.source).relative_to(real_traces))
        folder = name.partition("/")[0]
        if source.records != source.loaded + source.merged + source.skipped:
            faults.append(f"{name}: counts")
        if source.format not in FORMATS.get(folder, {folder}) and not _reason(name):
            faults.append(f"{name}: {source.format}")
    seen = {source.source.partition("!")[0] for source in sources}
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    faults += [f"{path}: not seen" for path in files if str(path) not in seen]
    assert not faults, "\n".join(faults)


def _reason(name: str) -> str | None:
    return next((reason for pattern, reason in REASONS.items() if fnmatch(name, pattern)), None)
