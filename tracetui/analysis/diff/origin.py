"""Where two prompts that led to other actions first tell something else: a result, the user, or the model itself."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from tracetui.analysis.diff.divergence import Cause
from tracetui.analysis.diff.messages import content_key
from tracetui.analysis.diff.normal import normal_form
from tracetui.analysis.diff.side_effects import is_note
from tracetui.analysis.diff.steps import ModelCallDiff
from tracetui.analysis.diff.volatile import Volatile
from tracetui.model import Message, Part, PartType

_ACTIONS = frozenset((PartType.TOOL_CALL, PartType.TOOL_RESULT))
_OF_CALLS = frozenset(("model", "agent", "provider"))
"""Facts about the calls themselves that are part of what was asked."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Why prompts with the same settings led to other actions. `a` and `b` are the messages since the last shared call
    that differ (the last of the user, or of the model), None for one that is not there."""

    cause: Cause
    a: Message | None = None
    b: Message | None = None


@dataclass(frozen=True, slots=True)
class _Prompt:
    """Calls and results in their order, and the messages behind the last of them."""

    evidence: list[tuple[PartType, str]]
    last: Message | None
    behind: tuple[Message, ...]


def origin_of(diff: ModelCallDiff, rule: Volatile) -> Origin | None:
    """The origin of what two deciding calls saw differently; None where that was another context: other settings, a
    summary, other calls, or words of anybody but user and model."""
    if diff.system or diff.parameters or not diff.tools.is_empty or not (diff.a_input and diff.b_input):
        return None
    if any(fact.name in _OF_CALLS for fact in diff.facts):
        return None
    if any(p.type is PartType.COMPACTION for m in (*diff.a_input, *diff.b_input) for p in m.parts):
        return None
    a, b = _prompt(diff.a_input, rule), _prompt(diff.b_input, rule)
    if a.evidence == b.evidence:
        return _of_words(a, b, rule)
    first = next((pair for pair in zip(a.evidence, b.evidence, strict=False) if pair[0] != pair[1]), None)
    if first is None or {kind for kind, _ in first} != {PartType.TOOL_RESULT}:
        return None
    is_elsewhere = (
        first[0] in b.evidence or first[1] in a.evidence
    )  # results of parallel calls in another order
    return None if is_elsewhere else Origin(Cause.ENVIRONMENT)


def went_on(diff: ModelCallDiff, rule: Volatile) -> Origin | None:
    """What the user said in one run only, where the other ended after its last call; None where that said nothing
    more, or anything else differs before."""
    a, b = _prompt(diff.a_input, rule), _prompt(diff.b_input, rule)
    said, said_there = ([m for m in each.behind if m.role == "user"] for each in (a, b))
    if a.evidence[: len(b.evidence)] != b.evidence[: len(a.evidence)] or len(said) == len(said_there):
        return None
    is_a = len(said) > len(said_there)
    return Origin(Cause.USER, said[-1] if is_a else None, None if is_a else said_there[-1])


def _prompt(messages: Sequence[Message], rule: Volatile) -> _Prompt:
    notes = {
        p.tool_call_id for m in messages for p in m.parts if p.tool_call_id and is_note(p.tool_name or "")
    }
    evidence: list[tuple[PartType, str]] = []
    last = -1
    for at, message in enumerate(messages):
        found = [part for part in message.parts if _is_evidence(part, notes)]
        evidence += [(p.type, f"{p.tool_name or ''}\x1f{normal_form(p.content or '', rule)}") for p in found]
        last = at if found else last
    behind = (m for m in messages[last + 1 :] if any(p.type is not PartType.TOOL_RESULT for p in m.parts))
    return _Prompt(evidence, messages[last] if last != -1 else None, tuple(behind))


def _is_evidence(part: Part, notes: Container[str | None]) -> bool:
    # ids may stand for several calls: they tell of what has no name
    is_own = is_note(part.tool_name) if part.tool_name else part.tool_call_id in notes
    return part.type in _ACTIONS and not is_own


def _of_words(a: _Prompt, b: _Prompt, rule: Volatile) -> Origin | None:
    """The origin behind the same calls and results."""
    roles = {message.role for message in (*a.behind, *b.behind)}
    if not roles <= {"user", "assistant"} or _told_more(a, rule) != _told_more(b, rule):
        return None
    said, said_there = ([m for m in each.behind if m.role == "user"] for each in (a, b))
    if said and said_there and content_key(said[-1], rule) != content_key(said_there[-1], rule):
        return Origin(Cause.USER, said[-1], said_there[-1])
    own, own_there = ([m for m in each.behind if m.role == "assistant"] for each in (a, b))
    if [content_key(m, rule) for m in own] == [content_key(m, rule) for m in own_there]:
        return Origin(Cause.DECISION)
    return Origin(Cause.DECISION, own[-1] if own else None, own_there[-1] if own_there else None)


def _told_more(prompt: _Prompt, rule: Volatile) -> tuple[str, ...]:
    """What the message of the last result says beside it."""
    if prompt.last is None or prompt.last.role == "assistant":
        return ()
    return tuple(
        normal_form(p.content or "", rule) for p in prompt.last.parts if p.type is not PartType.TOOL_RESULT
    )
