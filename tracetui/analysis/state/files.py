"""Files that tool calls wrote, from what the calls carry: the whole file where that is known, else the parts.

A file is known whole once a call wrote it whole, as long as each edit since fits it; nothing is read from a disk. Of others
only what was replaced is known, as `{"parts": […]}` before and after. All of it is concluded: what else wrote to
a file, the export does not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tracetui.analysis.state.file_writes import FileWrite, Piece, Way
from tracetui.analysis.state.replay import FILES
from tracetui.analysis.state.tool_writes import tool_writes
from tracetui.model import Fidelity, StateChange, StateOp
from tracetui.reading.lenient import dumps

_MOST_WHOLE_CHARACTERS = 65_536
_MOST_VERSIONS_CHARACTERS = 8_000_000
_REFUSED = re.compile(
    r"(?i)[\"'\s]*(?:<tool_use_error>|<error>|error\b|failed\b|failure\b|invalid\b|no replacement|multiple occurrences|no such file|"
    r"permission denied|file not found|could not|cannot\b|the path /|old_str|string to replace)"
)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that had a result or ran to its end; `has_succeeded` is None where its status is not told."""

    name: str
    arguments: str | None
    result: str | None
    has_succeeded: bool | None
    actor: str | None = None
    at_ns: int | None = None
    order: int = 0


@dataclass(slots=True)
class Files:
    """The files of a run as far as its calls tell of them."""

    _whole: dict[str, str] = field(default_factory=dict)
    _told: dict[str, str | None] = field(default_factory=dict)
    _characters: int = 0

    def run(self, call: ToolCall) -> Iterator[StateChange]:
        """What a call did to files; nothing for one that failed or writes none."""
        if call.has_succeeded is False or _REFUSED.match(call.result or "") is not None:
            return
        for write in tool_writes(call.name, call.arguments, call.result):
            yield self._change(call, write)

    def _change(self, call: ToolCall, write: FileWrite) -> StateChange:
        before, after = self._told.get(write.path), self._written(write)
        op, fidelity = StateOp.SET, Fidelity.INFERRED
        if write.way is Way.DELETED:
            op, after = StateOp.DELETE, None
            self._told.pop(write.path, None)
        else:
            if after is None:
                fidelity = Fidelity.REDACTED if write.way is Way.UNKNOWN else fidelity
                before, after = self._parts(write, before)
            if write.way is Way.APPENDED:
                op = StateOp.APPEND
            self._told[write.path] = after
        return StateChange(
            op, write.path, after, before, FILES, None, call.actor, fidelity,
            f"call of {call.name}: {write.way}", call.at_ns, call.order,
        )  # fmt: skip

    def _written(self, write: FileWrite) -> str | None:
        """The whole file as it is then, as JSON text; None where it is not known, or too large to keep each version."""
        whole = _applied(self._whole.get(write.path), write)
        if whole is None:
            self._whole.pop(write.path, None)
            return None
        self._whole[write.path] = whole
        if write.way is Way.WHOLE:
            return dumps(whole)
        self._characters += len(whole)
        is_kept = len(whole) <= _MOST_WHOLE_CHARACTERS and self._characters <= _MOST_VERSIONS_CHARACTERS
        return dumps(whole) if is_kept else None

    def _parts(self, write: FileWrite, before: str | None) -> tuple[str | None, str | None]:
        """What stands in the call: the parts as they were and as they are."""
        pieces = write.pieces or ([Piece("", write.text)] if write.text is not None else [])
        if not pieces:
            return before, None
        old = [piece.old for piece in pieces if piece.old]
        return dumps({"parts": old}), dumps({"parts": [piece.new for piece in pieces]})


def _applied(held: str | None, write: FileWrite) -> str | None:
    """A file after a write; None where what it held is not known, or is not what the write replaces."""
    if write.way is Way.WHOLE:
        return write.text
    if write.way is Way.PARTS:
        return _replaced(held, write)
    if held is None or write.text is None:
        return None
    if write.way is Way.APPENDED:
        return held + write.text
    if write.way is Way.INSERTED and write.line is not None:
        lines = held.splitlines(keepends=True)
        return "".join([*lines[: write.line], write.text.removesuffix("\n") + "\n", *lines[write.line :]])
    return None


def _replaced(held: str | None, write: FileWrite) -> str | None:
    for piece in write.pieces:
        if not piece.old:
            held = piece.new if held is None else None
            continue
        if held is None or piece.old not in held or (not piece.is_everywhere and held.count(piece.old) > 1):
            return None
        held = held.replace(piece.old, piece.new)
    return held if write.pieces else None
