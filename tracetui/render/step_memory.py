"""What a step did to the memory and what was held after it, as titled pieces that the screen and the command line share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tracetui.analysis.diff.values import diff_values
from tracetui.analysis.diff.volatile import volatile
from tracetui.render import text
from tracetui.render.diff_lines import value_diff_lines
from tracetui.render.json_lines import text_lines
from tracetui.render.lines import Lines
from tracetui.render.memory import WRITES, change_mark, key_words, nothing_told, writer
from tracetui.render.safe import safe

if TYPE_CHECKING:
    from tracetui.api.memory import ContextChange, KeyChange, KeyState, StepMemory

_TONES = {"+": "success", "~": "warning", "»": "accent", "-": "error"}
_EVIDENCE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """A title with lines below it, made when they are asked for. `tone` is a style of the title: error, warning,
    success, accent, muted or empty."""

    title: str
    subtitle: str = ""
    lines: Callable[[], Lines] | None = None
    tone: str = ""
    is_folded: bool = False


def step_memory_pieces(found: StepMemory, format_name: str) -> Iterator[Piece]:
    """What changed, what looks wrong, what became of the context window, what every key held afterwards."""
    if not found.has_any:
        yield from _context(found)
        yield Piece(nothing_told(format_name), tone="muted")
        return
    yield Piece(_changed_words(found))
    yield from (_change(each) for each in found.changes)
    for wrong in found.findings:
        told = f"{safe(wrong.key)}: {wrong.finding}"
        yield Piece(f"! {told}", safe(wrong.evidence, _EVIDENCE_CHARACTERS), tone="warning")
    yield from _context(found)
    keys = "1 key" if len(found.held) == 1 else f"{text.count(len(found.held))} keys"
    after = "afterwards" if found.step is None else f"after step {found.step:,}"
    yield Piece(f"{keys} held {after}")
    yield from (_held(each) for each in found.held)


def _changed_words(found: StepMemory) -> str:
    what = "this step" if found.step is not None else "this span"
    places = len({each.place for each in found.changes if each.op in WRITES})
    changed = (
        f"{what} changed {'nothing' if not places else f'{places:,} key' + ('' if places == 1 else 's')}"
    )
    left = found.count - len(found.changes)
    return f"{changed} in its first {len(found.changes):,} changes of {found.count:,}" if left else changed


def _change(change: KeyChange) -> Piece:
    mark = change_mark(change.op, change.before) if change.op in WRITES else str(change.op)
    title = f"{mark} {key_words(change.store, change.scope, change.key)}"
    told = f"{writer(change.actor, change.fidelity)} · {change.fidelity} · {change.evidence or ''}"
    value = change.before if mark == "-" else change.after
    return Piece(
        title, safe(told, _EVIDENCE_CHARACTERS), None if value is None else partial(_change_lines, change),
        _TONES.get(mark, "muted"), change.op not in WRITES,
    )  # fmt: skip


def _change_lines(change: KeyChange) -> Lines:
    before, after = change.before, change.after
    if before is None or after is None or before == after or change.op not in WRITES:
        return text_lines((after if after is not None else before) or "")
    return value_diff_lines(diff_values(before, after, volatile((), by_default=False)))


def _context(found: StepMemory) -> Iterator[Piece]:
    for each in found.context:
        evidence = safe(each.evidence or "", _EVIDENCE_CHARACTERS)
        tone = "" if each.change == "entered" else "warning"
        yield Piece(f"context window: {_context_words(each)}", evidence, tone=tone)


def _context_words(change: ContextChange) -> str:
    messages = (
        ""
        if change.messages is None
        else f" {change.messages:,} message{'' if change.messages == 1 else 's'}"
    )
    tokens = "" if change.tokens is None else f", ~{text.tokens(change.tokens)}"
    if change.window_tokens is None:
        window = ""
    else:
        of = f" of {text.short_count(change.window_limit)}" if change.window_limit else ""
        window = f" · holds {text.short_count(change.window_tokens)}{of} tok"
    return f"{change.change.replace('_', ' ')}{messages}{tokens}{window}"


def _held(state: KeyState) -> Piece:
    size = "not in the export" if state.size_bytes is None else text.size(state.size_bytes)
    told = f"{size} · {writer(state.actor, state.fidelity)} · step {state.step:,}"
    value = state.value
    lines = None if value is None else partial(text_lines, value)
    return Piece(key_words(state.store, state.scope, state.key), told, lines, is_folded=True)
