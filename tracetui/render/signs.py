"""Signs of one cell that carry meaning without colour, in Unicode and in plain ASCII."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tracetui.words import SpanKind, Status


class Signs(NamedTuple):
    """One set of signs; every value is one cell wide. `bar_eighths[n]` fills n eighths of a cell from the left."""

    kind: Mapping[SpanKind, str]
    status: Mapping[Status, str]
    opened: str
    closed: str
    cursor: str
    hit: str
    repeat: str
    removed: str
    moved: str
    reparented: str
    wrapper: str
    total: str
    slow: str
    memory: str
    guide: str
    bar_eighths: str
    bar_open: str
    bar_to_unknown: str
    bar_from_unknown: str
    instant: str


_UNICODE_KINDS = {
    SpanKind.AGENT: "◆",
    SpanKind.LLM: "●",
    SpanKind.TOOL: "⚙",
    SpanKind.RETRIEVER: "⌕",
    SpanKind.EMBEDDING: "∷",
    SpanKind.RERANKER: "⇅",
    SpanKind.GUARDRAIL: "⊘",
    SpanKind.EVALUATOR: "★",
    SpanKind.PROMPT: "¶",
    SpanKind.CHAIN: "○",
    SpanKind.HANDOFF: "◇",
    SpanKind.APPROVAL: "☐",
    SpanKind.MEMORY: "≡",
    SpanKind.UNKNOWN: "·",
}
_ASCII_KINDS = {
    SpanKind.AGENT: "A",
    SpanKind.LLM: "L",
    SpanKind.TOOL: "T",
    SpanKind.RETRIEVER: "R",
    SpanKind.EMBEDDING: "E",
    SpanKind.RERANKER: "K",
    SpanKind.GUARDRAIL: "G",
    SpanKind.EVALUATOR: "V",
    SpanKind.PROMPT: "P",
    SpanKind.CHAIN: "C",
    SpanKind.HANDOFF: "H",
    SpanKind.APPROVAL: "Q",
    SpanKind.MEMORY: "M",
    SpanKind.UNKNOWN: "?",
}

UNICODE = Signs(
    kind=MappingProxyType(_UNICODE_KINDS),
    status=MappingProxyType(
        {
            Status.OK: "✓",
            Status.ERROR: "✗",
            Status.INTERRUPTED: "‖",
            Status.UNFINISHED: "…",
            Status.UNSET: "·",
        }
    ),
    opened="▾",
    closed="▸",
    cursor="▶",
    hit="»",
    repeat="↻",
    removed="−",
    moved="↷",
    reparented="⤷",
    wrapper="□",
    total="Σ",
    slow="▲",
    memory="Δ",
    guide="│",
    bar_eighths=" ▏▎▍▌▋▊▉█",
    bar_open="▒",
    bar_to_unknown="▶",
    bar_from_unknown="◀",
    instant="▏",
)

ASCII = Signs(
    kind=MappingProxyType(_ASCII_KINDS),
    status=MappingProxyType(
        {
            Status.OK: "+",
            Status.ERROR: "x",
            Status.INTERRUPTED: "=",
            Status.UNFINISHED: "~",
            Status.UNSET: "-",
        }
    ),
    opened="v",
    closed=">",
    cursor="*",
    hit="!",
    repeat="@",
    removed="-",
    moved="m",
    reparented="p",
    wrapper="w",
    total="S",
    slow="^",
    memory="&",
    guide="|",
    bar_eighths=" |||#####",
    bar_open=":",
    bar_to_unknown=">",
    bar_from_unknown="<",
    instant="|",
)


def signs(ascii_only: bool = False) -> Signs:
    """The set for a terminal: plain ASCII where its encoding is not UTF-8."""
    return ASCII if ascii_only else UNICODE


def legend(signs: Signs) -> list[tuple[str, str]]:
    """Signs of runs and trees with what they mean, in the order in which a row shows them."""
    kinds = (
        (signs.kind[kind], kind.value.lower() if kind is not SpanKind.LLM else "model call")
        for kind in SpanKind
    )
    least, cut, times = (">", "~", "x") if signs is ASCII else ("≥", "…", "×")
    statuses = ((signs.status[status], f"status {status.value}") for status in Status)
    return [
        *statuses,
        ("2 (1" + signs.status[Status.OK] + ")", "errors of a run, of which so many were recovered from"),
        *kinds,
        (signs.opened + " " + signs.closed, "what stands below is shown, is folded"),
        (f"{times}3 " + signs.repeat, "the same call so many times in a row, folded"),
        (signs.bar_open * 2 + signs.bar_to_unknown, "has begun, its end is not recorded"),
        (signs.bar_from_unknown + signs.bar_open * 2, "has ended, its start is not recorded"),
        (signs.instant, "too short for the scale"),
        (signs.slow, "among the slowest of the run"),
        (signs.total, "with everything below it"),
        (least, "at least: something is left out, which the Cost tab names"),
        (signs.memory, "changed the memory; with ! where something about that is odd"),
        (cut, "cut here; enter or the detail shows all"),
    ]
