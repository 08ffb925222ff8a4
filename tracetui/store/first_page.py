"""The first runs of a kept database, as JSON beside it: they are on the screen before DuckDB is loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tracetui.read_model import Run
from tracetui.words import Status

PAGE_RUNS = 256


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The first runs in triage order, and how many runs there are."""

    runs: tuple[Run, ...]
    total: int


def write(path: Path, runs: Sequence[Run], total: int) -> None:
    """Write the page; it replaces one that is there in one step."""
    page = {"total": total, "runs": [asdict(run) for run in runs]}
    unfinished = path.with_name(f"{path.name}.tmp")
    unfinished.write_text(json.dumps(page, default=str), encoding="ascii")
    unfinished.replace(path)


def read(path: Path) -> FirstPage | None:
    """The page that `write` wrote; None where there is none, or none that can be read: the database answers then."""
    try:
        page = json.loads(path.read_bytes())
        return FirstPage(tuple(_run(fields) for fields in page["runs"]), int(page["total"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        return None


def _run(fields: dict[str, Any]) -> Run:
    cost = fields.pop("cost_usd")
    return Run(
        status=Status(fields.pop("status")),
        models=tuple(fields.pop("models")),
        copies=tuple(fields.pop("copies")),
        cost_usd=None if cost is None else Decimal(cost),
        **fields,
    )
