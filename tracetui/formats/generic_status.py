"""Words, truths and codes that say how a row ended."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracetui.formats.conventions_values import integer_value
from tracetui.model import JsonValue, Status

_GOOD = frozenset(
    (
        "ok",
        "success",
        "succeeded",
        "successful",
        "completed",
        "complete",
        "done",
        "passed",
        "finished",
        "fertig",
        "erfolg",
        "erfolgreich",
    )
)
_BAD = frozenset(
    ("error", "failed", "failure", "fail", "exception", "timeout", "crashed", "fatal", "critical", "err", "fehler", "gescheitert", "fehlgeschlagen")
)  # fmt: skip
_WAITS = frozenset(("interrupted", "paused", "waiting", "pending_approval", "needs_approval"))
_OPEN = frozenset(("running", "in_progress", "started", "pending"))
_TRUTHS = {
    "true": True,
    "yes": True,
    "ja": True,
    "1": True,
    "false": False,
    "no": False,
    "nein": False,
    "0": False,
}
_SAYS_BAD = re.compile("err|fail|fehl|exception|crash|cancel")
_ANSWERS = frozenset(("true", "false", "0", "1", "done", "critical", "complete", "waiting"))
"""What may as well be the answer to a question."""


def status_of(value: JsonValue, column: str) -> Status:
    """How a row ended, from a word, a truth or an HTTP status; a column such as `is_error` says the opposite."""
    word = _plain(value) if isinstance(value, (str, int)) else ""
    if word in _TRUTHS:
        failed = _TRUTHS[word] is (_SAYS_BAD.search(column.lower()) is not None)
        return Status.ERROR if failed else Status.OK
    code = integer_value(value)
    if code is not None and 100 <= code < 600:
        return Status.ERROR if code >= 400 else Status.OK
    if word in _BAD:
        return Status.ERROR
    if word in _WAITS:
        return Status.INTERRUPTED
    return Status.UNFINISHED if word in _OPEN else Status.OK if word in _GOOD else Status.UNSET


def tell_how_ended(values: Sequence[JsonValue]) -> bool:
    """Whether values of several rows are nothing but words for how a step ended, such as OK and EXCEPTION."""
    words = [_plain(value) for value in values if isinstance(value, str)]
    return (
        len(words) == len(values) > 1
        and not _ANSWERS & set(words)
        and all(word in _GOOD | _BAD | _WAITS | _OPEN | _TRUTHS.keys() for word in words)
    )


def _plain(value: str | int) -> str:
    return str(value).strip().lower().replace(" ", "_")
