"""Inspect AI's log archives: zips, whatever they are called, whose members are read as one source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracetui.reading.content import Content
from tracetui.reading.joined import joined

_ABOUT = ("header.json", "_journal/start.json")


def is_eval_archive(members: Sequence[Content]) -> bool:
    """Whether the members of a zip are those of one log."""
    names = {_in_archive(member) for member in members}
    return not names.isdisjoint(_ABOUT) and any(name.startswith(("samples/", "_journal/")) for name in names)


def as_one(name: str, members: Sequence[Content], *, asked_for: bool) -> Content:
    """The members as one content, first what tells of the log as a whole, then its samples."""
    return replace(joined(sorted(members, key=_place)), name=name, asked_for=asked_for)


def _place(member: Content) -> int:
    name = _in_archive(member)
    if name in _ABOUT:
        return _ABOUT.index(name)
    return 2 if name.startswith("samples/") else 3


def _in_archive(member: Content) -> str:
    return member.name.rpartition("!")[2]
