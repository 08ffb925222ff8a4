"""What was loaded, as text that people can read in a diff: sources, issues, runs, trees, tool calls, messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracetui import api
from tracetui.read_model import Run, Tree


def load(*paths: Path | str, stage: str = "full", in_process: bool = True) -> api.TraceDB:
    """Load in this process, without a cache."""
    options = api.LoadOptions(in_process=in_process, cached=False, stage=stage)
    return api.open([str(path) for path in paths], options=options)


def dump(db: api.TraceDB, folder: Path) -> str:
    """Everything that a change of a format or of the derivation would show in."""
    lines = [*_sources(db, folder), ""]
    for run in sorted(db.runs(), key=lambda run: run.run_id):
        lines += [*_run(db, run), ""]
    return "\n".join(lines)


def _sources(db: api.TraceDB, folder: Path) -> Iterator[str]:
    for source in db.sources():
        name = source.source.removeprefix(f"{folder}/")
        yield (
            f"source {name}: {source.format} {source.format_version or '-'} {source.container},"
            f" records {source.records} = {source.loaded} loaded + {source.merged} merged + {source.skipped} skipped,"
            f" {source.spans} spans, {source.runs} runs; {source.why_detected}"
        )
    for issue in db.issues():
        place = f"{issue.source.removeprefix(f'{folder}/')}:{issue.line}:{issue.byte_offset}"
        yield f"issue {issue.severity} {issue.code} at {place} {issue.span_id or ''}: {issue.message}"


def _run(db: api.TraceDB, run: Run) -> Iterator[str]:
    yield (
        f"run {run.run_id}: {run.name} [{run.status}] session {run.session_id}, {run.duration_ns} ns,"
        f" {run.spans} spans, {run.steps} steps, {run.llm_calls} model calls, {run.tool_calls} tool calls,"
        f" {run.errors} errors ({run.recovered_errors} recovered)"
    )
    yield (
        f"  {run.input_tokens} in + {run.output_tokens} out = {run.total_tokens} tokens, cost {run.cost_usd}"
        f" ({run.unpriced_calls} unpriced), models {', '.join(run.models) or '-'}"
    )
    if run.failed_span_id:
        where = f"at step {run.failed_step}" if run.failed_step else f"after step {run.steps_before_failure}"
        yield f"  failed {where}: {run.failed_name} {run.error_type}: {run.error_message}"
    tree = db.tree(run.run_id)
    for position in range(len(tree)):
        yield _span(tree, position)
        yield from _payload(db, run.run_id, position)
    for change in db.memory(run.run_id).changes(characters=60):
        values = " → ".join("-" if value is None else value for value in (change.before, change.after))
        yield (
            f"  memory {change.seq} at step {change.step}: {change.op} {change.store} {change.scope} {change.key}"
            f" by {change.actor} [{change.fidelity}] {values}"
        )


def _span(tree: Tree, position: int) -> str:
    step = f"#{tree.step[position]} " if tree.step[position] else ""
    mark = " <- failed" if position == tree.failed and position else ""
    synthetic = " (synthetic)" if position in tree.synthetic else ""
    tokens = "" if tree.tokens[position] < 0 else f" {tree.tokens[position]} tok"
    return (
        f"  {'  ' * tree.depth[position]}{step}{tree.kind[position]} {tree.labels[tree.label[position]]}"
        f" [{tree.status[position]}]{tokens}{synthetic}{mark}"
    )


def _payload(db: api.TraceDB, run_id: str, position: int) -> Iterator[str]:
    detail = db.detail(run_id, position)
    indent = " " * 12
    counts = {
        "messages in": sum(view.side == "input" for view in detail.messages),
        "new": sum(view.side == "input" and bool(view.is_new) for view in detail.messages),
        "out": sum(view.side == "output" for view in detail.messages),
        "tools": len(detail.tools_offered), "events": len(detail.events), "links": len(detail.links),
        "scores": len(detail.scores),
    }  # fmt: skip
    if any(counts.values()):
        yield indent + ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    for call in detail.tool_calls:
        if call.executed_by == detail.span_id or call.executed_by is None:
            result = (call.result or "")[:60].replace("\n", "⏎")
            yield f"{indent}call {call.name} {call.tool_call_id} step {call.requested_step}→{call.executed_step}: {result}"
