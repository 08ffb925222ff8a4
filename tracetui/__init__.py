"""Open exported AI-agent traces and see what happened: `tracetui.open("run.jsonl")` gives a `TraceDB`.

Public names are resolved on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracetui.version import VERSION

if TYPE_CHECKING:
    from tracetui.api import LoadOptions, Opening, ResultWindow, TraceDB, begin, open  # noqa: A004 - the public name
    from tracetui.api.exporting import export
    from tracetui.errors import (
        InputError,
        InterruptedByUser,
        LimitError,
        NotLoadedError,
        QueryError,
        TracetuiError,
        UsageError,
        WorkerError,
    )
    from tracetui.model import (
        Event,
        ImportIssue,
        Link,
        Message,
        Part,
        PartType,
        Score,
        Severity,
        Span,
        SpanKind,
        Status,
        ToolDefinition,
        Usage,
    )
    from tracetui.read_model import MessageView, Progress, Run, Source, SpanDetail, ToolCall, Tree

__version__ = VERSION

__all__ = [
    "Event",
    "ImportIssue",
    "InputError",
    "InterruptedByUser",
    "LimitError",
    "Link",
    "LoadOptions",
    "Message",
    "MessageView",
    "NotLoadedError",
    "Opening",
    "Part",
    "PartType",
    "Progress",
    "QueryError",
    "ResultWindow",
    "Run",
    "Score",
    "Severity",
    "Source",
    "Span",
    "SpanDetail",
    "SpanKind",
    "Status",
    "ToolCall",
    "ToolDefinition",
    "TraceDB",
    "TracetuiError",
    "Tree",
    "Usage",
    "UsageError",
    "WorkerError",
    "begin",
    "export",
    "open",
]

_API_NAMES = frozenset({"LoadOptions", "Opening", "ResultWindow", "TraceDB", "begin", "export", "open"})


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tracetui' has no attribute {name!r}")
    from importlib import import_module

    if name in _API_NAMES:
        return getattr(import_module("tracetui.api"), name)
    homes = (import_module(f"tracetui.{module}") for module in ("errors", "read_model", "model"))
    return next(getattr(home, name) for home in homes if hasattr(home, name))


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
