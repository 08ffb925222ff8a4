"""The other tabs: Input/Output, Events, Attributes, Raw; what Diff, State and Cost hold is asked for when it is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tracetui.model import Event, ImportIssue, Link, Score, ToolDefinition
from tracetui.read_model import SpanDetail
from tracetui.reading.lenient import dumps
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.render.text import duration, time_of_day, timestamp
from tracetui.tui.detail.conversation import messages_page
from tracetui.tui.detail.sections import Page, Section, Tone, error_section

TITLES = ("Messages", "Input/Output", "Diff", "State", "Cost", "Events", "Attributes", "Raw")
SHORT_TITLES = {"Input/Output": "In/Out", "Attributes": "Attrs"}
DIFF, STATE, COST = TITLES.index("Diff"), TITLES.index("State"), TITLES.index("Cost")
ASKED = frozenset((DIFF, STATE, COST))
"""Tabs whose content is asked for when they are seen."""
_NAME_CHARS = 160


def pages(detail: SpanDetail, signs: Signs) -> tuple[Page, ...]:
    """One page for each of TITLES."""
    return (
        messages_page(detail, signs),
        _input_output_page(detail),
        *(Page((), has_content=True) for _ in ASKED),
        _page(events(detail), "No events, exceptions, links or scores belong to this span."),
        _page(attributes(detail), "The source gives no attributes for this span."),
        _page(raw(detail), "The original record is not at hand."),
    )


def first_with_content(all_pages: tuple[Page, ...]) -> int:
    """The tab to show: the first that has something; what can be told of every span is not what it is opened for."""
    found = (index for index, page in enumerate(all_pages) if page.has_content and index not in ASKED)
    return next(found, 0)


def _page(sections: Iterator[Section], nothing: str) -> Page:
    found = tuple(sections)
    return Page(found or (Section(nothing, None, Tone.MUTED),), has_content=bool(found))


def _input_output_page(detail: SpanDetail) -> Page:
    """Begins with the error, so that it is seen first on spans without messages too."""
    page = _page(input_output(detail), "Neither input nor output is in the source. ] goes on to Events.")
    error = tuple(error_section(detail))
    has_exception = any(event.name == "exception" for event in detail.events)
    return Page((*error, *page.sections), page.has_content or (bool(error) and not has_exception))


def input_output(detail: SpanDetail) -> Iterator[Section]:
    """What went in and came out, as the source holds it; what was set and offered for the call."""
    if detail.input is not None:
        yield Section("input", detail.input, Tone.USER)
    if detail.output is not None:
        yield Section("output", detail.output, Tone.MODEL)
    if detail.parameters:
        yield Section("parameters", detail.parameters)
    if detail.tools_offered:
        count = len(detail.tools_offered)
        yield Section(f"{count:,} tool{'' if count == 1 else 's'} offered", None, Tone.TOOL, is_folded=True)
        yield from (_tool(tool) for tool in detail.tools_offered)


def _tool(tool: ToolDefinition) -> Section:
    about = f"  {safe(tool.description, _NAME_CHARS)}" if tool.description else ""
    return Section(f"{safe(tool.name, _NAME_CHARS)}{about}", tool.schema, Tone.TOOL, level=1)


def events(detail: SpanDetail) -> Iterator[Section]:
    """Exceptions first, then other events in time order, links, scores, and what the import had to say."""
    exceptions = [event for event in detail.events if event.name == "exception"]
    others = [event for event in detail.events if event.name != "exception"]
    for event in exceptions:
        yield from _exception(event)
    yield from (_event(event, detail.start_ns) for event in others)
    yield from (_link(link) for link in detail.links)
    yield from (_score(score) for score in detail.scores)
    yield from (_issue(issue) for issue in detail.issues)


def _exception(event: Event) -> Iterator[Section]:
    known = {"exception.type", "exception.message", "exception.stacktrace"}
    kind = safe(str(event.attributes.get("exception.type") or ""), _NAME_CHARS)
    message = event.attributes.get("exception.message")
    stack = event.attributes.get("exception.stacktrace")
    yield Section(f"exception {kind}  {time_of_day(event.at_ns)}", _text(message), Tone.ERROR)
    if stack:
        yield Section("stack", _text(stack), Tone.MUTED, is_plain=True)
    rest = {name: value for name, value in event.attributes.items() if name not in known}
    if rest:
        yield Section("more of this exception", _json(rest), Tone.MUTED)


def _event(event: Event, start_ns: int | None) -> Section:
    after = ""
    if event.at_ns is not None and start_ns is not None:
        after = f"  +{duration(event.at_ns - start_ns)}" if event.at_ns >= start_ns else "  before the start"
    title = f"{safe(event.name, _NAME_CHARS)}  {time_of_day(event.at_ns)}{after}"
    return Section(title, _json(event.attributes) if event.attributes else None)


def _link(link: Link) -> Section:
    span = f" span {safe(link.span_id)}" if link.span_id else ""
    title = f"link to trace {safe(link.trace_id)}{span}"
    return Section(title, _json(link.attributes) if link.attributes else None, target=link.span_id)


def _score(score: Score) -> Section:
    words = [f"score {safe(score.name, _NAME_CHARS)}"]
    if score.value is not None:
        words.append(f"= {score.value:g}")
    if score.label:
        words.append(safe(score.label, _NAME_CHARS))
    if score.passed is not None:
        words.append("passed" if score.passed else "not passed")
    if score.author or score.kind:
        words.append(f"by {safe(score.author or score.kind or '', _NAME_CHARS)}")
    return Section("  ".join(words), score.comment, Tone.ERROR if score.passed is False else Tone.PLAIN)


def _issue(issue: ImportIssue) -> Section:
    return Section(f"import issue  {issue.severity.value}  {issue.code}", issue.message, Tone.MUTED)


def attributes(detail: SpanDetail) -> Iterator[Section]:
    """Facts of the span by name, then its attributes and those of what it ran in."""
    if detail.attributes:
        yield Section("attributes", detail.attributes)
    yield Section("span", _json(_facts(detail)))
    if detail.resource:
        yield Section("resource", detail.resource, Tone.MUTED)


def _facts(detail: SpanDetail) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "run_id": detail.run_id,
        "span_id": detail.span_id,
        "parent_id": detail.parent_id,
        "position": detail.position,
        "step": detail.step,
        "kind": detail.kind.value,
        "kind_original": detail.kind_original,
        "agent": detail.agent,
        "started": timestamp(detail.start_ns) if detail.start_ns is not None else None,
        "ended": timestamp(detail.end_ns) if detail.end_ns is not None else None,
        "model": detail.model,
        "provider": detail.provider,
        "tool_name": detail.tool_name,
        "finish_reasons": list(detail.finish_reasons) or None,
        "usage": _usage(detail),
        "usage_role": detail.usage_role,
        "first_token_after": duration(detail.ttft_ns) if detail.ttft_ns is not None else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _usage(detail: SpanDetail) -> dict[str, Any] | None:
    usage = detail.usage
    if usage is None:
        return None
    values = {
        "input_tokens": usage.input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "total_tokens": usage.total_tokens,
        "cost_usd": None if usage.cost_usd is None else str(usage.cost_usd),
    }
    return {name: value for name, value in values.items() if value is not None} or None


def raw(detail: SpanDetail) -> Iterator[Section]:
    """The original record and where it stands."""
    if detail.raw is None:
        return
    where = safe(detail.source)
    if detail.line is not None:
        where += f"  line {detail.line:,}"
    if detail.byte_offset is not None:
        where += f"  byte {detail.byte_offset:,}"
    yield Section(where, detail.raw, Tone.MUTED)


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)


def _json(value: Mapping[str, Any]) -> str:
    return dumps(dict(value))
