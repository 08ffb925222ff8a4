"""The Diff tab: a step against another as sections, headline first, what is the same folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from tracetui.analysis.diff.edited import edited_values
from tracetui.analysis.diff.messages import (
    MessageChange,
    MessageMark,
    MessagesDiff,
    message_text,
)
from tracetui.analysis.diff.steps import Fact, ModelCallDiff, StepDiff
from tracetui.analysis.diff.values import ValueDiff
from tracetui.analysis.diff.volatile import Volatile
from tracetui.errors import UsageError
from tracetui.model import Message
from tracetui.read_model import SpanDetail
from tracetui.render import text
from tracetui.render.diff_lines import add_heading, add_value_diff, value_diff_lines
from tracetui.render.json_lines import text_lines
from tracetui.render.lines import Lines
from tracetui.render.safe import safe
from tracetui.render.step_diff import (
    UNLIKE,
    cache_line,
    call_summary,
    change_words,
    figures_line,
    rule_words,
    step_words,
)  # fmt: skip
from tracetui.tui.loading import Traces
from tracetui.tui.widgets.document import Section

_NAME_CHARS = 120
_FACT_CHARS = 300
_TWO_STEPS = "D marks a step; D on another one compares the two"


def comparison(
    db: Traces, detail: SpanDetail, before: tuple[str, int] | None, rule: Volatile
) -> list[Section]:
    """A step against another (its run and position), else against the one before of its kind; for a thread."""
    try:
        a, b, diff = db.step_diff(detail.run_id, detail.position, before, rule)
    except UsageError as error:
        return [Section("", error.message, subtitle=_TWO_STEPS, tone="muted")]
    return [
        *diff_sections(a, b, diff, rule),
        Section("", f"left out of values: {rule_words(rule)}", subtitle="i: other keys", tone="muted"),
    ]


def diff_sections(a: SpanDetail, b: SpanDetail, diff: StepDiff, rule: Volatile) -> list[Section]:
    """Everything that differs between two steps. The key of the first section is the id of the span compared with."""
    other = f"of run {safe(a.run_id, _NAME_CHARS)} " if a.run_id != b.run_id else ""
    return [
        Section(a.span_id, f"− {step_words(a)} {other}(enter: go)", tone="error"),
        Section("", f"+ {step_words(b)}", subtitle=figures_line(a, b), tone="success"),
        *_differences(diff, rule),
    ]


def lone_step(detail: SpanDetail, side: str) -> list[Section]:
    """A step that only one of two runs has."""
    sign, tone = ("−", "error") if side == "A" else ("+", "success")
    texts = (("input", detail.input), ("output", detail.output), ("error", detail.error_message))
    return [
        Section("", f"{sign} {step_words(detail)}  only in {side}", tone=tone),
        *(Section("", title, partial(text_lines, text)) for title, text in texts if text),
        *(
            Section("", f"answer {safe(view.message.role, _NAME_CHARS)}", partial(_whole, view.message))
            for view in detail.messages
            if view.side != "input"
        ),
    ]


def begun_conversation(detail: SpanDetail) -> list[Section]:
    """A model call that goes on from no other: all that it was given is new."""
    given = [view.message for view in detail.messages if view.side == "input"]
    return [
        Section("", f"+ {step_words(detail)}  begins a conversation", tone="success"),
        *(
            Section("", f"+ {_place(at, message)}", partial(_whole, message), tone="success")
            for at, message in enumerate(given)
        ),
    ]


def _differences(diff: StepDiff, rule: Volatile) -> Iterator[Section]:
    if diff.is_empty:
        yield Section("", "no difference", tone="muted")
    if isinstance(diff, ModelCallDiff):
        yield Section("", call_summary(diff))
        if diff.is_same_conversation:
            yield Section("", cache_line(diff.cache), tone="muted")
        yield from _facts(diff.facts)
        yield from _value("system prompt", diff.system)
        yield from _value("parameters", diff.parameters)
        yield from _messages("", rule, diff.messages, diff.a_input, diff.b_input)
        yield from _messages("answer ", rule, diff.output, diff.a_output, diff.b_output)
        return
    yield from _facts(diff.facts)
    if diff.is_of_unlike:
        yield Section("", UNLIKE, tone="muted")
        return
    yield from _value("input", diff.input)
    yield from _value("output", diff.output)


def _facts(facts: Sequence[Fact]) -> Iterator[Section]:
    for fact in facts:
        before, after = (
            safe(value, _FACT_CHARS) if value is not None else text.UNKNOWN
            for value in (fact.before, fact.after)
        )
        yield Section("", f"~ {fact.name}", subtitle=f"{before} → {after}")


def _value(title: str, diff: ValueDiff) -> Iterator[Section]:
    if diff:
        yield Section("", f"~ {title}", partial(value_diff_lines, diff))


def _messages(
    what: str, rule: Volatile, diff: MessagesDiff, a: Sequence[Message], b: Sequence[Message]
) -> Iterator[Section]:
    for mark, group in groupby(diff.changes, lambda change: change.mark):
        if mark is MessageMark.SAME:
            same = [b[change.b] for change in group if change.b is not None]
            plural = "" if len(same) == 1 else "s"
            title = f"= {what}{len(same):,} message{plural} the same"
            yield Section("", title, partial(_same, same), tone="muted", is_folded=True)
            continue
        yield from (_change(what, rule, change, a, b) for change in group)


def _change(
    what: str, rule: Volatile, change: MessageChange, a: Sequence[Message], b: Sequence[Message]
) -> Section:
    before = a[change.a] if change.a is not None else None
    after = b[change.b] if change.b is not None else None
    if change.mark is MessageMark.EDITED and before is not None and after is not None:
        title = f"~ {what}{_place(change.b, after)} {change_words(change)}"
        return Section("", title, partial(_edited, before, after, rule), tone="warning")
    if after is not None:
        moved = f" moved, was [{change.a}]" if change.mark is MessageMark.MOVED else ""
        tone = "accent" if moved else "success"
        return Section("", f"+ {what}{_place(change.b, after)}{moved}", partial(_whole, after), tone=tone)
    assert before is not None  # a message stands on one side at least
    # an answer takes no message out of anything
    left = "" if what else f" {change_words(change)}"
    return Section("", f"− {what}{_place(change.a, before)}{left}", partial(_whole, before), tone="error")


def _place(place: int | None, message: Message) -> str:
    return f"[{place}] {safe(message.role, _NAME_CHARS)}"


def _edited(before: Message, after: Message, rule: Volatile) -> Lines:
    lines = Lines([])
    for head, values in edited_values(before, after, rule):
        add_heading(lines, head)
        add_value_diff(lines, values)
    return lines


def _whole(message: Message) -> Lines:
    return text_lines(message.parts[0].content or "" if len(message.parts) == 1 else message_text(message))


def _same(messages: Sequence[Message]) -> Lines:
    return text_lines("\n".join(f"── {message.role}\n{message_text(message)}" for message in messages))
