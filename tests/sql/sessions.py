"""Sessions of typed SQL over a small sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui.store.query_limits import QueryLimits
from tracetui.workers.queries import QueryResult, QuerySession

SAMPLE = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"


@contextmanager
def session(
    *paths: Path, limits: QueryLimits | None = None, is_unsafe: bool = False, keeps_spare: bool = False
) -> Iterator[QuerySession]:
    """A session over the paths, a small sample unless given; its database ends with it."""
    with load(*(paths or (SAMPLE,))) as db:
        yield db.open_queries(limits, is_unsafe=is_unsafe, keeps_spare=keeps_spare)


def all_rows(result: QueryResult) -> list[tuple[Any, ...]]:
    """Every row."""
    return result.rows(0, result.row_count)


def resident_bytes(pid: int, what: str = "VmRSS") -> int:
    """Memory of a process: what it has, or with `VmHWM` the most that it ever had."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"{what} is not told")
