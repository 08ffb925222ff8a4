"""Rows of a Parquet file as the full reader gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tracetui.model import ImportIssue, Record
from tracetui.reading.faults import IssueLog
from tracetui.reading.limits import Limits
from tracetui.reading.parquet import RowReader, open_parquet
from tracetui.reading.random_access import open_path


def read_parquet(path: Path) -> Iterator[Record]:
    """The records of a file without damage."""
    issues: list[ImportIssue] = []
    limits = Limits()
    log = IssueLog(issues.append, str(path), limits.issues_per_code)
    content = open_parquet(open_path(path), (), limits)
    yield from RowReader(content, log, limits, lambda _part: None).records()
    assert issues == []
