"""A session of Claude Code: its conversation and those of its sub-agents, each below the tool call that started it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.claude_chain import Chain, title_of
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import parsed_object
from tracetui.formats.message_parts import first_text, read_parts
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, Merged, Origin, PartType, Severity, Skipped, Span
from tracetui.reading.lenient import dumps

_MAIN = ""
_ROOT_FIELDS = ("cwd", "gitBranch", "version", "userType", "entrypoint", "slug", "permissionMode", "agentId")
_WORKFLOW = re.compile(r"workflows[/\\](wf_[\w-]{1,64})[/\\]")
_LONGEST_NAME = 100

BESIDE = {
    "summary": "leafUuid",
    "file-history-snapshot": "snapshot",
    "queue-operation": "sessionId",
    "custom-title": "customTitle",
    "ai-title": "aiTitle",
    "last-prompt": "sessionId",
}
"""What stands beside the conversation, with a field that tells it."""

_OF_SESSIONS = frozenset(("uuid", "parentUuid", "sessionId", "session_id"))


@dataclass(slots=True)
class Session:
    """Lines of one session id, told to one transcript for the conversation itself and one for each sub-agent."""

    session_id: str
    source: str
    origin: Origin
    _chains: dict[str, Chain] = field(default_factory=dict)
    _key_of: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)
    _titles: dict[str, str] = field(default_factory=dict)
    _title: str | None = None
    _prompts: dict[str, Span] = field(default_factory=dict)
    _agent_tools: dict[str, Span] = field(default_factory=dict)
    _beside: list[tuple[Origin, dict[str, Any], int | None]] = field(default_factory=list)
    _progress: list[tuple[Origin, str | None]] = field(default_factory=list)

    def take(self, line: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        """One line; yields only what does not belong to the session."""
        word, at_ns = first_text(line, ("type",)), to_ns(line.get("timestamp"))
        if not _is_own(word, line):
            reason = "a line without a type" if word is None else "no line of a session: it names none"
            yield Skipped(origin, "unknown_shape", reason, Severity.WARNING)
        elif word == "summary":
            self._summary(line, origin)
        elif word == "progress":
            self._progress.append((origin, first_text(line, ("parentToolUseID", "toolUseID"))))
        elif word not in ("user", "assistant", "system", "attachment"):
            self._title = title_of(line) or self._title
            self._beside.append((origin, line, at_ns))
        elif self._is_repeated(line):
            yield Skipped(origin, "repeated_line", "the same line stands above")
        else:
            yield from self._spoken(word, line, origin, at_ns)

    def entries(self) -> Iterator[Entry]:
        """All spans of the session, sub-agents below the tools that started them."""
        if not self._chains:
            for origin, line, _ in self._beside:
                yield Skipped(
                    origin, "no_conversation", f"{line.get('type')}: the source holds no conversation"
                )
            for origin, _ in self._progress:
                yield Skipped(origin, "no_conversation", "progress: the source holds no conversation")
            return
        first = next(iter(self._chains.values()))
        for origin, line, at_ns in self._beside:
            first.note(str(line["type"]), line, origin, at_ns)
        for key, chain in self._chains.items():
            chain.end()
            self._finish(key, chain)
        for chain in self._chains.values():
            yield from chain.log.entries()
        for origin, call_id in self._progress:
            tool = self._tool(call_id)
            yield Merged(origin, first.log.trace_id, (tool or first.log.root).span_id)

    # --- one line ----------------------------------------------------------------------------------------------

    def _summary(self, line: dict[str, Any], origin: Origin) -> None:
        leaf, title = first_text(line, ("leafUuid",)), first_text(line, ("summary",))
        if leaf and title:
            self._titles[leaf] = title
        self._beside.append((origin, line, None))

    def _is_repeated(self, line: dict[str, Any]) -> bool:
        own = first_text(line, ("uuid",))
        if own is None:
            return False
        mark = hash(dumps(line.get("message")))
        is_known = self._seen.get(own) == mark
        self._seen[own] = mark
        return is_known

    def _spoken(self, word: str, line: dict[str, Any], origin: Origin, at_ns: int | None) -> Iterator[Entry]:
        key = self._key(line)
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = self._new_chain(key, origin)
        own = first_text(line, ("uuid",))
        if own:
            self._key_of[own] = key
        if word == "system":
            chain.system(line, origin, at_ns)
        elif word == "attachment":
            chain.attachment(line, origin, at_ns)
        elif not (chain.user if word == "user" else chain.assistant)(line, origin, at_ns):
            reason = f"a line of the {word} without content that can be read"
            yield Skipped(origin, "no_content", reason, Severity.WARNING)
            return
        self._root_fields(chain, line)
        self._learn(chain, line)

    def _key(self, line: dict[str, Any]) -> str:
        """Which conversation a line belongs to: a sub-agent's by its id, else by the line it follows on."""
        if line.get("isSidechain") is not True:
            return _MAIN
        agent, parent = first_text(line, ("agentId",)), first_text(line, ("parentUuid",))
        if agent:
            return f"agent-{agent}"
        return (
            self._key_of.get(parent or "") or f"sidechain-{first_text(line, ('uuid',)) or len(self._chains)}"
        )

    def _new_chain(self, key: str, origin: Origin) -> Chain:
        trace = self.session_id or self.source or "session"
        log = Transcript(trace, origin, "", prefix=f"{key}-" if key else "")
        return Chain(log, is_agent=bool(key))

    def _root_fields(self, chain: Chain, line: dict[str, Any]) -> None:
        root = chain.log.root
        known = {key: line[key] for key in _ROOT_FIELDS if line.get(key) is not None}
        root.attributes = {**known, **(root.attributes or {})}
        root.version = root.version or first_text(line, ("version",))
        root.agent = root.agent or first_text(line, ("attributionAgent",))

    def _learn(self, chain: Chain, line: dict[str, Any]) -> None:
        """Which tool call started which sub-agent: told by the agent's id in its result, or by the same prompt."""
        message = line["message"] if isinstance(line.get("message"), dict) else {}
        details = line["toolUseResult"] if isinstance(line.get("toolUseResult"), dict) else {}
        agent, workflow = first_text(details, ("agentId",)), first_text(details, ("runId",))
        for part in read_parts(message.get("content")):
            tool = chain.log.tool_of(part.tool_call_id)
            if tool is None:
                continue
            if part.type is PartType.TOOL_CALL:
                prompt = first_text(parsed_object(part.content) or {}, ("prompt",))
                if prompt:
                    self._prompts.setdefault(prompt, tool)
            elif part.type is PartType.TOOL_RESULT and agent:
                self._agent_tools.setdefault(agent, tool)
                # the agent's own file knows nothing but its id
                tool.span_id = tool_id_of(agent)
            elif part.type is PartType.TOOL_RESULT and workflow:
                # the files of its agents stand in a folder of this name
                tool.span_id = workflow

    # --- the whole ---------------------------------------------------------------------------------------------

    def _finish(self, key: str, chain: Chain) -> None:
        root = chain.log.root
        root.session_id = self.session_id or None
        if not key:
            root.agent = "Claude Code"
            found = self._title or self._summary_of()
            root.name = one_line(found or chain.first_prompt) or "Claude Code session"
            root.name = root.name[:_LONGEST_NAME]
            return
        agent = key.removeprefix("agent-") if key.startswith("agent-") else None
        tool = self._agent_tools.get(agent or "") or self._prompts.get(chain.first_prompt or "")
        asked = (parsed_object(tool.input) or {}) if tool is not None else {}
        root.agent = first_text(asked, ("subagent_type",)) or root.agent or "sub-agent"
        root.name = first_text(asked, ("description",)) or one_line(chain.first_prompt) or "sub-agent"
        root.name, root.input = root.name[:_LONGEST_NAME], chain.first_prompt
        if tool is not None:
            root.parent_id = tool.span_id
        elif _MAIN in self._chains:
            root.parent_id = self._chains[_MAIN].log.root.span_id
        elif agent:
            workflow = _WORKFLOW.search(self.source)
            root.parent_id = workflow.group(1) if workflow else tool_id_of(agent)

    def _summary_of(self) -> str | None:
        """The newest summary of a line that is in this source; older programs put those of other sessions here too."""
        known = [title for leaf, title in self._titles.items() if leaf in self._key_of]
        return known[-1] if known else None

    def _tool(self, call_id: str | None) -> Span | None:
        found = (chain.log.tool_of(call_id) for chain in self._chains.values())
        return next((tool for tool in found if tool is not None), None)


def tool_id_of(agent: str) -> str:
    """The span id of the tool call that started a sub-agent, the same for the session's file and the agent's."""
    return f"agent-{agent}"


def _is_own(word: str | None, line: dict[str, Any]) -> bool:
    """Whether a session can hold the line; in a mixed source others know it."""
    if word is None or (word in BESIDE and BESIDE[word] in line):
        return word is not None
    return bool(_OF_SESSIONS & line.keys()) or (
        word in ("user", "assistant") and isinstance(line.get("message"), dict)
    )
