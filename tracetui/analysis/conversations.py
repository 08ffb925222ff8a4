"""Which earlier model call a call goes on from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from tracetui.analysis.context_window import SYSTEM, Body, are_only_newest, common_prefix


@dataclass(frozen=True)
class Window:
    """What a call was given, as keys of messages, and the span of the agent that it stands below."""

    span_key: int
    agent_key: int | None
    messages: Sequence[int]
    bodies: Mapping[int, Body]

    @cached_property
    def identities(self) -> Set[int | str]:
        """What tells it from other conversations: its messages but for those to the system; a result is that of its
        call, whatever is left of it."""
        kept = ((key, self.bodies[key]) for key in self.messages if self.bodies[key].role not in SYSTEM)
        return {body.tool_call_id if body.is_result and body.tool_call_id else key for key, body in kept}


def previous_window(now: Window, earlier: Iterable[Window]) -> Window | None:
    """The call that this one goes on from, None where it begins anew; `earlier` are calls of the same agent in the
    same session, the last one first. Calls that share nothing but their system message are not one conversation,
    unless a summary stands for what was said."""
    ordered = sorted(earlier, key=lambda each: each.agent_key != now.agent_key)
    if ordered and _goes_on(now, ordered[0]):
        return ordered[0]
    newest = (each for each in ordered if are_only_newest(each.messages, now.messages, now.bodies))
    return _before_summary(now, ordered) or _most_alike(now, ordered) or next(newest, None)


def _goes_on(now: Window, before: Window) -> bool:
    is_whole = common_prefix(before.messages, now.messages) == len(before.messages)
    return is_whole and bool(before.identities)


def _before_summary(now: Window, earlier: Sequence[Window]) -> Window | None:
    """The last call without the summary that this one was given, one that shares something if there is one."""
    told = {key for key in now.messages if now.bodies[key].is_summary and not now.bodies[key].is_result}
    unaware = [each for each in earlier if not told <= set(each.messages)] if told else []
    alike = (each for each in unaware if now.identities & each.identities)
    return next(alike, unaware[0] if unaware else None)


def _most_alike(now: Window, earlier: Sequence[Window]) -> Window | None:
    """The call that shares the most, and of those the one of which the least is gone, and of those the last."""
    best, most = None, (0, 0)
    for each in earlier:
        shared = len(now.identities & each.identities)
        if shared and (shared, shared - len(each.identities)) > most:
            best, most = each, (shared, shared - len(each.identities))
    return best
