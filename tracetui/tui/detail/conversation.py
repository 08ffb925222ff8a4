"""The Messages tab: a model call read as a conversation, a tool call with its result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from tracetui.model import Message, Part, PartType, SpanKind, Status
from tracetui.read_model import MessageView, SpanDetail, ToolCall
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.render.text import size
from tracetui.tui.detail.sections import Page, Section, Tone, error_section

_NAME_CHARS = 120
_ROLE_TONES = {"user": Tone.USER, "assistant": Tone.MODEL, "tool": Tone.TOOL, "system": Tone.MUTED}


def messages_page(detail: SpanDetail, signs: Signs) -> Page:
    """New input messages and the answer first, then the tool calls, then what earlier calls already held."""
    joined = {call.tool_call_id: call for call in detail.tool_calls if call.tool_call_id}
    inputs = [view for view in detail.messages if view.side == "input"]
    outputs = [view for view in detail.messages if view.side != "input"]
    new = [view for view in inputs if view.is_new]
    earlier = [view for view in inputs if not view.is_new]
    sections = [
        *error_section(detail),
        *chain.from_iterable(_message(view, joined, signs, new_in=bool(earlier)) for view in new),
        *chain.from_iterable(_message(view, joined, signs) for view in outputs),
        *_tool_calls(detail, outputs, signs),
        *_earlier(earlier, joined, signs),
    ]
    if not sections:
        sections = [Section(_nothing(detail), tone=Tone.MUTED)]
        return Page(tuple(sections), has_content=False)
    return Page(tuple(sections), has_content=bool(detail.messages or detail.tool_calls))


def _nothing(detail: SpanDetail) -> str:
    if detail.kind is SpanKind.LLM:
        return "The source holds no messages of this model call. ] goes to Input/Output."
    return "No messages or tool calls belong to this span. ] goes to Input/Output."


def _earlier(views: Sequence[MessageView], joined: dict[str, ToolCall], signs: Signs) -> Iterator[Section]:
    if not views:
        return
    plural = "" if len(views) == 1 else "s"
    yield Section(
        f"{len(views):,} earlier message{plural}, as in the call before", None, Tone.MUTED, is_folded=True
    )
    for view in views:
        for section in _message(view, joined, signs):
            yield Section(
                section.title,
                section.text,
                section.tone,
                1,
                section.is_folded,
                section.target,
                section.is_plain,
            )


def _message(
    view: MessageView, joined: dict[str, ToolCall], signs: Signs, new_in: bool = False
) -> Iterator[Section]:
    message = view.message
    head = _head(message, view.side, new_in)
    tone = Tone.MODEL if view.side != "input" else _ROLE_TONES.get(message.role.lower(), Tone.PLAIN)
    if not message.parts:
        yield Section(f"{head}  (empty)", None, tone)
    for part in message.parts:
        yield from _part(part, head, tone, joined, signs)
        head = safe(message.role, _NAME_CHARS)


def _head(message: Message, side: str, new_in: bool) -> str:
    words = [safe(message.role, _NAME_CHARS)]
    if message.name:
        words.append(safe(message.name, _NAME_CHARS))
    if side != "input":
        words.append("· answer")
        if message.finish_reason:
            words.append(f"({safe(message.finish_reason, _NAME_CHARS)})")
    elif new_in:
        words.append("· new")
    return " ".join(words)


def _part(part: Part, head: str, tone: Tone, joined: dict[str, ToolCall], signs: Signs) -> Iterable[Section]:
    if part.type is PartType.TEXT:
        return [Section(head, part.content, tone)]
    if part.type is PartType.THINKING:
        return [Section(f"{head} · thinking", part.content, Tone.MUTED, is_folded=True)]
    if part.type is PartType.TOOL_CALL:
        return _asked(part, head, joined, signs)
    if part.type is PartType.TOOL_RESULT:
        return [_result(part, head, joined)]
    if part.type is PartType.MEDIA:
        return [Section(f"{head} · {media_placeholder(part)}", None, tone)]
    return [Section(f"{head} · {part.type.value}", part.content, Tone.MUTED)]


def _result(part: Part, head: str, joined: dict[str, ToolCall]) -> Section:
    call = joined.get(part.tool_call_id or "")
    name = part.tool_name or (call.name if call is not None else "")
    of = f" of {safe(name, _NAME_CHARS)}" if name else ""
    failed = "  says it failed" if part.is_error else ""
    return Section(f"{head} · result{of}{failed}", part.content, Tone.ERROR if part.is_error else Tone.TOOL)


def media_placeholder(part: Part) -> str:
    """`[image/png, 48 kB]`, with the address where the medium is not embedded."""
    words = [safe(part.mime_type or "media", _NAME_CHARS)]
    if part.size_bytes is not None:
        words.append(size(part.size_bytes))
    if part.content and not part.content.startswith("data:"):
        words.append(safe(part.content, 300))
    return f"[{', '.join(words)}]"


def _asked(part: Part, head: str, joined: dict[str, ToolCall], signs: Signs) -> Iterator[Section]:
    name = safe(part.tool_name or "?", _NAME_CHARS)
    kind = signs.kind[SpanKind.TOOL]
    yield Section(f"{head} · {kind} calls {name}", part.content, Tone.TOOL)
    call = joined.get(part.tool_call_id or "")
    if call is not None and call.executed_by:
        yield _jump("executed as", call.executed_step, call.executed_by, call, signs)


def _tool_calls(detail: SpanDetail, outputs: Sequence[MessageView], signs: Signs) -> Iterator[Section]:
    """Tool calls that no message of this span shows: what a tool span executed, and calls known without messages."""
    shown = {
        part.tool_call_id
        for view in outputs
        for part in view.message.parts
        if part.type is PartType.TOOL_CALL and part.tool_call_id
    }
    for call in detail.tool_calls:
        is_own = call.executed_by == detail.span_id
        if is_own or call.tool_call_id not in shown:
            yield from _tool_call(call, detail, signs)


def _tool_call(call: ToolCall, detail: SpanDetail, signs: Signs) -> Iterator[Section]:
    name = safe(call.name, _NAME_CHARS)
    attempt = f"  attempt {call.attempt}" if call.attempt and call.attempt > 1 else ""
    yield Section(f"arguments of {name}{attempt}", call.arguments, Tone.TOOL)
    if call.result is not None:
        yield Section("result", call.result, Tone.TOOL)
    elif call.status is not Status.ERROR:
        yield Section("result  none in the source", None, Tone.MUTED)
    if call.error_message and call.error_message != detail.error_message:
        yield Section("error of the call", call.error_message, Tone.ERROR)
    if call.requested_by and call.requested_by != detail.span_id:
        yield _jump("asked for by", call.requested_step, call.requested_by, None, signs)
    if call.executed_by and call.executed_by != detail.span_id:
        yield _jump("executed as", call.executed_step, call.executed_by, call, signs)


def _jump(word: str, step: int | None, span_id: str, call: ToolCall | None, signs: Signs) -> Section:
    where = f"step {step}" if step else "span outside the steps"
    outcome = f"  {signs.status[call.status]} {call.status.value}" if call is not None else ""
    return Section(f"{word} {where}{outcome}   (enter: go)", None, Tone.LINK, target=span_id)
