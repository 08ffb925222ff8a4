"""ATIF, the Agent Trajectory Interchange Format: one document a trajectory, sub-agents' trajectories inside or beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from tracetui.formats.atif_repeats import put_below_repeats
from tracetui.formats.atif_steps import referred_by, tell_step
from tracetui.formats.chat_log import ChatLog, content_id, text_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import cost_value
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import MAX_DEPTH, first_text
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import count
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
        yield from _runs(documents, record)


def _runs(documents: list[dict[str, Any]], record: Record) -> Iterator[Entry]:
    """A run for each trajectory that none of the others refers to; the others stand inside it."""
    asked = {own for document in documents for own in referred_by(document)}
    waiting = {_own_id(document): document for document in documents if _own_id(document) in asked}
    roots = [document for document in documents if waiting.get(_own_id(document)) is not document]
    for document in roots:
        yield from _run(document, record, waiting)
    while waiting:
        # they refer to one another in a circle
        yield from _run(waiting.pop(next(iter(waiting))), record, waiting)


def _run(document: dict[str, Any], record: Record, beside: dict[str, dict[str, Any]]) -> Iterator[Entry]:
    whole = document is record.value
    origin = record.origin if whole else element_origin(record.origin, document)
    yield from _Reader(content_id(document), beside).trajectory(document, origin, None, "", 0)


def _own_id(document: dict[str, Any]) -> str:
    return first_text(document, ("trajectory_id", "session_id")) or ""


class _Reader:
    """One run: what refers to which sub-agent, and the trajectories beside it that wait to be referred to by id."""

    def __init__(self, trace: str, beside: dict[str, dict[str, Any]]) -> None:
        self._trace = trace
        self._beside = beside
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
        told = list(chat.entries())
        yield from put_below_repeats([entry for entry in told if isinstance(entry, Span)], chat.log.root)
        yield from told
        yield from _other_sums(value, [entry for entry in told if isinstance(entry, Span)], chat.log.root)
        if isinstance(value.get("continued_trajectory_ref"), str):
            message = f"the trajectory goes on in {value['continued_trajectory_ref']}; open that file too"
            yield ImportIssue(
                "continued_elsewhere",
                message,
                Severity.INFO,
                span_id=chat.log.root.span_id,
                trace_id=chat.log.trace_id,
            )
        inside = value.get("subagent_trajectories")
        found = [*(inside if isinstance(inside, list) else ()), *self._taken(refers)]
        yield from self._subagents(found, origin, refers, chat.log.root, depth)

    def _taken(self, refers: dict[str, str]) -> list[dict[str, Any]]:
        return [self._beside.pop(own) for own in refers if own in self._beside]

    def _subagents(
        self, found: list[Any], origin: Origin, refers: dict[str, str], root: Span, depth: int
    ) -> Iterator[Entry]:
        for inner in found:
            place = element_origin(origin, inner)
            if not isinstance(inner, dict) or depth > MAX_DEPTH:
                yield Skipped(place, "unknown_shape", "no trajectory, or nested too deep", Severity.WARNING)
                continue
            self._numbers += 1
            above = refers.get(_own_id(inner), root.span_id)
            yield from self.trajectory(inner, place, above, f"sub-{self._numbers}-", depth + 1)


def _name(root: Span, chat: ChatLog, agent: str) -> None:
    """A run is called by its agent and what it was asked."""
    asked = next((text for m in chat.log.context if m.role == "user" and (text := text_of(m))), None)
    said = [text for m in chat.log.context if m.role == "assistant" and (text := text_of(m))]
    root.input, root.output = asked, said[-1] if said else None
    line = one_line(asked)
    root.name = f"{agent}: {line}"[:_LONGEST_NAME] if line else agent


def _other_sums(value: dict[str, Any], spans: Sequence[Span], root: Span) -> Iterator[ImportIssue]:
    """An issue where the sums that a trajectory states are not those of its steps; they may hold sub-agents inside it."""
    final = value.get("final_metrics")
    if not isinstance(final, dict) or value.get("subagent_trajectories"):
        return
    usages = [span.usage for span in spans if span.usage is not None and span is not root]
    said = [count(final, (f"total_{side}_tokens",)) for side in ("prompt", "completion")]
    found = [
        sum(usage.input_tokens or 0 for usage in usages),
        sum(usage.output_tokens or 0 for usage in usages),
    ]
    cost, paid = (
        cost_value(final.get("total_cost_usd")),
        sum(usage.cost_usd or Decimal(0) for usage in usages),
    )
    tokens_differ = any(
        one is not None and abs(one - other) > max(len(usages), max(one, other) / 100)
        for one, other in zip(said, found, strict=True)
    )
    # a cost is compared with costs alone: steps that tell none say nothing against it
    costs_differ = cost is not None and paid != 0 and abs(cost - paid) * 100 > max(cost, paid)
    if usages and (tokens_differ or costs_differ):
        sums = "/".join("–" if number is None else f"{number:,}" for number in said)
        message = (
            f"final_metrics tell {sums} tokens in/out{_dollars(cost)}, the steps {found[0]:,}/{found[1]:,}"
            f"{_dollars(paid or None)}: the steps count"
        )
        yield ImportIssue("usage_anomaly", message, span_id=root.span_id, trace_id=root.trace_id)


def _dollars(cost: Decimal | None) -> str:
    return "" if cost is None else f" and ${cost.normalize():f}"


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
