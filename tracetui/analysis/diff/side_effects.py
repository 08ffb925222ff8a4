"""Which tool calls change something outside, and which of those that succeeded only one of several runs made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tracetui.model import Status

NOT_DONE = frozenset((Status.ERROR, Status.UNFINISHED))
"""How calls end that changed nothing as far as is known."""

_WRITES = frozenset(
    (
        "add", "append", "apply", "approve", "archive", "assign", "bash", "block", "book", "buy", "call", "cancel",
        "change", "charge", "checkout", "clear", "click", "close", "cmd", "commit", "computer", "copy", "create", "delete",
        "deploy", "deposit", "destroy", "disable", "drop", "edit", "email", "enable", "erase", "exchange", "exec",
        "execute", "fill", "grant", "insert", "install", "invite", "ipython", "kill", "make", "mark", "merge", "mkdir", "modify", "move",
        "notify", "order", "patch", "pay", "post", "powershell", "press", "publish", "purchase", "push", "put", "python", "refund",
        "register", "reject", "remove", "rename", "replace", "reply", "reserve", "reset", "restart", "return", "revoke",
        "rotate", "run", "save", "schedule", "send", "set", "shell", "start", "stop", "store", "submit", "terminal",
        "terminate", "toggle", "transfer", "type", "unlock", "unsubscribe", "update", "upload", "upsert", "wipe",
        "withdraw", "write",
    )
)  # fmt: skip
_READS = frozenset(
    (
        "calculate", "check", "compute", "count", "describe", "download", "fetch", "find", "get", "grep", "inspect",
        "list", "load", "look", "lookup", "open", "plan", "preview", "query", "read", "retrieve", "search", "show", "think",
        "validate", "verify", "view",
    )
)  # fmt: skip
_NOUNS = frozenset(
    ("call", "charge", "deposit", "exchange", "merge", "order", "purchase", "refund", "return", "run", "start", "stop",
     "transfer", "type")
)  # fmt: skip
_FACTS = frozenset(
    (
        "date",
        "details",
        "history",
        "id",
        "info",
        "number",
        "policy",
        "rate",
        "sort",
        "status",
        "time",
        "total",
    )
)
"""What a name ends with that begins with a noun: `order_status` tells of an order."""
_JOINING = frozenset(("and", "or"))
_HANDOFF = re.compile(r"(?:^|_)(?:transfer|hand_?off|escalate|delegate)_to(?:_|$)")
_NOTE = re.compile(r"(?:todo_?(?:write|read)|write_?todos|update_?plan|think|report_?intent)", re.IGNORECASE)
"""Tools by which an agent writes to itself: its thoughts, its list of what to do."""
_OPENS = re.compile(r"(?:^|_)open_(?:account|ticket)", re.IGNORECASE)
_ONLY_READS = re.compile(
    r"(?:execute|run|start|post|return)_?(?:\w*_)?(?:search(?:_results)?|read)|bash_?output", re.IGNORECASE
)
"""Names that begin like those of tools that change something."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Deed:
    """A tool call as it is compared: `arguments` is its normal form, without what is left out of comparisons."""

    name: str
    arguments: str
    status: Status
    step: int | None

    @property
    def key(self) -> tuple[str, str]:
        """What makes two calls the same."""
        return self.name, self.arguments


@dataclass(frozen=True, slots=True)
class DeedsDiff:
    """Successful calls with side effects: of both runs, and only of one. Of a call that one run made more often, those
    beyond the number in the other are only of that one."""

    both: tuple[Deed, ...]
    only_a: tuple[Deed, ...]
    only_b: tuple[Deed, ...]

    def times(self, deed: Deed) -> tuple[int, int]:
        """How often A and B made a call."""
        both, ours, theirs = (
            sum(1 for each in deeds if each.key == deed.key)
            for deeds in (self.both, self.only_a, self.only_b)
        )
        return both + ours, both + theirs


NO_DEEDS = DeedsDiff((), (), ())


def has_side_effects(name: str, writes: Iterable[str] = (), reads: Iterable[str] = ()) -> bool:
    """Whether a tool of that name changes something outside, told by its first word that says so.

    `writes` and `reads` are names of tools that do and do not, whatever their words say. Handing the conversation
    over is none, and so is a note to oneself.
    """
    if name in set(writes):
        return True
    if name in set(reads) or _is_own(name):
        return False
    return _telling_word(name) in _WRITES or _OPENS.search(name) is not None


@lru_cache(maxsize=4_096)
def may_have_side_effects(name: str) -> bool:
    """Whether nothing in the name of a tool says that it only reads."""
    return not _is_own(name) and (_telling_word(name) not in _READS or _OPENS.search(name) is not None)


def is_note(name: str) -> bool:
    """Whether an agent only writes to itself by a tool of that name."""
    return _NOTE.fullmatch(name) is not None


def _is_own(name: str) -> bool:
    """Whether the tool hands the conversation over or keeps the agent's own notes."""
    return bool(_HANDOFF.search(name)) or is_note(name)


def _telling_word(name: str) -> str | None:
    if _ONLY_READS.fullmatch(name):
        return "read"
    words = [word.lower() for word in _WORD.findall(name)]
    at = next((at for at, word in enumerate(words) if _tells(word, words[at + 1 :])), None)
    if at is None:
        return None
    joined = words[at + 2] if words[at + 1 : at + 2] and words[at + 1] in _JOINING and words[at + 2 :] else ""
    return joined if joined in _WRITES and joined != "return" else words[at]


def _tells(word: str, behind: Sequence[str]) -> bool:
    """Whether a word of a name says what the tool does, given the words behind it."""
    is_noun = behind[:1] == ["of"] or (word in _NOUNS and len(behind) == 1 and behind[0] in _FACTS)
    return not is_noun and (word in _WRITES or word in _READS)


def diff_deeds(a: Sequence[Deed], b: Sequence[Deed]) -> DeedsDiff:
    """The calls of two runs, in whatever order; whatever failed is left out."""
    ours, theirs = ([deed for deed in deeds if deed.status not in NOT_DONE] for deeds in (a, b))
    both, only_a = _split(ours, theirs)
    return DeedsDiff(both, only_a, _split(theirs, ours)[1])


def _split(deeds: Sequence[Deed], others: Sequence[Deed]) -> tuple[tuple[Deed, ...], tuple[Deed, ...]]:
    """Calls that the others hold too, as often as these, and the rest."""
    left = Counter(deed.key for deed in others)
    shared: list[Deed] = []
    lone: list[Deed] = []
    for deed in deeds:
        (shared if left[deed.key] else lone).append(deed)
        left[deed.key] -= left[deed.key] > 0
    return tuple(shared), tuple(lone)
