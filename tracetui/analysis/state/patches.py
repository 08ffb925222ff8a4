"""JSON Patch (RFC 6902) on documents that are never changed in place, so that an earlier one stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracetui.model import JsonValue

MAX_PATH = 200
"""Levels that a path may go down."""


def patched(document: JsonValue, operations: JsonValue) -> tuple[JsonValue, list[str]]:
    """The document after all operations, sharing what they leave alone, and the paths that could not be applied."""
    failed: list[str] = []
    for operation in operations if isinstance(operations, list) else ():
        path = _path(operation.get("path")) if isinstance(operation, dict) else None
        if path is None:
            failed.append(str(operation)[:80])
            continue
        try:
            document = _applied(document, operation, path)
        except (LookupError, TypeError, ValueError):
            failed.append(str(operation.get("path")))
    return document, failed


def replaced_values(operations: JsonValue) -> dict[str, JsonValue]:
    """What keys of the document held before, where operations on the keys themselves say it (`replaced`)."""
    found: dict[str, JsonValue] = {}
    for operation in operations if isinstance(operations, list) else ():
        if isinstance(operation, dict) and "replaced" in operation:
            path = _path(operation.get("path"))
            if path is not None and len(path) == 1:
                found.setdefault(path[0], operation["replaced"])
    return found


def _path(text: Any) -> list[str] | None:
    if text == "":
        return []
    if not isinstance(text, str) or not text.startswith("/") or text.count("/") > MAX_PATH:
        return None
    return [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]


def _applied(document: JsonValue, operation: dict[str, Any], path: Sequence[str]) -> JsonValue:
    word = operation.get("op")
    if word in ("add", "replace"):
        return _with(document, path, operation.get("value"), inserts=word == "add")
    if word == "remove":
        return _without(document, path)
    if word in ("move", "copy"):
        source = _path(operation.get("from"))
        if source is None:
            raise ValueError(word)
        value = _at(document, source)
        return _with(_without(document, source) if word == "move" else document, path, value, inserts=True)
    if word == "test":
        return document
    raise ValueError(word)


def _at(document: JsonValue, path: Sequence[str]) -> JsonValue:
    for part in path:
        document = document[int(part)] if isinstance(document, list) else _object(document)[part]
    return document


def _object(value: JsonValue) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("a path goes into a value that holds nothing")
    return value


def _with(document: JsonValue, path: Sequence[str], value: JsonValue, *, inserts: bool) -> JsonValue:
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(document, list):
        copy = list(document)
        at = len(copy) if first == "-" else int(first)
        if not rest and inserts and 0 <= at <= len(copy):
            copy.insert(at, value)
        else:
            copy[at] = _with(copy[at], rest, value, inserts=inserts)
        return copy
    held = _object(document)
    if rest and first not in held:
        raise KeyError(first)
    return {**held, first: _with(held.get(first), rest, value, inserts=inserts)}


def _without(document: JsonValue, path: Sequence[str]) -> JsonValue:
    if not path:
        return None
    first, rest = path[0], path[1:]
    if isinstance(document, list):
        at = int(first)
        inner = [] if not rest else [_without(document[at], rest)]
        if not 0 <= at < len(document):
            raise IndexError(at)
        return [*document[:at], *inner, *document[at + 1 :]]
    held = _object(document)
    if first not in held:
        raise KeyError(first)
    if rest:
        return {**held, first: _without(held[first], rest)}
    return {key: value for key, value in held.items() if key != first}
