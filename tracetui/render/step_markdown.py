"""A comparison of two steps as Markdown for a pull request: tables and fenced blocks, which no text of a trace can
leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tracetui.analysis.diff.edited import edited_values
from tracetui.analysis.diff.json import Change, JsonChange, path_text
from tracetui.analysis.diff.messages import MessageChange, MessageMark, MessagesDiff, message_text
from tracetui.analysis.diff.steps import Fact, ModelCallDiff, StepDiff
from tracetui.analysis.diff.text import TextPiece
from tracetui.analysis.diff.values import ValueDiff
from tracetui.analysis.diff.volatile import Volatile
from tracetui.model import JsonValue, Message
from tracetui.read_model import SpanDetail
from tracetui.reading.lenient import dumps
from tracetui.render import text
from tracetui.render.diff_lines import value_diff_lines
from tracetui.render.lines import LineKind
from tracetui.render.markdown_writing import code, fenced, table
from tracetui.render.step_diff import (
    UNLIKE,
    cache_line,
    call_summary,
    change_words,
    figures_line,
    rule_words,
    step_words,
)  # fmt: skip

_MOST_LINES = 80
"""Lines of one block."""
_MOST_CHANGES = 200
_MOST_MESSAGES = 50
_LINE_CHARACTERS = 300
_VALUE_CHARACTERS = 300
_ANSWER = "Answer"
_SIGNS = {Change.ADDED: "+", Change.REMOVED: "−", Change.CHANGED: "~"}
_LINE_SIGNS = {LineKind.ADDED: "+ ", LineKind.REMOVED: "- "}


def step_diff_markdown(a: SpanDetail, b: SpanDetail, diff: StepDiff, rule: Volatile) -> Iterator[str]:
    """Both steps, what differs between them, and what does not count; long blocks and tables are cut."""
    yield "### Steps compared"
    yield ""
    yield from table(
        ("", "run", "step"),
        [(side, code(step.run_id), code(step_words(step))) for side, step in (("A", a), ("B", b))],
    )
    figures = figures_line(a, b)
    yield from (("", f"A → B: {code(figures)}") if figures else ())
    yield ""
    yield from ("No difference.", "") if diff.is_empty else _differences(diff, rule)
    yield code(f"Left out of values: {rule_words(rule)}")


def _differences(diff: StepDiff, rule: Volatile) -> Iterator[str]:
    if isinstance(diff, ModelCallDiff):
        yield code(call_summary(diff))
        yield ""
        if diff.is_same_conversation:
            yield code(cache_line(diff.cache))
            yield ""
    yield from _facts(diff.facts)
    if isinstance(diff, ModelCallDiff):
        yield from _value("System prompt", diff.system)
        yield from _value("Parameters", diff.parameters)
        yield from _messages("Messages", rule, diff.messages, diff.a_input, diff.b_input)
        yield from _messages(_ANSWER, rule, diff.output, diff.a_output, diff.b_output)
    elif diff.is_of_unlike:
        yield UNLIKE
        yield ""
    else:
        yield from _value("Input", diff.input)
        yield from _value("Output", diff.output)


def _facts(facts: Sequence[Fact]) -> Iterator[str]:
    if facts:
        yield from table(
            ("", "A", "B"), [(fact.name, _fact(fact.before), _fact(fact.after)) for fact in facts]
        )
        yield ""


def _fact(value: str | None) -> str:
    return text.UNKNOWN if value is None else code(value, _VALUE_CHARACTERS)


def _value(title: str, diff: ValueDiff) -> Iterator[str]:
    if diff:
        yield f"#### {title}"
        yield ""
        yield from _difference(diff)


def _difference(diff: ValueDiff) -> Iterator[str]:
    changes = [change for change in diff if isinstance(change, JsonChange)]
    if changes:
        yield from table(("", "where", "A", "B"), [_row(change) for change in changes[:_MOST_CHANGES]])
        yield ""
        yield from _more(len(changes) - _MOST_CHANGES, "change")
    pieces = [piece for piece in diff if isinstance(piece, TextPiece)]
    if pieces:
        yield from _block(list(_diff_lines(tuple(pieces))), "diff")


def _row(change: JsonChange) -> tuple[str, str, str, str]:
    before = "" if change.change is Change.ADDED else _json(change.before)
    after = "" if change.change is Change.REMOVED else _json(change.after)
    return _SIGNS[change.change], code(path_text(change.path)) or "all", before, after


def _json(value: JsonValue) -> str:
    return code(dumps(value), _VALUE_CHARACTERS)


def _diff_lines(pieces: tuple[TextPiece, ...]) -> Iterator[str]:
    """Lines as `diff` writes them, long stretches of equal ones counted."""
    lines = value_diff_lines(pieces)
    line = 0
    while line < len(lines):
        if line in lines.folded:
            yield f"  … {lines.fold_end[line] - line:,} lines the same"
            line = lines.fold_end[line]
            continue
        told = lines.sources[lines.source[line]][lines.start[line] : lines.end[line]]
        yield f"{_LINE_SIGNS.get(LineKind(lines.kind[line]), '  ')}{told}"
        line += 1


def _block(lines: Sequence[str], language: str = "") -> Iterator[str]:
    shown = [_cut(line) for line in lines[:_MOST_LINES]]
    yield from fenced(shown, language)
    yield ""
    yield from _more(len(lines) - _MOST_LINES, "line")


def _cut(line: str) -> str:
    if len(line) <= _LINE_CHARACTERS:
        return line
    return f"{line[:_LINE_CHARACTERS]}… (+{len(line) - _LINE_CHARACTERS:,} chars)"


def _more(count: int, noun: str) -> Iterator[str]:
    if count > 0:
        yield f"{count:,} further {noun}{'' if count == 1 else 's'} {'is' if count == 1 else 'are'} not listed."
        yield ""


def _messages(
    title: str, rule: Volatile, diff: MessagesDiff, a: Sequence[Message], b: Sequence[Message]
) -> Iterator[str]:
    if diff.is_empty:
        return
    yield f"#### {title}"
    yield ""
    listed = 0
    for is_same, group in groupby(diff.changes, lambda change: change.mark is MessageMark.SAME):
        changes = list(group)
        if is_same:
            yield f"{len(changes):,} the same"
            yield ""
            continue
        for change in changes[: max(_MOST_MESSAGES - listed, 0)]:
            yield from _message(change, rule, a, b, is_answer=title == _ANSWER)
        listed += len(changes)
    yield from _more(listed - _MOST_MESSAGES, "message")


def _message(
    change: MessageChange, rule: Volatile, a: Sequence[Message], b: Sequence[Message], *, is_answer: bool
) -> Iterator[str]:
    before = None if change.a is None else a[change.a]
    after = None if change.b is None else b[change.b]
    here = after or before
    assert here is not None  # a message stands on one side at least
    place = change.a if change.b is None else change.b
    yield f"Message {place}, {code(here.role) or 'nobody'}: {_words(change, is_answer)}"
    yield ""
    if change.mark is MessageMark.EDITED and before is not None and after is not None:
        for head, values in edited_values(before, after, rule):
            yield from (code(head), "") if head else ()
            yield from _difference(values)
    elif change.mark is not MessageMark.MOVED:
        sign = "- " if change.b is None else "+ "
        yield from _block([f"{sign}{line}" for line in message_text(here).splitlines() or [""]], "diff")


def _words(change: MessageChange, is_answer: bool) -> str:
    # an answer takes no message out of anything
    if is_answer and None in (change.a, change.b):
        return f"only in {'A' if change.b is None else 'B'}"
    return change_words(change)
