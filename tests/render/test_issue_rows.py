"""Import issues of one kind stand on one line, and each can be reached."""

from __future__ import annotations

from tracetui.model import ImportIssue, Severity
from tracetui.render.issue_rows import IssueRow, issue_rows, kind_of

TORN = ImportIssue("bad_json", "cut", Severity.DATA_LOSS, 3, 30, source="a", skipped=1)
LATER = ImportIssue("bad_json", "odd", Severity.DATA_LOSS, 9, 90, source="a", skipped=2)
ELSEWHERE = ImportIssue("bad_json", "cut", Severity.DATA_LOSS, 3, 30, source="b")


def test_issues_of_a_kind_are_counted_and_unfold() -> None:
    first, other = issue_rows([TORN, ELSEWHERE, LATER], ())
    assert (first.issue.line, first.count, first.issue.skipped) == (3, 2, 3)
    assert other == IssueRow(ELSEWHERE)
    rows = issue_rows([TORN, ELSEWHERE, LATER], {kind_of(LATER), kind_of(ELSEWHERE)})
    assert [row.issue for row in rows[1:]] == [TORN, LATER, ELSEWHERE]
    assert [row.is_inside for row in rows] == [False, True, True, False]
