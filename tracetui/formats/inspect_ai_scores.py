"""Scores of Inspect AI samples and metrics of whole evaluations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tracetui.formats.conventions_values import number_value
from tracetui.formats.message_parts import as_text, first_text
from tracetui.model import JsonValue, Score

GRADES: Mapping[str, float] = MappingProxyType({"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0})
_PASSED: Mapping[str, bool] = MappingProxyType({"C": True, "I": False})


def sample_scores(found: JsonValue, trace: str, span: str | None) -> Iterator[Score]:
    """Scores by the name of their scorer, each `{value, answer, explanation}`; a dict of values gives one each."""
    if not isinstance(found, dict):
        return
    for name, score in found.items():
        said = score if isinstance(score, dict) else {"value": score}
        value = said.get("value")
        if isinstance(value, dict):
            for key, part in value.items():
                yield _score(f"{name}.{key}", part, said, trace, span)
        else:
            yield _score(name, value, said, trace, span)


def _score(name: str, value: JsonValue, said: dict[str, Any], trace: str, span: str | None) -> Score:
    word = value if isinstance(value, str) else ""
    return Score(
        trace,
        span,
        name,
        value=GRADES.get(word, float(value) if isinstance(value, bool) else number_value(value)),
        label=word or (as_text(value) if isinstance(value, (list, dict)) else None),
        passed=value if isinstance(value, bool) else _PASSED.get(word),
        kind="code",
        author=name,
        comment=_comment(said),
    )


def _comment(said: dict[str, Any]) -> str | None:
    answer, explanation = first_text(said, ("answer",)), first_text(said, ("explanation",))
    if answer and explanation and answer != explanation:
        return f"answer: {answer}\n{explanation}"
    return explanation or answer


def metric_scores(results: JsonValue, trace: str, span: str) -> Iterator[Score]:
    """Metrics of the results of an evaluation, called `scorer metric`."""
    scores = results.get("scores") if isinstance(results, dict) else None
    for score in scores if isinstance(scores, list) else ():
        metrics = score.get("metrics") if isinstance(score, dict) else None
        if not isinstance(metrics, dict):
            continue
        scorer = first_text(score, ("name", "scorer")) or "score"
        for name, metric in metrics.items():
            value = number_value(metric.get("value")) if isinstance(metric, dict) else number_value(metric)
            yield Score(trace, span, f"{scorer} {name}", value=value, kind="code", author=scorer)
