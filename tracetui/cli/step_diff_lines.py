"""A comparison of two steps as readable lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracetui.analysis.diff.edited import edited_values
from tracetui.analysis.diff.json import Change, JsonChange, path_text
from tracetui.analysis.diff.messages import MessageMark, MessagesDiff, message_text
from tracetui.analysis.diff.steps import ModelCallDiff, StepDiff
from tracetui.analysis.diff.text import Piece, TextPiece
from tracetui.analysis.diff.values import ValueDiff
from tracetui.analysis.diff.volatile import Volatile
from tracetui.cli.json_text import json_text
from tracetui.model import Message
from tracetui.read_model import SpanDetail
from tracetui.render import text
from tracetui.render.safe import safe, safe_lines
from tracetui.render.step_diff import UNLIKE, cache_line, call_summary, change_words, rule_words, step_words

_SIGNS = {Change.ADDED: "+", Change.REMOVED: "−", Change.CHANGED: "~"}
_AROUND = 40
_LONG = 80


def step_diff_lines(a: SpanDetail, b: SpanDetail, diff: StepDiff, rule: Volatile) -> Iterator[str]:
    """Everything that differs, in full; what is the same is counted; what does not count is said."""
    yield f"A  {_where(a)}"
    yield f"B  {_where(b)}"
    yield from ("No difference.",) if diff.is_empty else _differences(diff, rule)
    yield f"Left out of values: {rule_words(rule)}"


def _differences(diff: StepDiff, rule: Volatile) -> Iterator[str]:
    for fact in diff.facts:
        yield f"~ {fact.name}: {safe(fact.before or text.UNKNOWN)} → {safe(fact.after or text.UNKNOWN)}"
    if isinstance(diff, ModelCallDiff):
        yield from _call(diff, rule)
        return
    if diff.is_of_unlike:
        yield UNLIKE
        return
    yield from _value("input", diff.input)
    yield from _value("output", diff.output)


def _where(detail: SpanDetail) -> str:
    return f"{safe(detail.run_id)}  {step_words(detail)}"


def _call(diff: ModelCallDiff, rule: Volatile) -> Iterator[str]:
    yield call_summary(diff)
    if diff.is_same_conversation:
        yield cache_line(diff.cache)
    yield from _value("system", diff.system)
    yield from _value("parameters", diff.parameters)
    yield from _messages("messages", diff.messages, diff.a_input, diff.b_input, rule)
    yield from _messages("answer", diff.output, diff.a_output, diff.b_output, rule)


def _messages(
    title: str, diff: MessagesDiff, a: Sequence[Message], b: Sequence[Message], rule: Volatile
) -> Iterator[str]:
    if diff.is_empty:
        return
    yield f"{title}:"
    same = 0
    for change in diff.changes:
        if change.mark is MessageMark.SAME:
            same += 1
            continue
        if same:
            yield f"    … {same:,} the same"
            same = 0
        if change.mark is MessageMark.EDITED and change.a is not None and change.b is not None:
            yield f"  ~ [{change.b}] {safe(b[change.b].role)} {change_words(change)}"
            yield from _edited(a[change.a], b[change.b], rule)
        elif change.b is not None:
            sign = "+" if change.mark is MessageMark.ADDED else "↷"
            yield from _message(sign, change.b, b[change.b], "")
        elif change.a is not None:
            yield from _message("−", change.a, a[change.a], f" {change.leaving}" if change.leaving else "")
    if same:
        yield f"    … {same:,} the same"


def _message(sign: str, place: int, message: Message, about: str) -> Iterator[str]:
    yield f"  {sign} [{place}] {safe(message.role)}{about}"
    yield from (f"      {line}" for line in safe_lines(message_text(message)))


def _value(title: str, diff: ValueDiff) -> Iterator[str]:
    if not diff:
        return
    yield f"{title}:"
    yield from _difference(diff)


def _edited(a: Message, b: Message, rule: Volatile) -> Iterator[str]:
    for head, diff in edited_values(a, b, rule):
        yield from (f"      {safe(head)}",) if head else ()
        yield from (f"    {line}" if isinstance(diff[0], JsonChange) else line for line in _difference(diff))


def _difference(diff: ValueDiff) -> Iterator[str]:
    changes = [change for change in diff if isinstance(change, JsonChange)]
    yield from (_change(change) for change in changes)
    yield from _pieces([piece for piece in diff if isinstance(piece, TextPiece)])


def _change(change: JsonChange) -> str:
    before, after = (safe(json_text(value)) for value in (change.before, change.after))
    told = {Change.ADDED: after, Change.REMOVED: before, Change.CHANGED: f"{before} → {after}"}[change.change]
    return f"  {_SIGNS[change.change]} {safe(path_text(change.path)) or '(all)'}: {told}"


def _pieces(pieces: Sequence[TextPiece]) -> Iterator[str]:
    """Changed words in brackets, `[-gone-]{+new+}`, with the words around them; long equal text is counted, and what
    stands for a long stretch begins a line of its own."""
    shown = []
    for index, piece in enumerate(pieces):
        if piece.kind is Piece.EQUAL:
            shown.append(_around(piece.text, index > 0, index < len(pieces) - 1))
        else:
            is_behind = piece.kind is Piece.ADDED and index and pieces[index - 1].kind is Piece.REMOVED
            if (
                is_behind
                and max(len(piece.text), len(pieces[index - 1].text)) > _LONG
                and shown[-1][-1] != "\n"
            ):
                shown.append("\n")
            shown.append(_bracketed(piece))
    yield from (f"      {line}" for line in safe_lines("".join(shown)) if shown)


def _around(equal: str, has_before: bool, has_after: bool) -> str:
    start, end = _AROUND * has_before, _AROUND * has_after
    if len(equal) <= start + end + _AROUND:
        return equal
    return f"{equal[:start]} … ({len(equal) - start - end:,} the same) … {equal[len(equal) - end :] if end else ''}"


def _bracketed(piece: TextPiece) -> str:
    """A changed piece; a line break at its end stands behind the bracket."""
    opening, closing = ("[-", "-]") if piece.kind is Piece.REMOVED else ("{+", "+}")
    words = piece.text.removesuffix("\n") if piece.text.strip("\n") else piece.text
    return f"{opening}{words}{closing}{piece.text[len(words) :]}"
