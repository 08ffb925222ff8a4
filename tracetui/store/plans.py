"""Query plans as rows for reading: one an operator, drawn as a tree, with what it did and how long it took."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NOT_SHOWN = frozenset({"RESULT_COLLECTOR", "EXPLAIN_ANALYZE"})
_ESTIMATE = "Estimated Cardinality"
_MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One operator. `rows` and `ms` are None where the query was not run, `share` is its part of all time."""

    operator: str
    rows: int | None
    expected_rows: int | None
    ms: float | None
    share: float | None
    detail: str


def plan_rows(text: str) -> list[PlanRow]:
    """The operators of a plan in DuckDB's JSON, the last to run first, each below the one that it feeds."""
    plan = json.loads(text)
    roots = plan.get("operator", []) if isinstance(plan, dict) else plan
    total_s = sum(float(node.get("timing") or 0) for node in _all(roots))
    return list(_drawn(roots, total_s))


def _drawn(roots: list[dict[str, Any]], total_s: float) -> Iterator[PlanRow]:
    waiting = [(node, "", "") for node in reversed(_shown(roots))]
    while waiting:
        node, lead, indent = waiting.pop()
        yield _row(node, lead, total_s)
        children = _shown(node.get("children", []))
        if len(children) == 1:  # what follows on what is below it stands there: only branches are set in
            waiting.append((children[0], indent, indent))
            continue
        for number, child in reversed(list(enumerate(children))):
            is_last = number == len(children) - 1
            waiting.append(
                (child, f"{indent}{'└─ ' if is_last else '├─ '}", f"{indent}{'   ' if is_last else '│  '}")
            )


def _row(node: dict[str, Any], lead: str, total_s: float) -> PlanRow:
    extra = node.get("extra_info") or {}
    timing = node.get("timing")
    return PlanRow(
        operator=lead + str(node.get("type") or node.get("name")).strip(),
        rows=node.get("intermediate_rows"),
        expected_rows=_whole(extra.get(_ESTIMATE)),
        ms=None if timing is None else round(timing * 1_000, 3),
        share=None if timing is None or not total_s else round(timing / total_s, 3),
        detail=_detail(extra),
    )


def _detail(extra: dict[str, Any]) -> str:
    told = (f"{name}: {_flat(value)}" for name, value in extra.items() if name != _ESTIMATE and value)
    text = " · ".join(told)
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _flat(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _shown(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes, those that only collect answers replaced by what is below them."""
    shown = nodes
    while any(_is_hidden(node) for node in shown):
        shown = [below for node in shown for below in (node["children"] if _is_hidden(node) else [node])]
    return shown


def _is_hidden(node: dict[str, Any]) -> bool:
    return node.get("type") in _NOT_SHOWN


def _all(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.get("children", [])
