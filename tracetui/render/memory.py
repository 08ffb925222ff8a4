"""Words about the memory of a run that the screens and the commands share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from tracetui.analysis.state.replay import FILES
from tracetui.model import Fidelity, StateOp
from tracetui.reading.lenient import NotJson, loads
from tracetui.render.safe import safe

if TYPE_CHECKING:
    from tracetui.api.memory import Finding

WRITES = frozenset((StateOp.SET, StateOp.APPEND, StateOp.DELETE))
_MARKS = {StateOp.SET: "~", StateOp.APPEND: "»", StateOp.DELETE: "-"}

MEMORY_NOT_READ = "memory: not looked at, payloads are not loaded"
"""What a verdict says where it cannot tell."""
_KEY_CHARACTERS = 40
_SPANS = (
    "export LangGraph's history, ADK's session or Inspect's log beside the spans, or set attributes `state.…`"
)
_HOW: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "langgraph": (
            "snapshots of this thread hold no values",
            "take `get_state_history` of a graph with a checkpointer, or stream `checkpoints` and `tasks`",
        ),
        "langsmith": (
            "LangSmith keeps what nodes were given and returned, and none of these runs is a node of LangGraph",
            "export `get_state_history` of the thread, or `GET /threads/{id}/history`",
        ),
        "otlp": ("spans carry state only where an application sets it", _SPANS),
        "google_adk": (
            "no event of this session changed its state; evaluation cases and OpenTelemetry spans of ADK carry none",
            "export the session itself, from `get_session` or `adk web`",
        ),
        "inspect_ai": (
            "no solver of this sample changed state or store",
            "`store_as` and `state.metadata` are recorded by themselves",
        ),
        "openai_agents": (
            "traces of the Agents SDK carry no session",
            "export the items of the session from its SQLite file",
        ),
        "crewai": (
            "no event tells of a memory or a flow's state",
            "let a listener write `memory_*` and flow events",
        ),
        "autogen": (
            "AutoGen tells only of memories that are looked up",
            "export `await team.save_state()` beside it",
        ),
        "claude_code": (
            "a transcript holds what was said and done: its memory is the context window, and the files that calls wrote",
            "keep the folder under version control for what files held before, and what other programs wrote",
        ),
    }
)
_ALIKE: Mapping[str, str] = MappingProxyType(
    {
        "phoenix": "otlp",
        "langfuse": "otlp",
        "jaeger": "otlp",
        "zipkin": "otlp",
        "logfire": "otlp",
        "mlflow": "otlp",
        "otel_console": "otlp",
        "clickhouse": "otlp",
        "azure_monitor": "otlp",
        "opik": "otlp",
        "weave": "otlp",
        "braintrust": "otlp",
        "agentops": "otlp",
        **dict.fromkeys(
            (
                "codex_rollout",
                "codex_exec",
                "claude_stream",
                "gemini_cli",
                "gemini_stream",
                "pi_session",
                "openhands",
                "swe_agent",
                "mini_swe_agent",
                "atif",
                "openclaw",
                "anthropic_managed_agents",
            ),
            "claude_code",
        ),
    }
)
_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "otlp": "let the instrumentation capture content (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true`,"
        " `TRACELOOP_TRACE_CONTENT=true`, `OPENINFERENCE_HIDE_INPUTS=false`)",
        "langgraph": "export the spans of the same run beside it: snapshots tell of state, not of prompts",
        "openai_agents": "export generation spans with sensitive data (`trace_include_sensitive_data=True`)",
    }
)
_ELSE = (
    "no checkpoints, state deltas, memory operations or commands of a memory tool",
    "docs/memory.md says what frameworks can export",
)


def change_mark(op: StateOp, before: str | None) -> str:
    """What a write did to a key: `+` new, `~` changed, `»` a list that went on, `-` deleted."""
    return "+" if before is None and op is not StateOp.DELETE else _MARKS[op]


def writer(actor: str | None, fidelity: Fidelity) -> str:
    """Who wrote, made safe, with the doubt that there is."""
    name = "?" if actor is None else safe(actor)
    if fidelity is Fidelity.INFERRED:
        return f"{name} (inferred)" if actor else "not known"
    return f"{name} (net)" if fidelity is Fidelity.NET else name


def key_words(store: str, scope: str | None, key: str) -> str:
    """A key with its store where that is not the state, and its scope where that is more than the session; made safe."""
    place = "" if store == "state" else f"{safe(store)}: "
    return f"{place}{safe(key)}" + (f" [{safe(scope)}]" if scope not in (None, "", "session", "run") else "")


def tells_state(stores: Iterable[str]) -> bool:
    """Whether a run tells of any memory besides the files that its calls wrote."""
    return any(store != FILES for store in stores)


def readable(store: str, value: str) -> str:
    """A value as text: of a file what it held, or the parts that are told; of others a text of several lines without quotes."""
    try:
        known = loads(value)[0]
    except NotJson:
        return value
    if store == FILES and isinstance(known, dict) and isinstance(known.get("parts"), list):
        return "\n⋯\n".join(str(part) for part in known["parts"])
    return known if isinstance(known, str) and (store == FILES or "\n" in known) else value


def nothing_told(format_name: str) -> str:
    """What is said of a run without any state: what its export does not carry, and how to get it."""
    lacks, how = _HOW.get(_ALIKE.get(format_name, format_name), _ELSE)
    return f"The export tells of no state: {lacks}. To see it: {how}."


def nothing_in_tab(is_long_term: bool, is_told_elsewhere: bool) -> str:
    """What is said where the run tells of memory, but at this point or in this tab there is none."""
    what = "long-term memory or files" if is_long_term else "state"
    if is_told_elsewhere:
        return f"No {what} yet at this point: e goes to the next change."
    return f"The run tells of no {what}; t turns to what it tells of."


def no_messages(format_name: str) -> str:
    """What is said of a run whose model calls tell of no messages, and how to get them."""
    how = _MESSAGES.get(
        _ALIKE.get(format_name, format_name), "record the messages that each model call was given"
    )
    return f"The export holds no messages of model calls. To see them: {how}."


def memory_note(found: Sequence[Finding]) -> str:
    """What a verdict says of a run's memory: the first of the strong findings, made safe; empty without any."""
    strong = sorted((each for each in found if each.strength == "strong"), key=lambda each: each.step)
    if not strong:
        return ""
    first = strong[0]
    more = f" and {len(strong) - 1} more" if len(strong) > 1 else ""
    return f"memory: {first.finding} at step {first.step}, {safe(first.key, _KEY_CHARACTERS)}{more}"
