"""What Claude Code prints with `--output-format stream-json`, which is also what the Claude Agent SDK receives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.claude_chain import Chain
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import parsed_object
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import first_text
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost
from tracetui.model import (
    Entry,
    JsonValue,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    Status,
    ToolDefinition,
)

_LIST = "messages"
_SPOKEN = frozenset(("user", "assistant"))
_INIT = frozenset(("session_id", "tools", "model"))
_RESULT = frozenset(("subtype", "session_id", "num_turns"))
_ABOUT_RUN = (
    "cwd",
    "permissionMode",
    "apiKeySource",
    "claude_code_version",
    "mcp_servers",
    "agents",
    "skills",
    "output_style",
)
_ABOUT_END = (
    "subtype",
    "duration_ms",
    "duration_api_ms",
    "num_turns",
    "permission_denials",
    "modelUsage",
    "errors",
    "stop_reason",
)
_LONGEST_NAME = 100


def sniff(head: Head) -> Match | None:
    """Recognise the line that begins or ends a stream, or answers that name the tool call they stand below."""
    lines = [line for value in head.values for line, _ in _elements(value, None) if isinstance(line, dict)]
    for line in lines:
        word = first_text(line, ("type",))
        if word == "system" and line.get("subtype") == "init" and line.keys() >= _INIT:
            return Match(90, "a line system/init of a stream", first_text(line, ("claude_code_version",)))
        if word == "result" and line.keys() >= _RESULT:
            return Match(85, "the result line of a stream", None)
        if word in _SPOKEN and line.keys() >= {"parent_tool_use_id", "session_id", "message"}:
            return Match(85, "answers with parent_tool_use_id and session_id", None)
    return None


def _elements(value: JsonValue, origin: Origin | None) -> Sequence[tuple[JsonValue, Origin]]:
    """Lines of a stream, or of a recording of what an SDK sent and received."""
    place = origin or Origin(None, 0, 0)
    items = value.get(_LIST) if isinstance(value, dict) and "type" not in value else value
    if not isinstance(items, list) or not items:
        return [(value, place)]
    return [(_unwrapped(item), element_origin(place, item) if origin else place) for item in items]


def _unwrapped(item: JsonValue) -> JsonValue:
    inner = item.get("message") if isinstance(item, dict) and "direction" in item else None
    return inner if isinstance(inner, dict) else item


@dataclass(slots=True)
class _Stream:
    """One session: the conversation itself under "", those of sub-agents under the tool call that started them."""

    trace_id: str
    chains: dict[str, Chain] = field(default_factory=dict)
    tools: tuple[ToolDefinition, ...] = ()

    def chain(self, key: str, origin: Origin) -> Chain:
        found = self.chains.get(key)
        if found is None:
            log = Transcript(self.trace_id, origin, "Claude Code run", prefix=f"{key}-" if key else "")
            found = self.chains[key] = Chain(log, is_agent=bool(key))
        return found


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each session of the stream; sub-agents below the tool that started them."""
    streams: dict[str, _Stream] = {}
    early: list[tuple[dict[str, Any], Origin]] = []
    for record in records:
        for line, origin in _elements(record.value, record.origin):
            if not isinstance(line, dict):
                yield Skipped(origin, "unknown_shape", "a line that is no object", Severity.WARNING)
                continue
            name = _session_of(line)
            if name is None and not streams:
                early.append((line, origin))
                continue
            stream = streams.get(name or "") or (next(iter(streams.values())) if name is None else None)
            if stream is None:
                stream = streams[name or ""] = _Stream(name or source or "session")
                for told in early:
                    yield from _take(stream, *told)
                early.clear()
            yield from _take(stream, line, origin)
    if early:
        stream = streams[""] = _Stream(source or "session")
        for told in early:
            yield from _take(stream, *told)
    for stream in streams.values():
        yield from _finished(stream)


def _session_of(line: dict[str, Any]) -> str | None:
    name = first_text(line, ("session_id",))
    # what an SDK sends before it knows its session
    return (
        None
        if name == "default" or (line.get("type") == "user" and "uuid" not in line and name is None)
        else name
    )


