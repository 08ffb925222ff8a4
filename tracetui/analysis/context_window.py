"""What entered and left the context window of a model call, against the call before it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tracetui.model import Fidelity

SYSTEM = frozenset(("system", "developer"))
"""Roles of messages that tell a model how to behave."""

_MODEL = frozenset(("assistant", "model", "ai"))
_EVIDENCE = {
    "compacted": "something that calls itself a summary came in their place",
    "cleared": "the same tool result, of which little is left",
    "edited": "the same tool result with other content",
    "truncated": "no longer there",
    "reordered": "in another order than before",
}
_CLEARED_SHARE = 4


@dataclass(frozen=True, slots=True)
class Body:
    """What is known of a message: its role, the call whose result it is, its length in characters."""

    role: str
    tool_call_id: str | None
    is_result: bool
    is_summary: bool
    characters: int
    is_placeholder: bool = False


@dataclass(frozen=True, slots=True)
class WindowChange:
    """Messages that entered or left together; `first_position` is the place of the first of them."""

    change: str
    messages: int
    characters: int
    first_position: int
    fidelity: Fidelity = Fidelity.EXACT
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that was offered, with the length of its definition."""

    name: str
    characters: int


def window_changes(
    before: Sequence[int], now: Sequence[int], bodies: Mapping[int, Body]
) -> list[WindowChange]:
    """Changes from one call's messages to the next one's, both as keys of messages; a repeated one counts once."""
    if are_only_newest(before, now, bodies):
        before = []
    same = common_prefix(before, now)
    old, new = _places(before), _places(now)
    entered = [key for key in new if key not in old] if same < len(now) else []
    gone = [key for key in old if key not in new] if same < len(before) else []
    marked = dict(_marked(gone, entered, bodies))
    replaced = {bodies[key].tool_call_id for key, word in marked.items() if word in ("cleared", "edited")}
    roles_gone = {bodies[key].role for key in gone}
    groups: dict[str, list[tuple[int, int]]] = {}
    for key, word in marked.items():
        groups.setdefault(word, []).append((old[key], bodies[key].characters))
    for key in entered:
        body = bodies[key]
        follows = body.is_result and body.tool_call_id in replaced
        if not follows and not (body.role in SYSTEM and body.role in roles_gone):
            groups.setdefault("entered", []).append((new[key], body.characters))
    moved = [(new[key], bodies[key].characters) for key in _moved(old, new)] if same < len(now) else []
    if moved:
        groups["reordered"] = moved
    return [_change(word, places) for word, places in groups.items()]


def are_only_newest(before: Sequence[int], now: Sequence[int], bodies: Mapping[int, Body]) -> bool:
    """Whether the export lists of a call what is new alone, so that it tells nothing of what left: two calls share no
    message, and one of them has tool results without the message that asked for them."""
    return set(before).isdisjoint(now) and any(
        any(bodies[key].is_result for key in keys) and not any(bodies[key].role in _MODEL for key in keys)
        for keys in (before, now)
    )


def tool_changes(before: Mapping[int, Tool], now: Mapping[int, Tool]) -> WindowChange | None:
    """How the tools that were offered differ from those of the call before; None where they do not."""
    came, went = (
        [tool for key, tool in one.items() if key not in other]
        for one, other in ((now, before), (before, now))
    )
    if not came and not went:
        return None
    words = [f"+ {', '.join(tool.name for tool in came)}"] if came else []
    words += [f"- {', '.join(tool.name for tool in went)}"] if went else []
    return WindowChange(
        "tools_changed", len(came) + len(went), sum(tool.characters for tool in (*came, *went)), 0,
        evidence="; ".join(words),
    )  # fmt: skip


def _change(word: str, places: Sequence[tuple[int, int]]) -> WindowChange:
    fidelity = Fidelity.INFERRED if word == "compacted" else Fidelity.EXACT
    first = min(place for place, _ in places)
    return WindowChange(
        word, len(places), sum(length for _, length in places), first, fidelity, _EVIDENCE.get(word)
    )


def _marked(
    gone: Sequence[int], entered: Sequence[int], bodies: Mapping[int, Body]
) -> Iterator[tuple[int, str]]:
    """What became of each message that is gone."""
    results = {bodies[key].tool_call_id: bodies[key] for key in entered if bodies[key].is_result}
    has_summary = any(bodies[key].is_summary and not bodies[key].is_result for key in entered)
    for key in gone:
        body = bodies[key]
        after = results.get(body.tool_call_id) if body.is_result and body.tool_call_id is not None else None
        if after is not None:
            yield key, "cleared" if after.characters * _CLEARED_SHARE <= body.characters else "edited"
        elif body.role in SYSTEM:
            yield key, "system_changed"
        else:
            yield key, "compacted" if has_summary else "truncated"


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    return next(at for at in range(most) if one[at] != other[at])


def _places(keys: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, place)
    return found


def _moved(old: Mapping[int, int], new: Mapping[int, int]) -> list[int]:
    """Messages of both calls that stand in another order: those outside the longest stretch that kept its order."""
    kept = [(place, key) for key, place in old.items() if key in new]
    order = [new[key] for _, key in kept]
    if all(one < other for one, other in pairwise(order)):
        return []
    ends: list[int] = []
    rank = []
    for place in order:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
        rank.append(at)
    wanted, stays = len(ends) - 1, set()
    for at in range(len(order) - 1, -1, -1):
        if rank[at] == wanted:
            stays.add(kept[at][1])
            wanted -= 1
    return [key for _, key in kept if key not in stays]
