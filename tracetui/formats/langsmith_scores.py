"""LangSmith feedback as `Score`s: whole records, and the statistics that a run carries."""

from __future__ import annotations

from typing import Any

from tracetui.formats.ids import uuid_text
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.times import to_ns
from tracetui.model import Origin, Score

_KINDS = (
    ("model", "model"),
    ("auto_eval", "model"),
    ("app", "human"),
    ("human", "human"),
    ("evaluator", "code"),
)


def is_feedback(value: dict[str, Any]) -> bool:
    """Whether an object is a feedback record rather than a run."""
    return isinstance(value.get("key"), str) and "run_id" in value and ("score" in value or "value" in value)


def read_feedback(record: dict[str, Any], origin: Origin) -> Score:
    """A feedback record as a score of its run; of its trace where it names no run.

    `trace_id` is empty where the record does not say it: the run id alone is unique.
    """
    score, value = record.get("score"), record.get("value")
    source = record["feedback_source"] if isinstance(record.get("feedback_source"), dict) else {}
    word = first_text(source, ("type",)) or ""
    return Score(
        trace_id=uuid_text(record.get("trace_id")) or "",
        span_id=uuid_text(record.get("run_id")),
        name=str(record["key"]),
        value=_number(score),
        label=as_text(value) if value is not None else as_text(score if isinstance(score, str) else None),
        passed=score if isinstance(score, bool) else None,
        kind=next((kind for said, kind in _KINDS if said == word.lower()), None),
        author=first_text(source, ("user_name", "user_id", "ls_user_id")),
        comment=as_text(record.get("comment")) or None,
        at_ns=to_ns(record.get("created_at")),
        origin=origin,
    )


def feedback_stats(trace_id: str, own_id: str, stats: Any) -> tuple[Score, ...]:
    """One score for each key of `feedback_stats`: the average, with the count where there are several."""
    found = stats.items() if isinstance(stats, dict) else ()
    return tuple(_average(trace_id, own_id, str(key), item) for key, item in found if isinstance(item, dict))


def _average(trace_id: str, own_id: str, key: str, item: dict[str, Any]) -> Score:
    labels = item.get("values")
    label = ", ".join(map(str, labels)) if isinstance(labels, dict) and labels else None
    count = item.get("n")
    comment = f"average of {count}" if isinstance(count, int) and count > 1 else None
    return Score(trace_id, own_id, key, value=_number(item.get("avg")), label=label, comment=comment)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e308 else None
