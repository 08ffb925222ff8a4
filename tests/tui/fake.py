"""A small in-memory stand-in for TraceDB, for states that no file produces on demand: slow, failing, hostile."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from tracetui.analysis.diff.consensus import Consensus
from tracetui.analysis.diff.steps import StepDiff, diff_steps
from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile
from tracetui.analysis.times import RunTimes, Stretch, WaitAfter, critical_path, run_times
from tracetui.api import Completed, Opened, TraceDB, Update
from tracetui.api.contexts import ContextUse
from tracetui.api.diffs import Reading, RunDiff
from tracetui.api.memory import RunMemory
from tracetui.errors import UsageError
from tracetui.model import Event, ImportIssue, Message, Part, PartType, Severity, SpanKind, Status, Usage
from tracetui.pricing.tables import StepCost
from tracetui.read_model import NO_TIME, MessageView, Progress, Run, Source, SpanDetail, ToolCall, Tree

SECOND_NS = 1_000_000_000
START_NS = 1_790_000_000 * SECOND_NS


@dataclass(frozen=True)
class Node:
    """A span of a fake run: depth-first list entries with their depth."""

    depth: int
    kind: SpanKind
    name: str
    start_s: float
    end_s: float | None
    status: Status = Status.OK
    error: str | None = None
    step: int = 0


TRAVEL = (
    Node(0, SpanKind.AGENT, "travel-agent", 0, 41.3, Status.ERROR, "TimeoutError"),
    Node(1, SpanKind.LLM, "chat gpt-4o", 0.1, 2.2, step=1),
    Node(1, SpanKind.TOOL, "search_flights", 2.3, 5.3, step=2),
    Node(1, SpanKind.LLM, "chat gpt-4o", 5.4, 7.2, step=3),
    Node(1, SpanKind.CHAIN, "retry", 7.3, 20.0),
    Node(2, SpanKind.TOOL, "search_flights", 7.4, 16.4, Status.ERROR, "TimeoutError", step=4),
    Node(2, SpanKind.TOOL, "search_hotels", 16.5, None, Status.UNFINISHED, step=5),
    Node(1, SpanKind.HANDOFF, "handoff → refunds", 20.1, 20.1, step=6),
)


def tree_of(run_id: str, nodes: Sequence[Node]) -> Tree:
    """The columns of a tree for a depth-first list of nodes."""
    depths = [node.depth for node in nodes]
    ends = [
        next((i for i in range(at + 1, len(nodes)) if depths[i] <= depths[at]), len(nodes))
        for at in range(len(nodes))
    ]
    labels = list(dict.fromkeys(node.name for node in nodes))
    return Tree(
        run_id=run_id,
        span_key=array("q", range(len(nodes))),
        depth=array("i", depths),
        end=array("i", ends),
        start_ns=array("q", [START_NS + int(node.start_s * SECOND_NS) for node in nodes]),
        end_ns=array(
            "q", [NO_TIME if node.end_s is None else START_NS + int(node.end_s * SECOND_NS) for node in nodes]
        ),
        kind=[node.kind for node in nodes],
        status=[node.status for node in nodes],
        step=array("i", [node.step for node in nodes]),
        tokens=array("q", [0 for _ in nodes]),
        label=array("i", [labels.index(node.name) for node in nodes]),
        labels=labels,
        operation=array("i", [labels.index(node.name) for node in nodes]),
        slow=frozenset({5}) if len(nodes) > 5 else frozenset(),
        synthetic=frozenset(),
        failed=next((i for i in reversed(range(len(nodes))) if nodes[i].status is Status.ERROR), 0),
    )


def run_of(
    run_id: str, name: str, status: Status = Status.OK, error: str | None = None, **changes: Any
) -> Run:
    """A run with plausible figures."""
    run = Run(
        run_id=run_id, trace_id=run_id, session_id=None, source="travel.jsonl", format="otlp", name=name,
        agent=name, user_id=None, status=status, start_ns=START_NS, end_ns=START_NS + 41 * SECOND_NS,
        duration_ns=41 * SECOND_NS, spans=8, steps=6, llm_calls=2, tool_calls=3, errors=1 if error else 0,
        recovered_errors=0, failed_step=4 if error else None, steps_before_failure=None, failed_span_id="s5" if error else None,
        failed_name="search_flights" if error else None, error_type=error, error_message=None,
        models=("gpt-4o",), input_tokens=17_000, output_tokens=1_200, total_tokens=18_200, cost_usd=None,
        priced_calls=0, unpriced_calls=2, duplicate_of=None, incomplete=None,
    )  # fmt: skip
    return replace(run, **changes)


def detail_of(run_id: str, position: int, node: Node, **changes: Any) -> SpanDetail:
    """The detail of a fake span; model calls hold a short conversation, tool calls their call."""
    is_llm, is_tool = node.kind is SpanKind.LLM, node.kind is SpanKind.TOOL
    call = ToolCall("call_1", node.name, '{"from": "VIE", "to": "LIS"}', None, node.status, node.error, "s3", 3,
                    f"s{position}", node.step, 1)  # fmt: skip
    detail = SpanDetail(
        run_id=run_id, span_id=f"s{position}", parent_id=None if position == 0 else "s0", position=position,
        step=node.step or None, kind=node.kind, kind_original=None, name=node.name, agent="travel-agent",
        status=node.status, error_type=node.error, error_message="upstream did not answer" if node.error else None,
        start_ns=START_NS + int(node.start_s * SECOND_NS),
        end_ns=None if node.end_s is None else START_NS + int(node.end_s * SECOND_NS),
        model="gpt-4o" if is_llm else None, provider="openai" if is_llm else None,
        tool_name=node.name if is_tool else None, finish_reasons=("stop",) if is_llm else (),
        usage=Usage(1200, 80) if is_llm else None, usage_role="leaf" if is_llm else None, ttft_ns=None,
        input='{"from": "VIE"}', output=None if node.error else '{"ok": true}',
        messages=_conversation() if is_llm else (), tools_offered=(), tool_calls=(call,) if is_tool else (),
        events=(_exception(node),) if node.error else (), links=(), scores=(),
        attributes='{"gen_ai.operation.name": "chat"}', resource=None, parameters=None, source="travel.jsonl",
        line=position + 1, byte_offset=100 * position, raw=f'{{"spanId": "s{position}"}}', issues=(),
    )  # fmt: skip
    return replace(detail, **changes)


def _conversation() -> tuple[MessageView, ...]:
    return (
        MessageView("input", 0, Message("system", (Part(PartType.TEXT, "You book travel."),)), False),
        MessageView("input", 1, Message("user", (Part(PartType.TEXT, "Find me a flight to Lisbon."),)), True),
        MessageView("output", 0, Message("assistant", (
            Part(PartType.THINKING, "They want a flight."),
            Part(PartType.TOOL_CALL, '{"from": "VIE"}', "call_9", "search_flights"),
        ), finish_reason="tool_calls"), True),
    )  # fmt: skip


def _exception(node: Node) -> Event:
    attributes = {
        "exception.type": node.error,
        "exception.message": "upstream did not answer",
        "exception.stacktrace": 'Traceback (most recent call last):\n  File "tools.py", line 1\nTimeoutError',
    }
    return Event("exception", START_NS + 8 * SECOND_NS, attributes)


@dataclass
class FakeDB:
    """Answers from lists. `hold` is waited for before each `detail`, so that tests can have results arrive late."""

    run_list: list[Run] = field(default_factory=list)
    nodes: Sequence[Node] = TRAVEL
    issue_list: list[ImportIssue] = field(default_factory=list)
    hold: threading.Event | None = None
    fault: Exception | None = None
    asked: list[int] = field(default_factory=list)

    def sources(self) -> list[Source]:
        runs = len(self.run_list)
        return [Source("travel.jsonl", "otlp", "1.3", "resourceSpans", "jsonl", 4096, 10, 8, 1, 1, 8, runs,
                       len(self.issue_list), START_NS, START_NS, 12.0, "full")]  # fmt: skip

    def name_list(self, name: str, ids: Sequence[str]) -> None:
        raise NotImplementedError

    def has_records(self) -> bool:
        return True

    def issues(self, source: str | None = None, limit: int | None = None) -> list[ImportIssue]:
        return self.issue_list[:limit]

    def issue_counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for issue in self.issue_list:
            counts[issue.severity.value] = counts.get(issue.severity.value, 0) + 1
        return counts

    def runs(self, text: str = "", sort: str = "triage", descending: bool = False, limit: int | None = None,
             offset: int = 0) -> list[Run]:  # fmt: skip
        found = [
            run
            for run in self.run_list
            if text.casefold() in f"{run.run_id} {run.name} {run.error_type}".casefold()
        ]
        if sort == "triage":
            found.sort(key=lambda run: run.status is not Status.ERROR)
        else:
            found.sort(key=lambda run: str(getattr(run, sort, "")), reverse=descending)
        return found[offset : None if limit is None else offset + limit]

    def filter_advice(self, filter_text: str) -> str:
        return ""

    def run_count(self, text: str = "") -> int:
        return len(self.runs(text))

    def run(self, run_id: str | None = None) -> Run:
        found = [run for run in self.runs() if run_id is None or run.run_id.startswith(run_id)]
        if not found:
            raise UsageError(f"no run has an id that starts with {run_id}", "tracetui runs lists them")
        return found[0]

    def tree(self, run_id: str) -> Tree:
        return tree_of(run_id, self.nodes)

    def detail(self, run_id: str, position: int) -> SpanDetail:
        self.asked.append(position)
        if self.hold is not None:
            assert self.hold.wait(10)
        if self.fault is not None:
            raise self.fault
        return detail_of(run_id, position, self.nodes[position])

    def run_diff(
        self,
        run_id: str,
        other_run_id: str,
        how: object = None,
        is_cancelled: Callable[[], bool] | None = None,
        told: Callable[[RunDiff | Reading], None] | None = None,
    ) -> RunDiff:
        raise UsageError("this stand-in compares no runs")

    def run_against(self, run_id: str, good: Sequence[str], how: object = None) -> Consensus:
        raise UsageError("this stand-in compares no runs")

    def good_runs(self, run_id: str, same: str) -> list[str]:
        return []

    def step_diff(
        self,
        run_id: str,
        position: int,
        before: tuple[str, int] | None = None,
        rule: Volatile | None = None,
    ) -> tuple[SpanDetail, SpanDetail, StepDiff]:
        """Against the step before of the same name."""
        name = self.nodes[position].name
        same = [at for at in range(position) if self.nodes[at].name == name and self.nodes[at].step]
        if before is None and not same:
            raise UsageError("there is no step of the same kind before this one")
        other = before[1] if before else same[-1]
        a, b = (detail_of(run_id, at, self.nodes[at]) for at in (other, position))
        return a, b, diff_steps(a, b, rule or BY_DEFAULT)

    def step_position(self, run_id: str, step: int) -> int:
        for position, node in enumerate(self.nodes):
            if node.step == step:
                return position
        raise UsageError(f"run {run_id} has no step {step}")

    def search(self, run_id: str, text: str) -> list[int]:
        return [at for at, node in enumerate(self.nodes) if text.casefold() in node.name.casefold()]

    def step_cost(self, run_id: str, position: int) -> StepCost:
        return StepCost(
            None, None, None, None, None, None, 0, 0, 0, False, False, None, None, None, None, None
        )

    def context_use(self, run_id: str, position: int) -> ContextUse | None:
        return None

    def memory(self, run_id: str) -> RunMemory:
        raise UsageError("a made-up run tells of no memory")

    def run_times(self, run_id: str) -> RunTimes | None:
        return run_times(self.tree(run_id))

    def wait_after(self, run_id: str) -> WaitAfter | None:
        return None

    def critical_path(self, run_id: str) -> list[Stretch]:
        return critical_path(self.tree(run_id))

    def reprice(self, files: Sequence[Path] = ()) -> None:
        """Its figures are fixed."""

    def keep_money(self) -> None:
        """There is nothing to compute."""

    def span_position(
        self, span_id: str, *, trace_id: str | None = None, run_id: str | None = None
    ) -> tuple[str, int] | None:
        del trace_id, run_id
        position = int(span_id.removeprefix("s")) if span_id[1:].isdigit() else -1
        return (self.run_list[0].run_id, position) if 0 <= position < len(self.nodes) else None

    def close(self) -> None:
        return


@dataclass
class FakeOpening:
    """Gives these updates; at a threading.Event among them it waits until that is set or the load is cancelled."""

    given: Sequence[Update | threading.Event | Exception]
    cancelled: threading.Event = field(default_factory=threading.Event)

    def updates(self) -> Iterator[Update]:
        for update in self.given:
            if isinstance(update, threading.Event):
                while not update.wait(0.01):
                    if self.cancelled.is_set():
                        return
            elif isinstance(update, Exception):
                raise update
            else:
                yield update

    def stop(self) -> None:
        self.cancelled.set()

    def cancel(self) -> None:
        self.cancelled.set()


def opening(db: FakeDB) -> FakeOpening:
    """A load that is over at once."""
    return FakeOpening(opened(db))


def opened(db: FakeDB) -> tuple[Update, Update]:
    """The updates that hand over a database."""
    real = cast("TraceDB", db)
    return Opened(real), Completed(real)


def progress(records: int = 5) -> Progress:
    """A load in the middle."""
    return Progress(1_000_000, 4_000_000, records, "travel.jsonl", 0, 1, "reading")


def some_issue() -> ImportIssue:
    """One skipped line."""
    return ImportIssue(
        "bad_json", "the last line is cut", Severity.DATA_LOSS, 9, 900, "s5", "travel.jsonl", 1
    )


def some_runs() -> list[Run]:
    """Three runs, one of them failed."""
    return [
        run_of("aaa1", "weather-agent"),
        run_of("bbb2", "travel-agent", Status.ERROR, "TimeoutError"),
        run_of("ccc3", "refund-agent"),
    ]
