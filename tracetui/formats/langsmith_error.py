"""What a LangSmith run's `error` text says: the exception's type, its message, and whether it is a failure at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracetui.model import Event, Status

_TRACEBACK = "Traceback (most recent call last)"
_REPR = re.compile(r"\s*([A-Za-z_][\w.]*)\(")
_QUOTED = re.compile(r"""\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""", re.DOTALL)
_HEADLINE = re.compile(
    r"([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning|Timeout|Failure|Command))(?::\s?(.*))?"
)
_ESCAPES = re.compile(r"\\(n|t|r|'|\"|\\)")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r"}

INTERRUPTS = frozenset({"GraphInterrupt", "NodeInterrupt"})
CONTROL = frozenset({"ParentCommand"})
"""LangGraph raises these to hand control to the parent graph; nothing has failed."""


@dataclass(frozen=True, slots=True)
class RunError:
    """An error text taken apart; `message` is its first meaningful line, `full_message` all of it."""

    type: str | None
    message: str
    full_message: str
    text: str

    @property
    def status(self) -> Status:
        """Interrupted for a pause for a human, ok for LangGraph's control flow, else error."""
        name = (self.type or "").rpartition(".")[2]
        if name in INTERRUPTS:
            return Status.INTERRUPTED
        return Status.OK if name in CONTROL else Status.ERROR

    def event(self, at_ns: int | None) -> Event:
        """The error as an `exception` event that keeps the whole text."""
        attributes = {
            "exception.type": self.type,
            "exception.message": self.full_message,
            "exception.stacktrace": self.text,
        }
        return Event(
            "exception", at_ns, {key: value for key, value in attributes.items() if value is not None}
        )


def read_error(text: str) -> RunError:
    """Take apart Python's `repr(error)` followed by a traceback, a traceback alone, or any other text."""
    head, _, trace = text.partition(_TRACEBACK)
    found = _REPR.match(head)
    last_type, last_message = _last_headline(trace or head)
    kind = found.group(1) if found else last_type
    full = (
        (_quoted(head[found.end() - 1 :]) if found else None) or last_message or head.strip() or text.strip()
    )
    return RunError(kind, _first_line(full), full, text)


def _last_headline(trace: str) -> tuple[str | None, str | None]:
    """Type and message of the last line that names an exception; the lines after it belong to the message."""
    lines = trace.splitlines()
    for index in range(len(lines) - 1, -1, -1):
        found = _HEADLINE.fullmatch(lines[index])
        if found:
            rest = [found.group(2) or "", *_message_lines(lines[index + 1 :])]
            return found.group(1), "\n".join(rest).strip() or None
    return None, None


def _message_lines(lines: list[str]) -> list[str]:
    """Lines up to a JavaScript stack or the end."""
    end = next((i for i, line in enumerate(lines) if line.lstrip().startswith("at ")), len(lines))
    return lines[:end]


def _quoted(arguments: str) -> str | None:
    """The first argument of an exception's repr where it is a string, with its plain escapes undone."""
    found = _QUOTED.match(arguments)
    if not found:
        return None
    return _ESCAPES.sub(lambda m: _PLAIN.get(m.group(1), m.group(1)), found.group(1) or found.group(2) or "")


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
