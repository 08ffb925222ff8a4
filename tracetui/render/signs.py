"""Signs of one cell that carry meaning without colour, in Unicode and in plain ASCII."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tracetui.words import SpanKind, Status


@dataclass(frozen=True, slots=True)
class Signs:
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
