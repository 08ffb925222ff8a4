"""Inspect AI logs: `.eval` archives, whose members are read one by one, and `.json` logs that hold everything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, TypeGuard

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.inspect_ai_sample import LogFacts, read_sample, root_id, trace_of
from tracetui.formats.inspect_ai_scores import metric_scores
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.times import to_ns
from tracetui.model import (
    Entry,
    Event,
    JsonValue,
    Merged,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)
from tracetui.words import CANCELLED

_FILE_NAME = re.compile(
    r"(?:^|_)\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d[-+]\d\d-\d\d_(?P<task>.+)_(?P<id>[A-Za-z0-9]{20,24})$"
)
_STATUS = {"success": Status.OK, "error": Status.ERROR, "cancelled": Status.INTERRUPTED, "started": None}
_REASONS = {
    "error": "ended with an error that the log does not tell",
    "cancelled": "the evaluation was cancelled",
}


def sniff(head: Head) -> Match | None:
    """Recognise logs, their headers and samples by their fields."""
    for value in head.values[:1]:
        if _is_log(value):
            version = as_text(value.get("version")) if isinstance(value, dict) else None
            return Match(95, "an Inspect AI log: eval, plan and samples", version)
        if _is_sample(value):
            return Match(90, "a sample of an Inspect AI log")
        if _is_scan(value):
            return Match(80, "the settings of an Inspect Scout scan")
    return None


def _is_log(value: JsonValue) -> bool:
    inner = value.get("eval") if isinstance(value, dict) else None
    return isinstance(inner, dict) and "task" in inner and ("model" in inner or "run_id" in inner)


def _is_sample(value: JsonValue) -> bool:
    return isinstance(value, dict) and {"id", "epoch", "input", "target"} <= value.keys() and (
        "messages" in value or "events" in value
    )  # fmt: skip


def _is_scan(value: JsonValue) -> bool:
    return isinstance(value, dict) and {"scan_id", "scanners", "transcripts"} <= value.keys()


def _is_summary(value: JsonValue) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and "id" in value and "epoch" in value


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each sample, and one for the evaluation as a whole; the rest is skipped with a reason."""
    facts, told = _facts_of_file(source), set[str]()
    for record in records:
        value = record.value
        if isinstance(value, dict) and _is_log(value):
            facts = _facts_of_log(value)
            trace = _evaluation_of(value)
            if trace in told and not value.get("samples"):
                yield Merged(record.origin, trace, trace)
            else:
                told.add(trace)
                yield from _log(value, record.origin, facts)
        elif isinstance(value, dict) and _is_sample(value):
            yield from read_sample(value, record.origin, facts)
        else:
            yield _beside(value, record.origin, facts)


def _beside(value: JsonValue, origin: Origin, facts: LogFacts) -> Entry:
    """What stands beside the samples of an archive, or is none of it."""
    if _is_summary(value):
        trace = trace_of(value, facts)
        return Merged(origin, trace, root_id(trace))
    if isinstance(value, dict) and {"scorer", "samples"} <= value.keys():
        return Skipped(origin, "sample_summary", "sums up samples, which say the same themselves")
    if _is_scan(value):
        reason = "the settings of a scan; its transcripts are in the logs that were scanned"
        return Skipped(origin, "scan_settings", reason)
    return Skipped(origin, "unknown_shape", "no part of an Inspect AI log", Severity.WARNING)


def _facts_of_file(source: str) -> LogFacts:
    """What the name of a file tells its samples: `<time>_<task>_<task id>.eval`."""
    stem = PurePosixPath(re.sub(r"[\\!]", "/", source)).name
    for ending in (".eval", ".zip", ".json"):
        stem = stem.removesuffix(ending)
    named = _FILE_NAME.search(stem)
    return LogFacts(named["task"], named["id"]) if named else LogFacts(None, stem or None, file=stem or None)


def _facts_of_log(value: dict[str, Any]) -> LogFacts:
    said: dict[str, Any] = value["eval"]
    config = said["config"] if isinstance(said.get("config"), dict) else {}
    epochs = config.get("epochs")
    return LogFacts(
        first_text(said, ("task",)),
        first_text(said, ("task_id", "eval_id", "run_id")) or "inspect",
        epochs if type(epochs) is int else None,
        first_text(said, ("model",)),
    )


def _evaluation_of(value: dict[str, Any]) -> str:
    return f"evaluation-{first_text(value['eval'], ('eval_id', 'run_id', 'task_id')) or 'inspect'}"


def _log(value: dict[str, Any], origin: Origin, facts: LogFacts) -> Iterator[Entry]:
    said: dict[str, Any] = value["eval"]
    trace = _evaluation_of(value)
    root = Span(trace, trace, origin)
    task = facts.task
    root.name = f"evaluation {task.rsplit('/', 1)[-1]}" if task else "evaluation"
    root.kind, root.kind_original, root.session_id = SpanKind.CHAIN, "evaluation", facts.session_id
    _fill_evaluation(root, value, said)
    yield root
    samples = value.get("samples")
    for sample in samples if isinstance(samples, list) else ():
        place = element_origin(origin, sample)
        if isinstance(sample, dict):
            yield from read_sample(sample, place, facts)
        else:
            yield Skipped(place, "unknown_shape", "a sample that is no object", Severity.WARNING)


def _fill_evaluation(root: Span, value: dict[str, Any], said: dict[str, Any]) -> None:
    stats = value["stats"] if isinstance(value.get("stats"), dict) else {}
    root.start_ns = to_ns(said.get("created")) or to_ns(stats.get("started_at"))
    root.end_ns = to_ns(stats.get("completed_at"))
    word = first_text(value, ("status",))
    root.status = _STATUS.get(word) if word else None
    root.error_message = _REASONS.get(word) if word else None
    root.error_type = CANCELLED if root.status is Status.INTERRUPTED else None
    kept = {key: found for key, found in value.items() if key not in ("samples", "reductions") and found}
    root.attributes = kept
    tags = said.get("tags")
    root.tags = tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
    root.metadata = said["metadata"] if isinstance(said.get("metadata"), dict) and said["metadata"] else None
    root.scores = tuple(metric_scores(value.get("results"), root.trace_id, root.span_id))
    root.output = ", ".join(f"{s.name} {s.value:g}" for s in root.scores if s.value is not None) or None
    error = value.get("error")
    if error not in (None, {}, ""):
        detail: dict[str, Any] = error if isinstance(error, dict) else {"message": as_text(error)}
        message, stack = first_text(detail, ("message",)), first_text(detail, ("traceback",))
        root.status, root.error_message = Status.ERROR, one_line(message) or root.error_message
        kept = {"exception.message": message, "exception.stacktrace": stack}
        root.events = [Event("exception", root.end_ns, {k: v for k, v in kept.items() if v})]


FORMAT = Format(
    name="inspect_ai",
    title="Inspect AI logs",
    recognised_by="`eval` with a task and model, samples with epoch and target, an archive of them under any name",
    produced_by="Inspect AI: `inspect eval` (logs/*.eval), or `inspect log convert --to json`",
    sniff=sniff,
    read=read,
)
