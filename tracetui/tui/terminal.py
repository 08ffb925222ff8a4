"""Whether the terminal that keys come from is still there."""

from __future__ import annotations

import select
import sys

_GONE = getattr(select, "POLLHUP", 0) | getattr(select, "POLLERR", 0) | getattr(select, "POLLNVAL", 0)


def terminal_is_gone() -> bool:
    """Whether nobody is at the other end any more; False where that cannot be told, as on Windows."""
    if sys.__stdin__ is None or not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(sys.__stdin__.fileno(), 0)
    return any(event & _GONE for _, event in poll.poll(0))
