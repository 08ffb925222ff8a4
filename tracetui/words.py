"""The closed vocabularies of the model: kinds of spans, how things ended, how grave an issue is, parts of messages.

Apart from the model, since a screen that shows signs and words needs these alone.
"""

from __future__ import annotations

from enum import StrEnum


class SpanKind(StrEnum):
    """What a span stands for; OpenInference's words plus four that agents need."""

    AGENT = "AGENT"
    LLM = "LLM"
    TOOL = "TOOL"
    RETRIEVER = "RETRIEVER"
    EMBEDDING = "EMBEDDING"
    RERANKER = "RERANKER"
    GUARDRAIL = "GUARDRAIL"
    EVALUATOR = "EVALUATOR"
    PROMPT = "PROMPT"
    CHAIN = "CHAIN"
    HANDOFF = "HANDOFF"
    APPROVAL = "APPROVAL"
    MEMORY = "MEMORY"
    UNKNOWN = "UNKNOWN"


STEP_KINDS = frozenset(SpanKind) - {SpanKind.AGENT, SpanKind.CHAIN, SpanKind.PROMPT, SpanKind.UNKNOWN}
"""Kinds that move the agent: a span of such a kind is a step unless a descendant stands for the same operation."""


class Status(StrEnum):
    """How a span or run ended. `interrupted` is a pause for a human, or, where it has an error type that is no
    interrupt, a stop by one (`CANCELLED`, a rejection); `unfinished` has no end."""

    OK = "ok"
    ERROR = "error"
    INTERRUPTED = "interrupted"
    UNFINISHED = "unfinished"
    UNSET = "unset"


CANCELLED = "cancelled"
"""The error type of an interrupted span that does not wait for anyone: it was stopped from outside."""


class Severity(StrEnum):
    """How much an import issue matters."""

    INFO = "info"
    WARNING = "warning"
    DATA_LOSS = "data_loss"
    ERROR = "error"


class PartType(StrEnum):
    """What a message part is."""

    TEXT = "text"
    THINKING = "thinking"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    MEDIA = "media"
    COMPACTION = "compaction"
    OTHER = "other"


class StateOp(StrEnum):
    """What happened to a key of the agent's memory, or how a source tells of it.

    The last four are forms in which sources tell of changes; replay turns them into the others.
    """

    SET = "set"
    APPEND = "append"
    DELETE = "delete"
    WRITE = "write"
    READ = "read"
    SEARCH = "search"
    NOOP = "noop"
    SNAPSHOT = "snapshot"
    PATCH = "patch"
    MARK = "mark"
    CHECK = "check"
    OBSERVE = "observe"


class Fidelity(StrEnum):
    """How surely a change is known: as it happened, as the net change of a span, concluded, or without its value."""

    EXACT = "exact"
    NET = "net"
    INFERRED = "inferred"
    REDACTED = "redacted"
