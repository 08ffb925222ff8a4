"""Every real export loads without raising, its counts add up, and its format is that of its folder or there is a reason."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path

from tests.loading.dumps import load

FORMATS = {
    "agentcore/*": {"otlp"},
    "atif/*_atof.jsonl": {"nemo_atof"},  # what ATIF trajectories are made from
    "claude_agent_sdk/*": {"claude_stream"},
    "coding_agents_misc/*__claude_code_real__*": {"claude_code"},
    "coding_agents_misc/*__codex_real__*": {"codex_rollout"},
    "coding_agents_misc/*__gemini__*": {"gemini_cli"},
    "coding_agents_misc/*__message_grouping__claude_session*": {"claude_code"},
    "coding_agents_misc/*__message_grouping__opencode_session*": {"chat_messages"},
    "coding_agents_misc/*__edge_cases__empty_session*": {"generic"},  # a line about a session, no line of it
    "coding_agents_misc/*__html_export__*": {"claude_code"},
    "custom_jsonl/*": {"generic"},
    "inspect/*": {"inspect_ai"},
    "inspect_scout/*": {"inspect_ai"},
    "langfuse_chatml/*": {
        "generic"
    },  # messages by the id of their observation, as a test of Langfuse's expects them
    "langsmith/*anthropic_managed*": {"anthropic_managed_agents"},
    "langwatch_span_fixtures/*codex_responses*": {"model_answers"},
    "langwatch_span_fixtures/*": {"otlp", "langwatch"},
    "openai_agents/*": {"openai_agents", "openai_run_state"},
    "openhands/*fncall-llm-message*": {"chat_messages"},
    "otel_live_spans/*__claude_code_skill_tool*": {"claude_code"},
    "otel_live_spans/*__codex_exec_json*": {"codex_exec"},
    "otel_live_spans/*__codex_session_rollout*": {"chat_messages"},  # items of the Responses API alone
    "otel_live_spans/*__strands_agent_skills*": {"generic"},  # parts of an agent by name
    "otel_live_spans/*": {"otel_console"},
    "otlp_jsonl/*": {"otlp"},
    "vercel_ai_sdk/*": {"otel_console"},
}
"""What files are where their folder is not called by their format; the first pattern that fits counts."""

REASONS = {
    "coding_agents_misc/*task_metadata.json": "the title of a task alone",
    "coding_agents_misc/*msg_test1.json": "the head of a message, whose text stands in other files",
    "google_adk/*final_state.json": "the state after a run, without its events",
    "langsmith/*validator.json": "rules of a checker of exports, no export",
    "langsmith/*worked-examples.json": "rules of a checker of exports, no export",
}
"""Files that nothing can be loaded of, each with all of its records skipped."""


def test_every_real_export_loads_as_its_format(real_traces: Path) -> None:
    folders = sorted(path for path in real_traces.iterdir() if path.is_dir())
    faults: list[str] = []
    # all at once: a folder of which nothing can be loaded would be an error of its own
    with load(*folders) as db:
        sources = db.sources()
    for source in sources:
        name = str(Path(source.source).relative_to(real_traces))
        if source.records != source.loaded + source.merged + source.skipped:
            faults.append(f"{name}: counts")
        if _reason(name) is not None:
            faults += [f"{name}: {source.loaded} loaded"] if source.loaded else []
        elif source.format not in _expected(name):
            faults.append(f"{name}: {source.format}")
    seen = {source.source.partition("!")[0] for source in sources}
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    faults += [f"{path}: not seen" for path in files if str(path) not in seen]
    assert not faults, "\n".join(faults)


def test_rows_of_home_made_logs_are_counted_alike(real_traces: Path) -> None:
    folders = [real_traces / "custom_jsonl", real_traces / "langfuse_chatml"]
    counted = {str(path): _rows_in(path) for folder in folders for path in folder.rglob("*.json*")}
    with load(*folders) as db:
        asked = "SELECT source, count(*) FROM spans WHERE attributes IS NOT NULL GROUP BY source"
        loaded = {str(source): found for source, found in db.read(asked).rows(0, 99)}
    assert loaded == counted


def _rows_in(path: Path) -> int:
    """Objects in a file one after another, and those that they list under `spans`; of a document, what it names."""
    text, found, at = path.read_text(encoding="utf-8"), [], 0
    while at < len(text):
        value, end = json.JSONDecoder().raw_decode(text, at)
        found.append(value)
        at = end + len(text[end:]) - len(text[end:].lstrip())
    named = len(found) == 1 and all(isinstance(value, dict) for value in found[0].values())
    return len(found[0]) if named else sum(1 + len(value.get("spans", [])) for value in found)


def _expected(name: str) -> set[str]:
    folder = {name.partition("/")[0]}
    return next((found for pattern, found in FORMATS.items() if fnmatch(name, pattern)), folder)


def _reason(name: str) -> str | None:
    return next((reason for pattern, reason in REASONS.items() if fnmatch(name, pattern)), None)
