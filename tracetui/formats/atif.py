"""ATIF, the Agent Trajectory Interchange Format: one document a trajectory, sub-agents' trajectories inside or beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.atif_steps import tell_step
from tracetui.formats.chat_log import ChatLog, content_id, text_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import MAX_DEPTH, first_text
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, ImportIssue, JsonValue, Origin, Record, Severity, Skipped, Span

_LONGEST_NAME = 70
_ROOT_REST = ("final_metrics", "notes", "extra", "continued_trajectory_ref", "schema_version")


def sniff(head: Head) -> Match | None:
    """Recognise a trajectory by its schema version, or by session, agent and steps."""
    for value in head.values[:1]:
        found = _documents(value)
        if found:
            version = first_text(found[0], ("schema_version",)) or ""
            named = version.upper().startswith("ATIF")
            return Match(95 if named else 70, "an ATIF trajectory", version.removeprefix("ATIF-") or None)
    return None


def _is_trajectory(value: JsonValue) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("steps"), list):
        return False
    version = value.get("schema_version")
    if isinstance(version, str) and version.upper().startswith("ATIF"):
        return True
    steps = value["steps"][:1]
    return isinstance(value.get("agent"), dict) and all(isinstance(s, dict) and "step_id" in s for s in steps)


def _documents(value: JsonValue) -> list[dict[str, Any]]:
    """The trajectory itself, or those that an object or list holds by name."""
    if _is_trajectory(value) and isinstance(value, dict):
        return [value]
    held = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [item for item in held if isinstance(item, dict) and _is_trajectory(item)]
    return found if found and len(found) == len(held) else []


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A run for each trajectory, its sub-agents' trajectories under the steps that refer to them."""
    for record in records:
        documents = _documents(record.value)
        if not documents:
            yield Skipped(record.origin, "unknown_shape", "no ATIF trajectory", Severity.WARNING)
        for document in documents:
            whole = document is record.value
            origin = record.origin if whole else element_origin(record.origin, document)
            yield from _Reader(content_id(document)).trajectory(document, origin, None, "", 0)


class _Reader:
    """One document: what refers to which sub-agent, and every span so far by the id of what it refers to."""

    def __init__(self, trace: str) -> None:
        self._trace = trace
        self._numbers = 0

    def trajectory(
        self, value: dict[str, Any], origin: Origin, parent_id: str | None, prefix: str, depth: int
    ) -> Iterator[Entry]:
        agent = value["agent"] if isinstance(value.get("agent"), dict) else {}
        name = first_text(agent, ("name",)) or "agent"
        chat = ChatLog(Transcript(self._trace, origin, name, prefix=prefix, parent_id=parent_id))
        _fill_root(chat.log.root, value, agent)
        refers: dict[str, str] = {}
        steps = value.get("steps")
        for step in steps if isinstance(steps, list) else ():
            refers.update(tell_step(chat, step, element_origin(origin, step), agent))
        _name(chat.log.root, chat, name)
        yield from chat.entries()
        if isinstance(value.get("continued_trajectory_ref"), str):
            message = f"the trajectory goes on in {value['continued_trajectory_ref']}; open that file too"
            yield ImportIssue("continued_elsewhere", message, Severity.INFO, span_id=chat.log.root.span_id)
        yield from self._subagents(value.get("subagent_trajectories"), origin, refers, chat.log.root, depth)

    def _subagents(
        self, found: JsonValue, origin: Origin, refers: dict[str, str], root: Span, depth: int
    ) -> Iterator[Entry]:
        for inner in found if isinstance(found, list) else ():
            place = element_origin(origin, inner)
            if not isinstance(inner, dict) or depth > MAX_DEPTH:
                yield Skipped(place, "unknown_shape", "no trajectory, or nested too deep", Severity.WARNING)
                continue
            own = first_text(inner, ("trajectory_id", "session_id")) or ""
            self._numbers += 1
            above = refers.get(own, root.span_id)
            yield from self.trajectory(inner, place, above, f"sub-{self._numbers}-", depth + 1)


def _name(root: Span, chat: ChatLog, agent: str) -> None:
    """A run is called by its agent and what it was asked."""
    asked = next((text for m in chat.log.context if m.role == "user" and (text := text_of(m))), None)
    said = [text for m in chat.log.context if m.role == "assistant" and (text := text_of(m))]
    root.input, root.output = asked, said[-1] if said else None
    line = one_line(asked)
    root.name = f"{agent}: {line}"[:_LONGEST_NAME] if line else agent


def _fill_root(root: Span, value: dict[str, Any], agent: dict[str, Any]) -> None:
    root.is_derived, root.kind_original = False, "trajectory"
    root.agent, root.version = first_text(agent, ("name",)), first_text(agent, ("version",))
    root.session_id = first_text(value, ("session_id", "trajectory_id"))
    root.tools_offered = read_tools(agent.get("tool_definitions"))
    kept = {key: value[key] for key in _ROOT_REST if value.get(key) is not None}
    about = {key: found for key, found in agent.items() if key != "tool_definitions" and found is not None}
    root.attributes = {**kept, "agent": about}
    own = first_text(value, ("trajectory_id",))
    root.metadata = {"trajectory_id": own} if own else None


FORMAT = Format(
    name="atif",
    title="ATIF trajectories",
    recognised_by="`schema_version` ATIF-v1.x with `steps`",
    produced_by="Harbor and Terminus, OpenHands, NVIDIA NeMo Agent Toolkit and others: trajectory.json",
    sniff=sniff,
    read=read,
    global_ids=False,
)
