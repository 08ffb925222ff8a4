"""Sources and import issues as rows: lines for reading, objects with the columns of the views for JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from tracetui.cli.table import Column
from tracetui.model import ImportIssue
from tracetui.read_model import Source
from tracetui.render import text
from tracetui.render.issue_rows import IssueRow
from tracetui.render.safe import safe

SOURCE_COLUMNS = (
    Column("source", least_cells=16, keep_end=True),
    Column("format", least_cells=8),
    Column("size", align_right=True),
    Column("records", align_right=True),
    Column("loaded", align_right=True),
    Column("merged", align_right=True),
    Column("skipped", align_right=True),
    Column("spans", align_right=True),
    Column("runs", align_right=True),
    Column("issues", align_right=True),
    Column("recognised by", least_cells=14),
)
LEFT_OUT_FIRST = ("recognised by", "size", "runs", "format", "issues")
ISSUE_COLUMNS = (
    Column("severity"),
    Column("where", least_cells=12, keep_end=True),
    Column("code", least_cells=10),
    Column("message", least_cells=16),
)


def source_cells(source: Source) -> list[str]:
    """The texts of one source's line, made safe."""
    version = f" {source.format_version}" if source.format_version else ""
    counts = (
        source.records,
        source.loaded,
        source.merged,
        source.skipped,
        source.spans,
        source.runs,
        source.issues,
    )
    return [
        safe(source.source),
        safe(f"{source.format or 'unknown'}{version}"),
        text.size(source.size_bytes),
        *(text.count(number) for number in counts),
        safe(source.why_detected or ""),
    ]


def issue_cells(row: IssueRow) -> list[str]:
    """The texts of the line of one issue, or of several of one kind, made safe."""
    issue = row.issue
    several = f"{row.count:,} × " if row.count > 1 else ""
    return [str(issue.severity), safe(_place(issue)), safe(issue.code), safe(f"{several}{issue.message}")]


def _place(issue: ImportIssue) -> str:
    line = f":{issue.line}" if issue.line is not None else ""
    offset = f" byte {issue.byte_offset:,}" if issue.byte_offset is not None else ""
    return f"{issue.source}{line}{offset}"


def source_row(source: Source) -> dict[str, Any]:
    """A source with the column names of the view `sources`."""
    row = {field.name: getattr(source, field.name) for field in fields(source)}
    for name, at_ns in (("first_at", source.first_ns), ("last_at", source.last_ns)):
        row[name] = None if at_ns is None else text.timestamp(at_ns)
    return row


def issue_row(issue: ImportIssue) -> dict[str, Any]:
    """An import issue with the column names of the view `import_issues`."""
    return {field.name: getattr(issue, field.name) for field in fields(issue)}
