"""Import issues as lines of a list: those of one code in one source together, and apart where they are unfolded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from tracetui.model import ImportIssue, Severity

Kind: TypeAlias = tuple[str, str, Severity]
"""Source, code and severity: what the issues of one line share."""


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One line: an issue, or the first of `count` of one kind, whose skipped records are added up in it.

    `is_inside` says that it stands below the line of its kind."""

    issue: ImportIssue
    count: int = 1
    is_inside: bool = False


def kind_of(issue: ImportIssue) -> Kind:
    """The kind of an issue."""
    return issue.source, issue.code, issue.severity


def issue_rows(issues: Sequence[ImportIssue], unfolded: Collection[Kind]) -> list[IssueRow]:
    """The lines of the issues, each kind where its first one stands."""
    kinds: dict[Kind, list[ImportIssue]] = {}
    for issue in issues:
        kinds.setdefault(kind_of(issue), []).append(issue)
    rows: list[IssueRow] = []
    for kind, found in kinds.items():
        skipped = sum(issue.skipped for issue in found)
        rows.append(IssueRow(replace(found[0], skipped=skipped), len(found)))
        if len(found) > 1 and kind in unfolded:
            rows += [IssueRow(issue, is_inside=True) for issue in found]
    return rows
