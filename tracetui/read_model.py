"""What a reader of the database receives: a screen, a command or a script. Units as in `tracetui.model`."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tracetui.tree_costs import TreeCosts
from tracetui.words import SpanKind, Status

if TYPE_CHECKING:
    from tracetui.model import Event, ImportIssue, Link, Message, Score, ToolDefinition, Usage


@dataclass(frozen=True, slots=True)
class Source:
    """One file or bundle member that was opened; `records = loaded + merged + skipped`. `grade` is `index` or `full`."""

    source: str
    format: str | None
    format_version: str | None
    why_detected: str | None
    container: str
    size_bytes: int | None
    records: int
    loaded: int
    merged: int
    skipped: int
    spans: int
    runs: int
    issues: int
    first_ns: int | None
    last_ns: int | None
    elapsed_ms: float | None
    grade: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution from a root span to its end. Counts are of the run's own spans; tokens count leaf calls only.

    While a large source is only indexed, what its trees tell is None: `steps`, `recovered_errors`, the failing step,
    priced and unpriced calls. Where the run failed outside its steps, `failed_step` is None too and
    `steps_before_failure` is the number of the last one before; `failed_span_id` is always where it broke.
    `duplicate_of` is the run of another export that stands for this one in totals; `incomplete` says what the vendor
    of the export left out; `copies` are the sources that hold the same run too. `computed_calls` are those priced calls whose cost no source reports,
    `partly_priced_calls` those of them whose cost leaves out tokens, `unsized_calls` unpriced ones whose price depends on a
    size that only their sum tells; all three None where nothing is priced.
    """

    run_id: str
    trace_id: str
    session_id: str | None
    source: str
    format: str
    name: str
    agent: str | None
    user_id: str | None
    status: Status
    start_ns: int | None
    end_ns: int | None
    duration_ns: int | None
    spans: int
    steps: int | None
    llm_calls: int
    tool_calls: int
    errors: int
    recovered_errors: int | None
    failed_step: int | None
    steps_before_failure: int | None
    failed_span_id: str | None
    failed_name: str | None
    error_type: str | None
    error_message: str | None
    models: tuple[str, ...]
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cost_usd: Decimal | None
    priced_calls: int | None
    unpriced_calls: int | None
    duplicate_of: str | None
    incomplete: str | None
    computed_calls: int | None = None
    partly_priced_calls: int | None = None
    unsized_calls: int | None = None
    copies: tuple[str, ...] = ()

    @property
    def is_cost_least(self) -> bool:
        """Whether the cost is a lower bound: calls have no price, or tokens of theirs none."""
        return bool(self.unpriced_calls or self.partly_priced_calls)


NO_TIME = -(2**63)
"""Stands for an unknown time in the integer columns of `Tree`."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A run's spans in depth-first order, one entry a span in every column; 1,000,000 spans cost about 70 MB.

    `end[i]` is the position after the last descendant of i, so i's subtree is `range(i, end[i])`.
    `start_ns` and `end_ns` hold NO_TIME where unknown. `label[i]` indexes `labels`. `step[i]` is 0 for no step.
    `tokens[i]` are those of a counted call, -1 where unknown or counted elsewhere; `costs` are those of counted calls
    and of priced tools.
    Spans of the same tool or operation share `operation[i]`.
    """

    run_id: str
    span_key: array[int]
    depth: array[int]
    end: array[int]
    start_ns: array[int]
    end_ns: array[int]
    kind: Sequence[SpanKind]
    status: Sequence[Status]
    step: array[int]
    tokens: array[int]
    label: array[int]
    labels: Sequence[str]
    operation: array[int]
    slow: frozenset[int]
    synthetic: frozenset[int]
    failed: int
    """Position where the cursor starts: the failing step, or 0."""
    repeat: array[int] = field(default_factory=lambda: array("i"))
    """Filled for every span or left empty; within a run of equal siblings only the first entry counts."""
    costs: TreeCosts = field(default_factory=TreeCosts)
    took_ns: Mapping[int, int] = field(default_factory=dict)
    """How long spans took whose times are unknown, by position."""

    def lasted_ns(self, position: int) -> int | None:
        """How long a span took: from its start to its end, or as its source says."""
        start_ns, end_ns = self.start_ns[position], self.end_ns[position]
        return self.took_ns.get(position) if NO_TIME in (start_ns, end_ns) else end_ns - start_ns

    def __len__(self) -> int:
        return len(self.depth)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call joined with its result; `requested_by` and `executed_by` are span ids."""

    tool_call_id: str | None
    name: str
    arguments: str | None
    result: str | None
    status: Status
    error_message: str | None
    requested_by: str | None
    requested_step: int | None
    executed_by: str | None
    executed_step: int | None
    attempt: int | None


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message of a call with where it stands and whether the previous call of the conversation lacked it."""

    side: str
    position: int
    message: Message
    is_new: bool


@dataclass(frozen=True, slots=True)
class SpanDetail:
    """Everything about one span that the detail pane shows, in full and untouched."""

    run_id: str
    span_id: str
    parent_id: str | None
    position: int
    step: int | None
    kind: SpanKind
    kind_original: str | None
    name: str
    agent: str | None
    status: Status
    error_type: str | None
    error_message: str | None
    start_ns: int | None
    end_ns: int | None
    model: str | None
    provider: str | None
    tool_name: str | None
    finish_reasons: tuple[str, ...]
    usage: Usage | None
    usage_role: str | None
    ttft_ns: int | None
    input: str | None
    output: str | None
    messages: tuple[MessageView, ...]
    tools_offered: tuple[ToolDefinition, ...]
    tool_calls: tuple[ToolCall, ...]
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    scores: tuple[Score, ...]
    attributes: str | None
    resource: str | None
    parameters: str | None
    source: str
    line: int | None
    byte_offset: int | None
    raw: str | None
    issues: tuple[ImportIssue, ...]
    took_ns: int | None = None

    @property
    def lasted_ns(self) -> int | None:
        """How long it took: from start to end, where those are known and in order, or as its source says."""
        if self.start_ns is None or self.end_ns is None or self.end_ns < self.start_ns:
            return self.took_ns
        return self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is; `bytes_total` is None when unknown. `sources_total` grows as bundles show what they hold."""

    bytes_read: int
    bytes_total: int | None
    records: int
    source: str
    sources_done: int
    sources_total: int
    phase: str


@dataclass(frozen=True, slots=True)
class Added:
    """What files meant for a kept database: how many of them it held already, replaced, and took in. `shared` is a
    trace that goes on in several of them, for which all were read anew."""

    unchanged: int
    changed: int
    new: int
    shared: str | None = None
