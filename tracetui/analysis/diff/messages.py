"""Two lists of messages: which stayed, entered, left and were edited, and how far their common beginning reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracetui.analysis.diff.normal import normal_form
from tracetui.analysis.diff.sequences import Stretch, matching, numbered, stretches
from tracetui.analysis.diff.text import TextPiece, alike, common_prefix, diff_text, word_counts
from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile
from tracetui.model import Message, Part, PartType

_EDITED_FROM = 0.5
"""Messages of one role that share at least this part of their words are one message, edited."""
_MOST_COMPARED = 2_500
"""Pairs of leftover messages that are compared by their words; beyond that, in order."""
_CLEARED_SHARE = 0.25
_COMPACTED_SHARE = 0.5
_MOST_STUB_CHARACTERS = 300
_PLACEHOLDER = re.compile(
    r"[\[(<{].*\b(?:cleared|removed|omitted|elided|truncated|trimmed|pruned|deleted|compacted)\b.*[\])>}]",
    re.IGNORECASE | re.DOTALL,
)
"""What stands in brackets for a message that was taken out."""
_SEPARATOR = "\x1f"


class MessageMark(StrEnum):
    """What became of a message."""

    SAME = "same"
    ADDED = "added"
    LEFT = "left"
    EDITED = "edited"
    MOVED = "moved"


class Leaving(StrEnum):
    """Why messages are no longer there: a summary stands for them, a placeholder does, or nothing does."""

    COMPACTED = "compacted"
    CLEARED = "cleared"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class MessageChange:
    """One message by its place in each list (None where it is not there). `leaving` says why one left or, for an
    edited one, that it was cleared; None where other messages simply stand in its place."""

    mark: MessageMark
    a: int | None
    b: int | None
    leaving: Leaving | None = None


@dataclass(frozen=True, slots=True)
class MessagesDiff:
    """All messages of both lists, in the order of the second with those that left where they stood.

    `same_prefix` is how many messages at the beginning are the same to the letter; `prefix_characters` how many
    characters of text are, the beginning of the first different message included; `characters_behind` those of the
    second list after that.
    """

    changes: tuple[MessageChange, ...]
    same_prefix: int
    prefix_characters: int
    characters_behind: int

    def count(self, mark: MessageMark) -> int:
        """How many messages have the mark."""
        return sum(1 for change in self.changes if change.mark is mark)

    @property
    def is_empty(self) -> bool:
        """Whether both lists are the same."""
        return all(change.mark is MessageMark.SAME for change in self.changes)


def diff_messages(
    a: Sequence[Message],
    b: Sequence[Message],
    rule: Volatile = BY_DEFAULT,
    *,
    is_same_conversation: bool = True,
) -> MessagesDiff:
    """The two lists aligned: by content, then tool results by the id of their call, then by role and words.

    `rule` says what does not count in messages that hold JSON; for the prefix everything counts. Of two conversations
    nothing in one was taken out of the other: there only a summary marked as one is a reason for what left.
    """
    a_texts, b_texts = [content_key(m, rule) for m in a], [content_key(m, rule) for m in b]
    found: list[MessageChange] = []
    for part in stretches(matching(*numbered(a_texts, b_texts)), len(a), len(b)):
        if part.is_equal:
            found.extend(
                MessageChange(MessageMark.SAME, part.a_start + n, part.b_start + n)
                for n in range(part.a_end - part.a_start)
            )
        else:
            found.extend(_leftovers(a, b, part, is_same_conversation))
    return MessagesDiff(tuple(_with_moves(found, a_texts, b_texts)), *_prefix(a, b))


def edited_pieces(a: Message, b: Message) -> tuple[TextPiece, ...]:
    """The words that differ between two messages."""
    return diff_text(message_text(a), message_text(b))


def message_text(message: Message) -> str:
    """A message as one text: its parts, those that are no text headed by what they are."""
    return "\n".join(f"{part_head(part)}{part.content or ''}" for part in message.parts)


def part_head(part: Part) -> str:
    """The line above a part that says what it is; empty for text."""
    name = f" {part.tool_name}" if part.tool_name else ""
    return "" if part.type is PartType.TEXT else f"[{part.type}{name}]\n"


def content_key(message: Message, rule: Volatile | None = None) -> str:
    """What a message says and who says it, without the ids of its tool calls; to the letter without a rule."""
    contents = (part.content or "" for part in message.parts)
    if rule is not None:
        contents = (normal_form(content, rule) for content in contents)
    parts = (
        f"{part.type}{_SEPARATOR}{part.tool_name or ''}{_SEPARATOR}{content}"
        for part, content in zip(message.parts, contents, strict=True)
    )
    return _SEPARATOR.join((message.role, message.name or "", *parts))


def _prefix(a: Sequence[Message], b: Sequence[Message]) -> tuple[int, int, int]:
    """Messages and characters that are the same at the beginning, and characters behind them."""
    ours, theirs = [content_key(m) for m in a], [content_key(m) for m in b]
    same = next(
        (n for n, (x, y) in enumerate(zip(ours, theirs, strict=False)) if x != y), min(len(a), len(b))
    )
    characters = sum(map(len, theirs[:same]))
    if same < min(len(a), len(b)):
        characters += common_prefix(ours[same], theirs[same])
    return same, characters, sum(map(len, theirs)) - characters


def _leftovers(
    a: Sequence[Message], b: Sequence[Message], part: Stretch, is_same_conversation: bool
) -> Iterator[MessageChange]:
    """Messages of a stretch that differ: edited ones, and between them those that left before those added."""
    pairs = sorted(_edited_either_way(a, b, part))
    ours, theirs = {i for i, _ in pairs}, {j for _, j in pairs}
    gone = [a[i] for i in range(part.a_start, part.a_end) if i not in ours]
    new = [b[j] for j in range(part.b_start, part.b_end) if j not in theirs]
    cleared = Leaving.CLEARED if is_same_conversation else None
    why = _why_left(gone, new) if is_same_conversation else _why_lacking(new)
    i, j = part.a_start, part.b_start
    for next_i, next_j in (*pairs, (part.a_end, part.b_end)):
        yield from (MessageChange(MessageMark.LEFT, gone_at, None, why) for gone_at in range(i, next_i))
        yield from (MessageChange(MessageMark.ADDED, None, new_at) for new_at in range(j, next_j))
        if next_i < part.a_end:
            stub = cleared if _is_cleared(a[next_i], b[next_j]) else None
            yield MessageChange(MessageMark.EDITED, next_i, next_j, stub)
        i, j = next_i + 1, next_j + 1


def _edited_either_way(a: Sequence[Message], b: Sequence[Message], part: Stretch) -> list[tuple[int, int]]:
    """Pairs of one message in two wordings, the same whichever list comes first."""
    ours = [content_key(message) for message in a[part.a_start : part.a_end]]
    theirs = [content_key(message) for message in b[part.b_start : part.b_end]]
    if (len(theirs), theirs) < (len(ours), ours):
        mirrored = Stretch(False, part.b_start, part.b_end, part.a_start, part.a_end)
        return [(i, j) for j, i in _edited(b, a, mirrored)]
    return list(_edited(a, b, part))


def _edited(a: Sequence[Message], b: Sequence[Message], part: Stretch) -> Iterator[tuple[int, int]]:
    """Pairs that are one message in two wordings, ascending on both sides."""
    by_call = {_call_id(b[j]): j for j in range(part.b_start, part.b_end) if _call_id(b[j])}
    a_words = {i: word_counts(message_text(a[i])) for i in range(part.a_start, part.a_end)}
    b_words = {j: word_counts(message_text(b[j])) for j in range(part.b_start, part.b_end)}
    a_stubs = {i for i in a_words if _is_stub(a[i])}
    b_stubs = {j for j in b_words if _is_stub(b[j])}
    next_b = part.b_start
    compared = 0
    for i in range(part.a_start, part.a_end):
        same_call = by_call.get(_call_id(a[i])) if _call_id(a[i]) else None
        if same_call is not None and same_call >= next_b:
            yield i, same_call
            next_b = same_call + 1
            continue
        for j in range(next_b, part.b_end):
            if (i in a_stubs) != (j in b_stubs) and _is_put_for(a[i], b[j]):
                yield i, j
                next_b = j + 1
                break
            if not _is_one_kind(a[i], b[j]):
                continue
            compared += 1
            if compared > _MOST_COMPARED or alike(a_words[i], b_words[j]) >= _EDITED_FROM:
                yield i, j
                next_b = j + 1
                break


def _is_one_kind(a: Message, b: Message) -> bool:
    return a.role == b.role and {part.type for part in a.parts} == {part.type for part in b.parts}


def _is_put_for(a: Message, b: Message) -> bool:
    """Whether one of two messages, of which one is empty or a placeholder, may be what is left of the other."""
    if a.role != b.role or _call_id(a) != _call_id(b):
        return False
    return not (a.parts and b.parts) or _is_one_kind(a, b)


def _call_id(message: Message) -> str | None:
    return next(
        (p.tool_call_id for p in message.parts if p.type is PartType.TOOL_RESULT and p.tool_call_id), None
    )


def _is_cleared(a: Message, b: Message) -> bool:
    """Whether the second says nothing any more, or only that something stood there."""
    if _is_stub(a):
        return False
    if _is_stub(b):
        return True
    if not _call_id(a) or _call_id(a) != _call_id(b):
        return False
    before, after = _content(a), _content(b)
    shared = alike(word_counts(before), word_counts(after))
    return len(after) < len(before) * _CLEARED_SHARE and shared < _EDITED_FROM


def _is_stub(message: Message) -> bool:
    """Whether nothing stands in a message, or only a placeholder for what stood there."""
    return all(_is_placeholder(part) for part in message.parts)


def _is_placeholder(part: Part) -> bool:
    told = part.content or ""
    if part.type is PartType.TOOL_CALL or len(told) > _MOST_STUB_CHARACTERS:
        return False
    return not told.strip() or _PLACEHOLDER.fullmatch(told.strip()) is not None


def _content(message: Message) -> str:
    return "\n".join(part.content or "" for part in message.parts)


def _why_left(gone: Sequence[Message], new: Sequence[Message]) -> Leaving | None:
    """Why messages left; None where as many others stand in their place."""
    if not gone or not new:
        return Leaving.TRUNCATED if gone else None
    if _why_lacking(new) is not None:
        return Leaving.COMPACTED
    before, after = (sum(len(message_text(m)) for m in messages) for messages in (gone, new))
    is_summary = len(gone) > len(new) and after < before * _COMPACTED_SHARE and new[0].role != "tool"
    return Leaving.COMPACTED if is_summary else None


def _why_lacking(new: Sequence[Message]) -> Leaving | None:
    """Why another conversation lacks messages: a summary marked as one stands there."""
    is_compacted = any(part.type is PartType.COMPACTION for message in new for part in message.parts)
    return Leaving.COMPACTED if is_compacted else None


def _with_moves(
    changes: Sequence[MessageChange], a_texts: Sequence[str], b_texts: Sequence[str]
) -> Iterator[MessageChange]:
    """What left in one place and came back word for word in another has moved."""
    waiting: dict[str, list[int]] = {}
    for change in changes:
        if change.mark is MessageMark.LEFT and change.a is not None:
            waiting.setdefault(a_texts[change.a], []).append(change.a)
    moved: dict[int, int] = {}
    for change in changes:
        if change.mark is MessageMark.ADDED and change.b is not None and waiting.get(b_texts[change.b]):
            moved[change.b] = waiting[b_texts[change.b]].pop(0)
    gone = set(moved.values())
    for change in changes:
        if change.mark is MessageMark.ADDED and change.b in moved:
            yield MessageChange(MessageMark.MOVED, moved[change.b], change.b)
        elif change.mark is not MessageMark.LEFT or change.a not in gone:
            yield change
