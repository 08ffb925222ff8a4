"""How a reader reports what went wrong: faults that end a stream, and a log that keeps issue counts bounded and right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from tracetui.model import ImportIssue, Severity, Unread

Report = Callable[[ImportIssue], None]

KEPT_BYTES = 64 * 1024
"""Of bytes that are no record, as many are kept to be looked at."""


class StreamFault(Exception):  # noqa: N818 - not an error of the program: it is caught and becomes an issue
    """The content of a source cannot be read any further; `code` and `message` are for the import issue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class IssueLog:
    """Passes on at most `limit` issues of each code, then, at `close`, one issue that stands for the rest."""

    def __init__(self, report: Report, source: str, limit: int) -> None:
        self._report = report
        self._source = source
        self._limit = limit
        self._seen: Counter[str] = Counter()
        self._held_back: dict[str, ImportIssue] = {}

    def add(
        self,
        code: str,
        message: str,
        severity: Severity = Severity.WARNING,
        *,
        line: int | None = None,
        byte_offset: int | None = None,
        skipped: int = 0,
        raw: bytes | None = None,
    ) -> None:
        """Report one issue, or hold it back for the summary; `raw` are bytes that are no record."""
        issue = ImportIssue(code, message, severity, line, byte_offset, None, self._source, skipped)
        if raw is not None:
            issue = Unread(
                *(code, message, severity, line, byte_offset, None, self._source, skipped),
                raw=raw[:KEPT_BYTES],
                byte_length=len(raw),
            )
        self._seen[code] += 1
        if self._seen[code] <= self._limit:
            self._report(issue)
            return
        first = self._held_back.get(code)
        self._held_back[code] = issue if first is None else replace(first, skipped=first.skipped + skipped)

    def close(self) -> None:
        """Report the summaries of what was held back."""
        for code, first in self._held_back.items():
            more = self._seen[code] - self._limit
            place = f"line {first.line:,}" if first.line else f"byte {first.byte_offset or 0:,}"
            self._report(
                replace(first, message=f"{more:,} more of the same, the first at {place}: {first.message}")
            )
        self._held_back.clear()
