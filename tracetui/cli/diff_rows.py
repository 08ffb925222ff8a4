"""Comparisons as objects for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tracetui.analysis.diff.consensus import Consensus
from tracetui.analysis.diff.divergence import Divergence
from tracetui.analysis.diff.json import Change, JsonChange, path_text
from tracetui.analysis.diff.messages import message_text
from tracetui.analysis.diff.row_texts import changes_of
from tracetui.analysis.diff.runs import LEVEL_NAMES, Level, Row
from tracetui.analysis.diff.settings_diff import SettingsDiff
from tracetui.analysis.diff.side_effects import Deed
from tracetui.analysis.diff.steps import StepDiff
from tracetui.analysis.diff.text import patched, unpatched
from tracetui.analysis.diff.volatile import Volatile
from tracetui.api.diffs import RunDiff
from tracetui.model import JsonValue
from tracetui.read_model import Run, SpanDetail
from tracetui.render.run_card import divergence_lines, place_text
from tracetui.render.step_diff import left_out_by


def run_diff_object(diff: RunDiff, level: Level, only: Sequence[int] | None = None) -> dict[str, Any]:
    """A comparison of runs; `steps` holds the rows, or those of `only`, that differ at the level or one that matters
    more."""
    rows = diff.rows if only is None else [diff.rows[at] for at in only]
    return {
        "a": diff.a.run_id,
        "b": diff.b.run_id,
        "level": LEVEL_NAMES[level],
        "differs": diff.differs_at(level),
        "first_divergence": _divergence(diff, diff.divergence),
        "side_effects": {
            "both": len(diff.effects.both),
            "only_a": [_deed(deed) for deed in diff.effects.only_a],
            "only_b": [_deed(deed) for deed in diff.effects.only_b],
        },
        "differences": {
            name: sum(1 for row in diff.rows if found in row.levels) for found, name in LEVEL_NAMES.items()
        },
        "left_out": diff.left_out,
        "totals": {
            "a": _totals(diff.a),
            "b": _totals(diff.b),
            "paired_spans": sum(1 for row in diff.rows if row.a is not None and row.b is not None),
        },
        "steps": [_row(diff, row) for row in rows if row.differs_at(level)],
    }


def _totals(run: Run) -> dict[str, Any]:
    return {
        "status": run.status,
        "steps": run.steps,
        "duration_ns": run.duration_ns,
        "total_tokens": run.total_tokens,
        "cost_usd": run.cost_usd,
        "unpriced_calls": run.unpriced_calls,
    }


def step_diff_object(a: SpanDetail, b: SpanDetail, diff: StepDiff, rule: Volatile) -> dict[str, Any]:
    """A comparison of steps; `left_out` is what does not count."""
    return {
        "a": {"run_id": a.run_id, "step": a.step, "span_id": a.span_id},
        "b": {"run_id": b.run_id, "step": b.step, "span_id": b.span_id},
        "differs": not diff.is_empty,
        "left_out": left_out_by(rule),
        "diff": asdict(diff),
    }


def consensus_object(run_id: str, consensus: Consensus, rule: Volatile) -> dict[str, Any]:
    """A run against several good ones; `left_out` is what does not count."""
    return {
        "run": run_id,
        "against": list(consensus.runs),
        "good_runs": consensus.good_runs,
        "left_out": left_out_by(rule),
        "missing": [asdict(usual) for usual in consensus.missing],
        "extra": [_deed(deed) for deed in consensus.extra],
        "again": [_deed(deed) for deed in consensus.again],
    }


def _divergence(diff: RunDiff, found: Divergence | None) -> dict[str, Any] | None:
    if found is None:
        return None
    run_a, run_b = diff.alignment.a, diff.alignment.b
    calls = None if found.calls is None else [run_a.step[found.calls[0]], run_b.step[found.calls[1]]]
    return {
        "cause": found.cause,
        "words": list(divergence_lines(diff)),
        "level": LEVEL_NAMES[found.level],
        **_row(diff, diff.rows[found.row]),
        "decided_by_steps": calls,
        "origin": None
        if diff.origin is None
        else {
            side: None if message is None else message_text(message)
            for side, message in (("a", diff.origin.a), ("b", diff.origin.b))
        },
    }


def _row(diff: RunDiff, row: Row) -> dict[str, Any]:
    run_a, run_b = diff.alignment.a, diff.alignment.b
    return {
        "a_position": row.a,
        "b_position": row.b,
        "a_step": None if row.a is None else run_a.step[row.a] or None,
        "b_step": None if row.b is None else run_b.step[row.b] or None,
        "what": place_text(diff, "b", row.b) if row.b is not None else place_text(diff, "a", row.a or 0),
        "mark": row.mark,
        "levels": [LEVEL_NAMES[found] for found in sorted(row.levels)],
        "arguments": dict(zip("ab", diff.texts.given(row), strict=True)),
        "changes": list(_changes(diff, row)),
        "duration_ns": row.duration_ns,
        "tokens": row.tokens,
        "cost_usd": row.cost_usd,
    }


def _changes(diff: RunDiff, row: Row) -> Iterator[dict[str, Any]]:
    """What became another of the arguments, else of the result, and of what the model saw: values of JSON, else texts."""
    if row.a is None or row.b is None:
        return
    of, found = changes_of(diff.texts, row, diff.alignment.b.operation[row.b])
    for change in found:
        if isinstance(change, JsonChange):
            yield _change(of, change.change, path_text(change.path), change.before, change.after)
    settings = diff.texts.settings_diff(row)
    yield from () if settings is None else _settings_changes(settings)
    seen_only = diff.texts.seen_only(row)
    if Level.CONTEXT in row.levels and any(seen_only):
        seen = ("\n".join(f"{each.role}: {each.text}" for each in side) or None for side in seen_only)
        values = dict(zip(("before", "after"), seen, strict=True))
        yield {"of": "context", "change": Change.CHANGED, "path": "", **values}
    if found and not isinstance(found[0], JsonChange):
        before, after = diff.texts.a[row.a], diff.texts.b[row.b]
        texts = (before.given, after.given) if of == "arguments" else (before.returned, after.returned)
        yield {"of": of, "change": Change.CHANGED, "path": "", "before": texts[0], "after": texts[1]}


def _settings_changes(diff: SettingsDiff) -> Iterator[dict[str, Any]]:
    if diff.models is not None:
        yield _change("settings", Change.CHANGED, "model", *diff.models)
    if diff.system:
        yield _change("settings", Change.CHANGED, "system", unpatched(diff.system), patched(diff.system))
    named = (
        (Change.ADDED, diff.tools.added),
        (Change.REMOVED, diff.tools.removed),
        (Change.CHANGED, diff.tools.changed),
    )
    for change, names in named:
        yield from (_change("settings", change, path_text(("tools", name)), None, None) for name in names)
    for each in diff.parameters:
        yield _change("settings", each.change, path_text(("parameters", *each.path)), each.before, each.after)


def _change(of: str, change: Change, path: str, before: JsonValue, after: JsonValue) -> dict[str, Any]:
    return {"of": of, "change": change, "path": path, "before": before, "after": after}


def _deed(deed: Deed) -> dict[str, Any]:
    return {"name": deed.name, "arguments": deed.arguments, "step": deed.step}
