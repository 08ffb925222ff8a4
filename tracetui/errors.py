"""Everything tracetui raises on purpose.

TracetuiError           message, hint, exit_code
├── UsageError          2   the command or call is wrong: unknown run, bad option, unknown column
│   ├── FilterError     2   a filter that does not parse or names what is not there
│   └── TakenError      2   a file exists and is not replaced unasked
├── InputError          3   nothing could be loaded from the input
│   └── LimitError      3   the input passes a limit that can be raised by a flag
├── QueryError          2   SQL that is refused or fails
├── NotLoadedError      2   the answer needs payloads that are not loaded yet
├── WorkerError         1   a child process died or broke its protocol
└── InterruptedByUser   130
"""

from __future__ import annotations


class TracetuiError(Exception):
    """Base of all expected errors.

    `message` says what happened and where, `hint` what to do next (may be empty); neither is markup.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TracetuiError):
    """The request itself is wrong."""

    exit_code = 2


class FilterError(UsageError):
    """A filter that does not parse, or names a field or value that there is not; `position` counts characters from 0."""

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.position = position


class TakenError(UsageError):
    """A file exists and is not replaced unasked."""


class InputError(TracetuiError):
    """Nothing could be loaded from the input."""

    exit_code = 3


class LimitError(InputError):
    """The input passes one of the limits that protect the machine."""


class QueryError(TracetuiError):
    """SQL that is refused or fails."""

    exit_code = 2


class NotLoadedError(TracetuiError):
    """The question needs payloads of a source that is only indexed so far."""

    exit_code = 2


class WorkerError(TracetuiError):
    """A child process died or sent what it should not."""


class InterruptedByUser(TracetuiError):  # noqa: N818  # named as KeyboardInterrupt is
    """The user cancelled."""

    exit_code = 130