def _take(stream: _Stream, line: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    # only results of tools carry a time here: one clock for some of the steps would put them out of order
    word, at_ns = first_text(line, ("type",)), None
    if word in _SPOKEN:
        chain = stream.chain(first_text(line, ("parent_tool_use_id",)) or "", origin)
        if not (chain.user if word == "user" else chain.assistant)(line, origin, at_ns):
            yield Skipped(origin, "no_content", f"a line of the {word} without content", Severity.WARNING)
    elif word == "system" and line.get("subtype") == "init":
        _begin(stream, line, origin)
    elif word == "system":
        stream.chain("", origin).system(line, origin, at_ns)
    elif word == "result":
        _end(stream, line, origin)
    elif word == "stream_event":
        stream.chain("", origin).log.merge(origin)
    elif isinstance(word, str) and word.startswith(("control_", "keep_alive", "rate_limit")):
        yield Skipped(origin, "control_message", f"{word}: between the program and its SDK")
    else:
        yield Skipped(origin, "unknown_shape", "a line of a type that is not known", Severity.WARNING)


def _begin(stream: _Stream, line: dict[str, Any], origin: Origin) -> None:
    log = stream.chain("", origin).log
    tools = line["tools"] if isinstance(line.get("tools"), list) else []
    log.root.tools_offered = [ToolDefinition(name) for name in tools if isinstance(name, str)]
    log.root.requested_model = first_text(line, ("model",))
    log.root.version = first_text(line, ("claude_code_version",))
    known = {key: line[key] for key in _ABOUT_RUN if line.get(key) is not None}
    log.root.attributes = {**(log.root.attributes or {}), **known}
    log.merge(origin)


def _end(stream: _Stream, line: dict[str, Any], origin: Origin) -> None:
    """The result line: how the run went, what it cost, and what it answered."""
    log = stream.chain("", origin).log
    word = first_text(line, ("subtype",)) or "success"
    log.root.output = first_text(line, ("result",))
    has_failed = line.get("is_error") is True or word.startswith("error")
    log.root.status = Status.ERROR if has_failed else Status.OK
    if has_failed:
        log.root.error_type = word if word != "success" else "error"
        errors = line["errors"] if isinstance(line.get("errors"), list) else []
        told = next((text for text in errors if isinstance(text, str) and text), None)
        log.root.error_message = one_line(log.root.output or told) or word
    figures = Figures()
    cost = figures.dollars(line, ("total_cost_usd",))
    log.root.usage = with_cost(read_usage(line.get("usage")), cost, figures) or log.root.usage
    known = {key: line[key] for key in _ABOUT_END if line.get(key) is not None}
    log.root.attributes = {**(log.root.attributes or {}), **known}
    log.merge(origin)


def _finished(stream: _Stream) -> Iterator[Entry]:
    for key, chain in stream.chains.items():
        chain.end()
        root = chain.log.root
        root.session_id, root.agent = stream.trace_id, "Claude Code"
        root.name = (one_line(chain.first_prompt) or _place_of(root) or "")[:_LONGEST_NAME]
        if key:
            _below_its_tool(stream, key, chain)
    for chain in stream.chains.values():
        yield from chain.log.entries()


def _place_of(root: Span) -> str | None:
    """A name for a run whose stream does not hold its prompt: the folder it worked in."""
    folder = first_text(root.attributes or {}, ("cwd",))
    last = re.split(r"[/\\]", folder.rstrip("/\\"))[-1] if folder else ""
    return f"Claude Code in {last}" if last else root.name


def _below_its_tool(stream: _Stream, key: str, chain: Chain) -> None:
    root = chain.log.root
    found = (other.log.tool_of(key) for other in stream.chains.values())
    tool = next((span for span in found if span is not None), None)
    main = stream.chains.get("")
    asked = (parsed_object(tool.input) or {}) if tool is not None else {}
    root.name = (first_text(asked, ("description",)) or root.name or "sub-agent")[:_LONGEST_NAME]
    root.agent = first_text(asked, ("subagent_type",)) or "sub-agent"
    if tool is not None or main is not None:
        root.parent_id = tool.span_id if tool is not None else main.log.root.span_id if main else None


FORMAT = Format(
    name="claude_stream",
    title="Claude Code stream-json",
    recognised_by="a line system/init, a line result, or messages with parent_tool_use_id and session_id",
    produced_by="`claude -p --output-format stream-json --verbose > run.jsonl`, messages of the Claude Agent SDK",
    sniff=sniff,
    read=read,
)
