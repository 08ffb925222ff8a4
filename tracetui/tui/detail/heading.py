"""The lines above the tabs: what the step is, how it ended, what it took."""

from __future__ import annotations

from tracetui.read_model import SpanDetail
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.render.text import duration, money, percent, short_count

_NAME_CHARS = 120


def heading(detail: SpanDetail, signs: Signs) -> tuple[str, str, str]:
    """Safe text of the head line, of the status part, and of the line of figures."""
    step = f"{detail.step} " if detail.step else ""
    name = f"{step}{signs.kind[detail.kind]} {safe(detail.name, _NAME_CHARS)}"
    status = f"{signs.status[detail.status]} {detail.status.value}"
    if detail.error_type:
        status = f"{signs.status[detail.status]} {safe(detail.error_type, _NAME_CHARS)}"
    return name, status, " · ".join(_figures(detail))


def _figures(detail: SpanDetail) -> list[str]:
    figures = [_kind_words(detail), _duration(detail)]
    if detail.model:
        figures.append(safe(detail.model, _NAME_CHARS))
    figures += _usage(detail)
    if detail.ttft_ns is not None:
        figures.append(f"first token {duration(detail.ttft_ns)}")
    if detail.finish_reasons:
        figures.append("finish " + ", ".join(safe(reason, 40) for reason in detail.finish_reasons))
    return [figure for figure in figures if figure]


def _kind_words(detail: SpanDetail) -> str:
    kind = detail.kind.value.lower()
    agent = f" of {safe(detail.agent, _NAME_CHARS)}" if detail.agent and detail.agent != detail.name else ""
    return f"{kind}{agent}"


def _duration(detail: SpanDetail) -> str:
    if detail.lasted_ns is not None:
        return duration(detail.lasted_ns)
    if detail.start_ns is None:
        return "no start in the source"
    if detail.end_ns is None:
        return "no end in the source"
    return f"ends {duration(detail.start_ns - detail.end_ns)} before its start"


def _usage(detail: SpanDetail) -> list[str]:
    usage = detail.usage
    if usage is None:
        return []
    words = []
    if usage.input_tokens is not None:
        cached = ""
        if usage.cache_read_tokens:
            cached = f" ({percent(usage.cache_read_tokens, usage.input_tokens)} cached)"
        words.append(f"{short_count(usage.input_tokens)} in{cached}")
    if usage.output_tokens is not None:
        words.append(f"{short_count(usage.output_tokens)} out")
    if usage.input_tokens is None and usage.output_tokens is None and usage.total_tokens is not None:
        words.append(f"{short_count(usage.total_tokens)} tok")
    if usage.cost_usd is not None:
        words.append(money(usage.cost_usd))
    return words
