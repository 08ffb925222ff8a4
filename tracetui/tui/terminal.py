"""Whether the terminal that keys come from is still there, and what one that is not UTF-8 is sent."""

from __future__ import annotations

import codecs
import select
import sys
from io import TextIOWrapper

from rich.cells import cell_len

_GONE = getattr(select, "POLLHUP", 0) | getattr(select, "POLLERR", 0) | getattr(select, "POLLNVAL", 0)

_NAME = "tracetui.stand_in"
_STAND_INS = {
    **dict.fromkeys("─━–—−·", "-"), **dict.fromkeys("│▐▏┃", "|"), **dict.fromkeys("╭╮╰╯┌┐└┘├┤", "+"),
    **dict.fromkeys("█▉▊▋▌▍▎▇▆▅▄▃▂▁▔", "#"), **dict.fromkeys("“”„", '"'), **dict.fromkeys("‘’", "'"),
    "…": "~", "›": ">", "‹": "<", "≥": ">", "≤": "<", "×": "x", "→": ">", "←": "<", "↑": "^", "↓": "v", "±": "~", "▶": ">",
}  # fmt: skip


def terminal_is_gone() -> bool:
    """Whether nobody is at the other end any more; False where that cannot be told, as on Windows."""
    if sys.__stdin__ is None or not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(sys.__stdin__.fileno(), 0)
    return any(event & _GONE for _, event in poll.poll(0))


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    """For what the terminal cannot show, as many cells of what it can: an escape (`\\u2026`) would break the line, and
    its digits would stand beside figures."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    shown = (_STAND_INS.get(char, "?" * cell_len(char)) for char in error.object[error.start : error.end])
    return "".join(shown), error.end


def write_stand_ins() -> None:
    """Have the interface written with stand-ins from now on; for terminals that are not UTF-8."""
    codecs.register_error(_NAME, _stand_in)
    if isinstance(sys.__stderr__, TextIOWrapper):
        sys.__stderr__.reconfigure(errors=_NAME)
