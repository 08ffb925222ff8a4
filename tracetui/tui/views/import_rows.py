"""Rows of the Import view: sources with their accounts, and import issues."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tracetui.model import ImportIssue, Severity
from tracetui.read_model import Source
from tracetui.render.issue_rows import IssueRow
from tracetui.render.safe import safe
from tracetui.render.text import size
from tracetui.tui.load_lines import SEVERITY_WORDS
from tracetui.tui.widgets.grid_columns import Cell, Column

T = TypeVar("T")

_NAME_CHARS = 120

SEVERITY_SIGNS = {Severity.ERROR: "✗", Severity.DATA_LOSS: "✗", Severity.WARNING: "!", Severity.INFO: "·"}


def format_words(source: Source) -> str:
    """The format and its version, or that it was not recognised."""
    if source.format is None:
        return "not recognised"
    version = f" {source.format_version}" if source.format_version else ""
    return safe(f"{source.format}{version}", _NAME_CHARS)


SOURCE_COLUMNS: tuple[Column, ...] = (
    Column("source", "source", max_width=30),
    Column("format", "format", max_width=18),
    Column("records", "records", "right"),
    Column("skipped", "skipped", "right"),
    Column("issues", "issues", "right"),
    Column("loaded", "loaded", "right"),
    Column("merged", "merged", "right"),
    Column("runs", "runs", "right"),
    Column("spans", "spans", "right"),
    Column("size", "size", "right"),
    Column("grade", "grade"),
    Column("why", "recognised by", max_width=60),
)

ISSUE_COLUMNS: tuple[Column, ...] = (
    Column("severity", "severity"),
    Column("message", "reason", max_width=60),
    Column("place", "place", max_width=16),
    Column("source", "source", max_width=24),
    Column("code", "code", max_width=24),
    Column("span", "span", max_width=18),
)

_SEVERITY_STYLES = {
    Severity.ERROR: "error", Severity.DATA_LOSS: "error", Severity.WARNING: "warning", Severity.INFO: "muted",
}  # fmt: skip


def common_folder(sources: Sequence[Source]) -> str:
    """The folder or bundle that all sources are in, with its sign; empty where there is none or only one source."""
    names = [source.source for source in sources]
    if len(names) < 2:
        return ""
    common = os.path.commonprefix(names)  # noqa: RUF071  # cut at a slash below; members of bundles are no paths
    return common[: max(common.rfind("/"), common.rfind("!")) + 1]


def source_cells(source: Source, folder: str) -> list[Cell]:
    """One row of the table of sources, their names within `folder`."""
    numbers = (
        source.records,
        source.skipped,
        source.issues,
        source.loaded,
        source.merged,
        source.runs,
        source.spans,
    )
    styles = (
        "",
        "warning" if source.skipped else "muted",
        "warning" if source.issues else "muted",
        "",
        "muted",
        "",
        "",
    )
    return [
        (source.source.removeprefix(folder), "strong"),
        (format_words(source), "" if source.format else "error"),
        *((f"{number:,}", style) for number, style in zip(numbers, styles, strict=True)),
        (size(source.size_bytes), "muted"),
        (source.grade, "muted"),
        (source.why_detected or "", "muted"),
    ]


def issue_place(issue: ImportIssue) -> str:
    """`line 12`, `byte 900` or nothing."""
    if issue.line is not None:
        return f"line {issue.line:,}"
    if issue.byte_offset is not None:
        return f"byte {issue.byte_offset:,}"
    return ""


def issue_cells(row: IssueRow, folder: str) -> list[Cell]:
    """One row of the table of import issues, sources named within `folder`."""
    issue, several = row.issue, row.count > 1
    before = f"{row.count:,} × " if several else "  " if row.is_inside else ""
    style = _SEVERITY_STYLES[issue.severity]
    lost = f" ({issue.skipped:,} record{'' if issue.skipped == 1 else 's'} skipped)" if issue.skipped else ""
    return [
        (f"{SEVERITY_SIGNS[issue.severity]} {SEVERITY_WORDS[issue.severity][0]}", style),
        (f"{before}{issue.message}{lost}", ""),
        (f"{issue_place(issue)} …" if several else issue_place(issue), ""),
        (issue.source.removeprefix(folder), "muted"),
        (issue.code, "muted"),
        ("" if several else issue.span_id or "", "muted"),
    ]


class ListRows(Generic[T]):
    """Rows of a list that is in memory."""

    def __init__(
        self,
        columns: Sequence[Column],
        items: Sequence[T],
        cells: Callable[[T, str], list[Cell]],
        folder: str,
    ) -> None:
        self.columns = columns
        self.items = items
        self._cells = cells
        self._folder = folder

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.items)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of these rows."""
        return [self._cells(item, self._folder) for item in self.items[start:stop]]
