"""What a row of a comparison says of values: the arguments of a step that one run has, what changed where both do."""

from __future__ import annotations

from collections.abc import Iterator

from tracetui.analysis.diff.json import Change, JsonChange, path_text
from tracetui.analysis.diff.row_texts import changes_of
from tracetui.analysis.diff.runs import Level, Row
from tracetui.analysis.diff.text import Piece, TextPiece, common_prefix
from tracetui.analysis.diff.values import ValueDiff
from tracetui.api.diffs import RunDiff
from tracetui.model import JsonValue, SpanKind
from tracetui.reading.lenient import dumps
from tracetui.render.safe import safe
from tracetui.render.step_diff import tool_words
from tracetui.render.text import UNKNOWN

_ALL_CHARACTERS = 240
_VALUE_CHARACTERS = 80
_AROUND_CHARACTERS = 16
_COMPARED_CHARACTERS = 2_000
"""Longer arguments are not compared while a row is painted."""


def change_words(diff: RunDiff, row: Row) -> str:
    """`seat: 4 → 5` of a step that both runs have, the arguments of one that only one has; empty where neither is
    known."""
    if row.a is None or row.b is None:
        given = next((text for text in diff.texts.given(row) if text is not None), None)
        return given_words(given)
    run, place = diff.alignment.b, row.b
    what, changes = changes_of(diff.texts, row, run.operation[place])
    words = value_words(changes)
    if run.kind[place] is not SpanKind.LLM:
        return words if not words or what == "arguments" else f"result {words}"
    told = [*_seen_words(diff, row), f"answer {words}" if words else ""]
    return ", ".join(words for words in told if words)


def argument_words(diff: RunDiff, row: Row) -> str:
    """The same of arguments alone, at once: those of B where both are long; empty where they are the same."""
    before, after = diff.texts.given(row)
    if row.a is None or row.b is None:
        return change_words(diff, row)
    if before is None or after is None or before == after:
        return ""
    if len(before) + len(after) > _COMPARED_CHARACTERS:
        return given_words(after)
    return value_words(diff.texts.given_diff(row, diff.alignment.b.operation[row.b]))


def given_words(given: str | None) -> str:
    """The beginning of what a step was given."""
    return "" if given is None else safe(" ".join(given[:_COMPARED_CHARACTERS].split()), _ALL_CHARACTERS)


def _seen_words(diff: RunDiff, row: Row) -> Iterator[str]:
    """What in the prompts differs: settings, and the first of the messages of others that only one run has."""
    if Level.CONTEXT not in row.levels or row.a is None or row.b is None:
        return
    yield from _settings_words(diff, row)
    before, after = diff.texts.seen_only(row)
    if len(before) == len(after) == 1 and before[0].role == after[0].role:
        ours, theirs = where_they_differ(before[0].text, after[0].text)
        yield f"{safe(after[0].role, _VALUE_CHARACTERS)}: {_said(ours)} → {_said(theirs)}"
        return
    for sign, seen in (("−", before), ("+", after)):
        if seen:
            more = f" and {len(seen) - 1:,} more" if len(seen) > 1 else ""
            yield f"{sign}{safe(seen[0].role, _VALUE_CHARACTERS)}: {_said(seen[0].text)}{more}"


def _settings_words(diff: RunDiff, row: Row) -> Iterator[str]:
    """Which settings differ, and how."""
    found = diff.texts.settings_diff(row)
    if found is None:
        return
    if found.models is not None:
        ours, theirs = (safe(model or UNKNOWN, _VALUE_CHARACTERS) for model in found.models)
        yield f"model {ours} → {theirs}"
    if found.system:
        yield f"system prompt {value_words(found.system)}"
    tools = tool_words(found.tools)
    if tools:
        yield tools
    if found.parameters:
        yield f"parameters {', '.join(_change(change) for change in found.parameters)}"


def where_they_differ(before: str, after: str) -> tuple[str, str]:
    """Two texts in one line each, from a little before they differ."""
    ours, theirs = " ".join(before.split()), " ".join(after.split())
    same = common_prefix(ours, theirs) - _AROUND_CHARACTERS
    if same <= _AROUND_CHARACTERS:
        return ours, theirs
    return f"…{ours[same:]}", f"…{theirs[same:]}"


def _said(text: str) -> str:
    return f"“{safe(' '.join(text.split()), _VALUE_CHARACTERS)}”"


def value_words(changes: ValueDiff) -> str:
    """A difference of values in one line, cut where it is long."""
    pieces = [change for change in changes if isinstance(change, TextPiece)]
    told = (
        "".join(_pieces(pieces))
        if pieces
        else ", ".join(_change(change) for change in changes if isinstance(change, JsonChange))
    )
    return safe(told, _ALL_CHARACTERS)


def _change(change: JsonChange) -> str:
    path = path_text(change.path) or "(all)"
    before, after = (_value(value) for value in (change.before, change.after))
    if change.change is Change.ADDED:
        return f"+{path}: {after}"
    return f"−{path}: {before}" if change.change is Change.REMOVED else f"{path}: {before} → {after}"


def _value(value: JsonValue) -> str:
    return safe(dumps(value), _VALUE_CHARACTERS)


def _pieces(pieces: list[TextPiece]) -> Iterator[str]:
    """Words that left and came, `[-gone-]{+new+}`, with a little of what stands around them."""
    for at, piece in enumerate(pieces):
        text = " ".join(piece.text.split()) if piece.text.strip() else " "
        if piece.kind is Piece.EQUAL:
            yield _around(text, at > 0, at < len(pieces) - 1)
        else:
            opening, closing = ("[-", "-]") if piece.kind is Piece.REMOVED else ("{+", "+}")
            yield f"{opening}{safe(text, _VALUE_CHARACTERS)}{closing}"


def _around(text: str, has_before: bool, has_after: bool) -> str:
    if len(text) <= 3 * _AROUND_CHARACTERS:
        return f" {text} ".replace("   ", " ") if text != " " else " "
    start = text[:_AROUND_CHARACTERS] if has_before else ""
    end = text[-_AROUND_CHARACTERS:] if has_after else ""
    return f" {start}…{end} "
