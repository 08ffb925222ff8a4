"""One span as lines, whole: facts, tool calls, messages, input and output, events, attributes, raw record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tracetui.model import Event, Part
from tracetui.read_model import MessageView, Run, SpanDetail, ToolCall
from tracetui.render import text
from tracetui.render.json_lines import plain_lines, text_lines
from tracetui.render.lines import Lines
from tracetui.render.safe import safe, safe_lines
from tracetui.render.signs import Signs
from tracetui.render.step_cost import context_lines, cost_lines
from tracetui.render.step_memory import step_memory_pieces
from tracetui.render.verdict import message_beside

if TYPE_CHECKING:
    from tracetui.api.contexts import ContextUse
    from tracetui.api.memory import StepMemory
    from tracetui.pricing.tables import StepCost

_LABEL_CELLS = 14
_BODY_INDENT = "    "


def step_lines(
    detail: SpanDetail, run: Run, signs: Signs, cost: StepCost, use: ContextUse | None, memory: StepMemory
) -> Iterator[str]:
    """Everything the interface shows of a span, nothing cut."""
    yield from _head(detail, run, signs)
    yield from [_title("Cost and time"), *cost_lines(cost)]
    if use is not None:
        yield from [_title("Context window"), *context_lines(use)]
    if memory.has_any or memory.context:
        yield from _memory(memory, run.format)
    for call in detail.tool_calls:
        yield from _tool_call(call, signs)
    yield from _messages(detail)
    yield from _payload("Input", detail.input)
    yield from _payload("Output", detail.output)
    yield from _events(detail.events)
    yield from _findings(detail)
    yield from _payload("Parameters", detail.parameters)
    yield from _payload("Attributes", detail.attributes)
    yield from _payload("Resource", detail.resource)
    yield from _raw(detail)


def _head(detail: SpanDetail, run: Run, signs: Signs) -> Iterator[str]:
    where = (
        f"step {detail.step:,} of {run.steps:,}" if detail.step else f"span at position {detail.position:,}"
    )
    yield (
        f"{signs.status[detail.status]} {where}   {signs.kind[detail.kind]} {safe(detail.name)}   "
        f"{text.duration(detail.lasted_ns)}"
    )
    message = message_beside(detail.error_type, detail.error_message)
    original = f" ({detail.kind_original})" if detail.kind_original else ""
    facts = {
        "run": detail.run_id,
        "span": detail.span_id,
        "parent": detail.parent_id,
        "kind": f"{detail.kind}{original}",
        "status": str(detail.status),
        "error": ": ".join(part for part in (detail.error_type, message) if part),
        "started": text.timestamp(detail.start_ns),
        "ended": text.timestamp(detail.end_ns),
        "agent": detail.agent,
        "model": detail.model,
        "provider": detail.provider,
        "tool": detail.tool_name,
        "finish reasons": ", ".join(detail.finish_reasons),
        "first token": text.duration(detail.ttft_ns, unknown=""),
        "tokens": _usage(detail),
    }
    for label, value in facts.items():
        yield from _fact(label, value)


def _usage(detail: SpanDetail) -> str:
    usage = detail.usage
    if usage is None:
        return ""
    figures = {
        "in": usage.input_tokens,
        "out": usage.output_tokens,
        "total": usage.total_tokens,
        "read from cache": usage.cache_read_tokens,
        "written to cache": usage.cache_write_tokens,
        "reasoning": usage.reasoning_tokens,
    }
    told = [f"{number:,} {name}" for name, number in figures.items() if number is not None]
    cost = [f"{text.money(usage.cost_usd)} reported"] if usage.cost_usd is not None else []
    role = [f"counted as {detail.usage_role}"] if detail.usage_role not in {None, "leaf"} else []
    return " · ".join([*told, *cost, *role])


def _fact(label: str, value: str | None) -> Iterator[str]:
    """A labelled value; further lines of it stand under the first."""
    if not value:
        return
    first, *rest = safe_lines(value)
    yield f"{label:<{_LABEL_CELLS}}  {first}"
    for line in rest:
        yield f"{'':<{_LABEL_CELLS}}  {line}"


def _title(title: str) -> str:
    return f"\n── {title} ──"


def _tool_call(call: ToolCall, signs: Signs) -> Iterator[str]:
    yield _title(f"Tool call {signs.status[call.status]} {safe(call.name)}")
    yield from _fact("id", call.tool_call_id)
    yield from _fact("asked for by", _place(call.requested_step, call.requested_by))
    yield from _fact("run by", _place(call.executed_step, call.executed_by))
    yield from _fact("attempt", str(call.attempt) if call.attempt and call.attempt > 1 else None)
    yield from _fact("error", call.error_message)
    yield from _labelled_body("arguments", call.arguments)
    yield from _labelled_body("result", call.result)


def _memory(memory: StepMemory, format_name: str) -> Iterator[str]:
    yield _title("State")
    for piece in step_memory_pieces(memory, format_name):
        yield f"{piece.title}   {piece.subtitle}".rstrip()
        if piece.lines is not None:
            yield from (f"{_BODY_INDENT}{line}" for line in _joined(piece.lines()))


def _place(step: int | None, span_id: str | None) -> str | None:
    if step is None:
        return span_id
    return f"step {step:,} ({span_id})" if span_id else f"step {step:,}"


def _labelled_body(label: str, body: str | None) -> Iterator[str]:
    if body is None:
        return
    yield label
    yield from _body(body)


def _body(body: str) -> Iterator[str]:
    return (f"{_BODY_INDENT}{line}" for line in _joined(text_lines(body)))


def _joined(lines: Lines) -> Iterator[str]:
    """Whole lines: what was laid out in several pieces because of its length is one line again."""
    line: list[str] = []
    for index in range(len(lines)):
        if line and not lines.continued[index]:
            yield "".join(line)
            line = []
        line.append(lines.plain(index))
    if line:
        yield "".join(line)


def _messages(detail: SpanDetail) -> Iterator[str]:
    for side in ("input", "output"):
        views = [view for view in detail.messages if view.side == side]
        if views:
            yield _title(f"Messages, {side} ({len(views):,}, {sum(view.is_new for view in views):,} new)")
        for view in views:
            yield from _message(view)


def _message(view: MessageView) -> Iterator[str]:
    message = view.message
    name = f" {safe(message.name)}" if message.name else ""
    finish = f" · finished: {safe(message.finish_reason)}" if message.finish_reason else ""
    yield f"[{view.position}] {safe(message.role)}{name}{' · new' if view.is_new else ''}{finish}"
    for part in message.parts:
        yield from _part(part)


def _part(part: Part) -> Iterator[str]:
    about = " ".join(
        safe(item)
        for item in (part.tool_name, f"id {part.tool_call_id}" if part.tool_call_id else None, part.mime_type)
        if item
    )
    size = f" {text.size(part.size_bytes)}" if part.size_bytes is not None else ""
    if part.type != "text" or about:
        yield f"  ({part.type}{' ' if about else ''}{about}{size})"
    if part.content is not None:
        yield from _body(part.content)


def _payload(title: str, body: str | None) -> Iterator[str]:
    if body is not None:
        yield _title(title)
        yield from _body(body)


def _events(events: tuple[Event, ...]) -> Iterator[str]:
    if events:
        yield _title(f"Events ({len(events):,})")
    for event in events:
        yield f"{text.timestamp(event.at_ns)}  {safe(event.name)}"
        for name, value in event.attributes.items():
            body = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            yield from _labelled_body(f"  {safe(name)}", body)


def _findings(detail: SpanDetail) -> Iterator[str]:
    """What else hangs on the span: scores, links, tools offered, import issues."""
    if detail.scores:
        yield _title(f"Scores ({len(detail.scores):,})")
    for score in detail.scores:
        shown = (
            score.value,
            score.label,
            None if score.passed is None else f"passed: {score.passed}",
            score.comment,
        )
        yield from _fact(
            safe(score.name), " · ".join(str(value) for value in shown if value is not None) or "–"
        )
    if detail.links:
        yield _title(f"Links ({len(detail.links):,})")
    for link in detail.links:
        yield f"trace {safe(link.trace_id)}  span {safe(link.span_id or text.UNKNOWN)}"
    if detail.tools_offered:
        yield _title(f"Tools offered ({len(detail.tools_offered):,})")
    for tool in detail.tools_offered:
        yield from _fact(safe(tool.name), tool.description or text.UNKNOWN)
        if tool.schema:
            yield from _body(tool.schema)
    if detail.issues:
        yield _title(f"Import issues ({len(detail.issues):,})")
    for issue in detail.issues:
        yield from _fact(str(issue.severity), f"{issue.code}: {issue.message}")


def _raw(detail: SpanDetail) -> Iterator[str]:
    line = f", line {detail.line:,}" if detail.line is not None else ""
    offset = f", byte offset {detail.byte_offset:,}" if detail.byte_offset is not None else ""
    yield _title("Raw record")
    yield from _fact("source", f"{detail.source}{line}{offset}")
    if detail.raw is not None:
        yield from (f"{_BODY_INDENT}{line}" for line in _joined(plain_lines(detail.raw)))
